"""Golden texts: what a planner reads when something is wrong."""
# ruff: noqa: E501 - golden texts and the files that earn them are kept whole

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.errors import InputErrors
from twin.scenario.interventions import intervention_kinds
from twin.scenario.load import load_scenario

KINDS = ", ".join(sorted(intervention_kinds()))

Write = Callable[..., Path]

HEAD = """\
name = "town"
map  = "map"
[run]
start = 2024-01-10
days  = 14
[population]
residents = 1000
[[services]]
id             = "clinic"
needs_per_year = 3.0
service_time   = {distribution = "exponential", mean_s = 600}
"""


def told(write: Write, text: str) -> str:
    with pytest.raises(InputErrors) as error:
        load_scenario(write(text))
    assert error.value.exit_code == 2
    return str(error.value)


def replaced(old: str, new: str) -> str:
    assert old in HEAD
    return HEAD.replace(old, new)


CHANGED = {
    "unknown key": (
        "days  = 14",
        "days  = 14\nwarm_up_days = 3",
        (
            "town.toml:6: run.warm_up_days: unknown key\n"
            "  expected: [run] takes: cooldown_days, days, seeds, start, sync_s, warmup_days\n"
            "  hint: did you mean `warmup_days`?"
        ),
    ),
    "unknown key at the top": (
        'map  = "map"',
        'map  = "map"\nmapp = 1',
        (
            "town.toml:3: mapp: unknown key\n"
            "  expected: a scenario takes: activities, calendar, departments, description, extends, facilities,"
            " facilities_file, information, interventions, map, measures, name, output, policies, population,"
            " questions, remove, run, schools, services, shocks, tags, title, traffic, travel\n"
            "  hint: did you mean `map`?"
        ),
    ),
    "missing key of a table": (
        "days  = 14",
        "",
        "town.toml:3: run.days: missing\n  expected: days: number of days that are simulated",
    ),
    "missing table": (
        "[population]\nresidents = 1000",
        "",
        "town.toml:1: population: missing\n  expected: population: the residents",
    ),
    "missing key of an element": (
        "needs_per_year = 3.0",
        "",
        (
            "town.toml:8: services.clinic.needs_per_year: missing\n"
            "  expected: needs_per_year: needs per resident and year where every need_multiplier is 1"
        ),
    ),
    "missing id": (
        'id             = "clinic"',
        "",
        (
            "town.toml:8: services[0].id: missing\n"
            "  expected: id: name of the service in facility rows and measures"
        ),
    ),
    "negative rate": (
        "needs_per_year = 3.0",
        "needs_per_year = -3.0",
        "town.toml:10: services.clinic.needs_per_year: -3.0\n  expected: 0 or more (per year)",
    ),
    "not a number": (
        "needs_per_year = 3.0",
        "needs_per_year = nan",
        "town.toml:10: services.clinic.needs_per_year: nan\n  expected: a finite number (per year)",
    ),
    "infinite": (
        "needs_per_year = 3.0",
        "needs_per_year = inf",
        "town.toml:10: services.clinic.needs_per_year: inf\n  expected: a finite number (per year)",
    ),
    "a unit in a text": (
        "mean_s = 600",
        'mean_s = "10min"',
        (
            'town.toml:11: services.clinic.service_time.mean_s: "10min"\n'
            "  expected: a number (seconds)\n  hint: write mean_s = 600; the unit is in the key"
        ),
    ),
    "seconds in a text": (
        "mean_s = 600",
        'mean_s = "600s"',
        (
            'town.toml:11: services.clinic.service_time.mean_s: "600s"\n'
            "  expected: a number (seconds)\n  hint: write mean_s = 600; the unit is in the key"
        ),
    ),
    "a number in quotes": (
        "days  = 14",
        'days  = "14"',
        'town.toml:5: run.days: "14"\n  expected: a whole number (days)\n  hint: write 14 without quotes',
    ),
    "half a day": (
        "days  = 14",
        "days  = 14.5",
        "town.toml:5: run.days: 14.5\n  expected: a whole number (days)\n  hint: there are no parts of it",
    ),
    "a truth for a number": (
        "days  = 14",
        "days  = true",
        "town.toml:5: run.days: true\n  expected: a whole number (days)",
    ),
    "a date in quotes": (
        "2024-01-10",
        '"2024-01-10"',
        (
            'town.toml:4: run.start: "2024-01-10"\n'
            "  expected: a date without quotes, for example 2024-01-10\n  hint: remove the quotes"
        ),
    ),
    "too many days": (
        "days  = 14",
        "days  = 4096",
        "town.toml:5: run.days: 4096\n  expected: less than 4096 (days)",
    ),
    "nothing measured": (
        "days  = 14",
        "days  = 14\nwarmup_days = 7\ncooldown_days = 7",
        (
            "town.toml:3: run: warmup_days 7 + cooldown_days 7 leave nothing of days 14\n"
            "  expected: warmup_days + cooldown_days below days"
        ),
    ),
    "seeds backwards": (
        "days  = 14",
        'days  = 14\nseeds = "20:1"',
        (
            "town.toml:6: run.seeds: `20:1` ends before it starts\n"
            '  expected: a range like "1:20" (both ends run) or a list like [1, 2, 5]'
        ),
    ),
    "a seed twice": (
        "days  = 14",
        "days  = 14\nseeds = [1, 2, 1]",
        (
            "town.toml:6: run.seeds: seed 1 twice\n"
            "  expected: each seed once: a run repeated is no new evidence"
        ),
    ),
    "unknown choice": (
        '"exponential"',
        '"exponentail"',
        (
            'town.toml:11: services.clinic.service_time.distribution: "exponentail"\n'
            "  expected: one of exponential, deterministic, lognormal, gamma, hyperexponential\n"
            "  hint: did you mean `exponential`?"
        ),
    ),
    "mixture that varies too little": (
        '"exponential"',
        '"hyperexponential", cv = 0.9',
        (
            "town.toml:11: services.clinic.service_time: cv 0.9 with `hyperexponential`\n"
            "  expected: a cv above 1\n  hint: gamma takes any cv"
        ),
    ),
    "cv that does not fit": (
        "mean_s = 600}",
        "mean_s = 600, cv = 0.5}",
        (
            "town.toml:11: services.clinic.service_time: cv 0.5 with `exponential`\n"
            "  expected: cv 1, or none\n  hint: lognormal and gamma take any cv"
        ),
    ),
    "cv that is missing": (
        '"exponential", mean_s = 600}',
        '"gamma", mean_s = 600}',
        (
            "town.toml:11: services.clinic.service_time: no cv with `gamma`\n"
            "  expected: a cv above 0, for example cv = 0.6"
        ),
    ),
    "a bad name": (
        'name = "town"',
        'name = "my town"',
        (
            "town.toml:1: name: `my town`\n"
            "  expected: an id of letters, digits, `_` and `-`, for example `more_doctors`\n"
            "  hint: titles go in `title`; ids name rows and folders"
        ),
    ),
    "one table for many": (
        "[[services]]",
        "[services]",
        "town.toml:8: services: [services] is one table\n  expected: [[services]]: a list of tables",
    ),
    "shares that do not add up": (
        "residents = 1000",
        "residents = 1000\nincome_share = {low = 0.5, middle = 0.4, high = 0.2}",
        "town.toml:8: population.income_share: the shares sum to 1.1\n  expected: 1",
    ),
}

ADDED = {
    "unknown kind": (
        '[[interventions]]\nid = "a"\nkind = "add_server"\nfacility = "x"\nservers = 1\nfrom_day = 1\n',
        (
            "town.toml:14: interventions.a.kind: unknown kind `add_server`\n"
            f"  expected: one of {KINDS}\n  hint: did you mean `add_servers`?"
        ),
    ),
    "a wrong kind hides nothing": (
        '[[interventions]]\nid = "a"\nkind = "add_server"\nfacilty = "x"\nservers = 1\nfrom_day = -1\n',
        (
            "town.toml:14: interventions.a.kind: unknown kind `add_server`\n"
            f"  expected: one of {KINDS}\n  hint: did you mean `add_servers`?\n"
            "town.toml:17: interventions.a.from_day: -1\n  expected: 0 or more (days from run.start)\n"
            "town.toml:12: interventions.a.facility: missing\n"
            "  expected: facility: uid of a facility, or a list of them\n"
            "town.toml:15: interventions.a.facilty: unknown key\n"
            "  expected: add_servers takes: cost_per_server_day, facility, from_day, from_time,"
            " id, kind, servers, service, title, to_day, to_time\n  hint: did you mean `facility`?"
        ),
    ),
    "no kind": (
        '[[interventions]]\nid = "a"\n',
        (f"town.toml:12: interventions.a: no `kind`\n  expected: one of {KINDS}"),
    ),
    "end before start": (
        '[[interventions]]\nid = "a"\nkind = "close_facility"\nfacility = "x"\nfrom_day = 5\nto_day = 5\n',
        (
            "town.toml:12: interventions.a: to_day 5 is not after from_day 5\n"
            "  expected: a to_day above 5, or none\n  hint: days are counted from 0 at run.start"
        ),
    ),
    "hours nobody can read": (
        '[[interventions]]\nid = "a"\nkind = "change_hours"\nfacility = "x"\nhours = "Mo-Fr 8-x"\nfrom_day = 5\n',
        None,
    ),
    "hours of nothing": (
        '[[interventions]]\nid = "a"\nkind = "change_hours"\nhours = "24/7"\nfrom_day = 5\n',
        (
            "town.toml:12: interventions.a: neither `facility` nor `service`\n"
            "  expected: one of the two, or both"
        ),
    ),
    "unknown service": (
        '[[interventions]]\nid = "a"\nkind = "publish_waiting_times"\nservice = "clinics"\nfrom_day = 5\n',
        (
            "town.toml:15: interventions.a.service: unknown service `clinics`\n"
            "  expected: one of clinic\n  hint: did you mean `clinic`?"
        ),
    ),
    "unknown condition": (
        (
            '[[interventions]]\nid = "a"\nkind = "set_eligibility"\nservice = "clinic"\n'
            'eligible = "registration=registred"\nfrom_day = 5\n'
        ),
        (
            "town.toml:16: interventions.a.eligible: `registred` is no category of `registration`\n"
            "  expected: registered, migrant\n  hint: did you mean `registered`?"
        ),
    ),
    "unknown shock": (
        '[[shocks]]\nid = "a"\nkind = "close_streets"\nstreet = "x"\nfrom_day = 5\n',
        (
            "town.toml:14: shocks.a.kind: unknown kind `close_streets`\n"
            "  expected: one of close_street, slow_street\n  hint: did you mean `close_street`?"
        ),
    ),
    "street or ways": (
        '[[shocks]]\nid = "a"\nkind = "close_street"\nfrom_day = 5\n',
        (
            "town.toml:12: shocks.a: none of `street`, `ways`, `area`, `wards`\n"
            "  expected: one of `street`, `ways`, `area`, `wards`"
        ),
    ),
    "unknown column": (
        "[services.need_multiplier.agebands]\nold = 2\n",
        None,
    ),
    "unknown category": (
        '[services.need_multiplier.age_band]\n"60" = 2\n',
        (
            "town.toml:13: services.clinic.need_multiplier.age_band.60: unknown category of age_band `60`\n"
            "  expected: one of 0-14, 15-59, 60+\n  hint: did you mean `60+`?"
        ),
    ),
    "unknown department": (
        (
            '[[departments]]\nid = "health"\n[[facilities]]\nop = "set"\nuid = "x"\nservice = "clinic"\n'
            'department = "helth"\n'
        ),
        (
            "town.toml:18: facilities.x/clinic.department: unknown department `helth`\n"
            "  expected: one of health\n  hint: did you mean `health`?"
        ),
    ),
    "a question without sense": (
        '[[questions]]\nid = "q"\nmeasure = "utilisation"\nby = "zone"\nbetter = "lower"\nsmallest_effect = 0\n',
        (
            "town.toml:17: questions.q.smallest_effect: 0\n  expected: more than 0\n"
            "town.toml:15: questions.q.by: `utilisation` has no groups of residents\n"
            "  expected: no `by`: it is a measure of facilities, or of how groups differ"
        ),
    ),
    "unknown group": (
        '[[questions]]\nid = "q"\nmeasure = "wait_mean_s"\nby = "age"\nbetter = "lower"\nsmallest_effect = 1\n',
        None,
    ),
    "a mode of what is not about access": (
        '[[questions]]\nid = "q"\nmeasure = "wait_mean_s"\nby = "mode"\nbetter = "lower"\nsmallest_effect = 1\n',
        None,
    ),
    "unknown tag": (
        '[tags]\n"services.clinic.needs_per_year" = "guessed"\n',
        (
            'town.toml:13: tags.services.clinic.needs_per_year.tag: "guessed"\n'
            "  expected: one of sourced, derived, assumed, fitted"
        ),
    ),
    "a tag of nothing": (
        '[tags]\n"services.clinic.needs_per_yaer" = "assumed"\n',
        (
            "town.toml:13: tags.services.clinic.needs_per_yaer: no such value\n"
            "  expected: a key path, for example services.primary_care.needs_per_year\n"
            "  hint: did you mean `services.clinic.needs_per_year`?"
        ),
    ),
    "logit without weights": (
        '[services.choice]\nrule = "logit"\n',
        (
            "town.toml:12: services.clinic.choice: logit without `travel_per_min`\n"
            "  expected: a weight, for example travel_per_min = 0.1"
        ),
    ),
    "weights of a short day": (
        (
            '[[services]]\nid = "b"\nneeds_per_year = 1\nservice_time = {distribution = "deterministic", mean_s = 1}\n'
            "hour_weight = [1, 2]\n"
        ),
        (
            "town.toml:16: services.b.hour_weight: 2 values\n"
            "  expected: 24 values, one for each hour from midnight"
        ),
    ),
    "a rate that has no draws": (
        (
            '[[services]]\nid = "b"\nneeds_per_year = 9000\nservice_time = {distribution = "deterministic", mean_s = 1}\n'
            "need_multiplier = {sex = {male = 4}}\n"
        ),
        (
            "town.toml:12: services.b: 99 needs a day and resident at the busiest hour's rate\n"
            "  expected: at most 32\n"
            "  hint: needs_per_year x the largest multipliers x the peaks of week and day"
        ),
    ),
    "a place off the globe": (
        (
            '[[interventions]]\nid = "a"\nkind = "open_facility"\nfacility = "x"\nservice = "clinic"\nlon = 7.4\n'
            'lat = 437.0\nservers = 1\nhours = "24/7"\nfrom_day = 1\n'
        ),
        "town.toml:18: interventions.a.lat: 437.0\n  expected: 90 or less",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_changed_line(write: Write, case: str) -> None:
    old, new, message = CHANGED[case]
    assert told(write, replaced(old, new)) == message


@pytest.mark.parametrize("case", ADDED)
def test_an_added_table(write: Write, case: str) -> None:
    more, message = ADDED[case]
    text = told(write, HEAD + more)
    if message is not None:
        assert text == message
    assert text.startswith("town.toml:")
    assert "expected: " in text


def test_everything_is_told_at_once(write: Write) -> None:
    text = HEAD.replace("3.0", "-3.0").replace("600", '"600s"').replace("days  = 14", "days  = 0")
    more = '[[questions]]\nid = "q"\nmeasure = "wait"\nbetter = "smaller"\nsmallest_effect = 1\n'
    assert [
        line.split(":")[1]
        for line in told(write, text + more).splitlines()
        if line.startswith("town")
    ] == [
        "5",
        "10",
        "11",
        "15",
        "14",
    ]


def test_an_error_names_the_extended_file_that_wrote_it(write: Write) -> None:
    write(HEAD.replace("3.0", "-3.0"), "base.toml")
    text = told(write, 'name = "child"\nextends = "base.toml"\n[run]\ndays = 0\n')
    assert text == (
        "town.toml:4: run.days: 0\n  expected: 1 or more (days)\n"
        "base.toml:10: services.clinic.needs_per_year: -3.0\n  expected: 0 or more (per year)"
    )


def test_a_missing_key_is_missing_where_the_table_was_begun(write: Write) -> None:
    write(HEAD.replace("days  = 14\n", ""), "base.toml")
    text = told(write, 'name = "child"\nextends = "base.toml"\n[run]\nwarmup_days = 1\n')
    assert text.startswith("base.toml:3: run.days: missing")
