"""Golden texts: what a planner reads when needs by group or date are wrongly written."""
# ruff: noqa: E501 - golden texts are kept whole

from __future__ import annotations

import pytest

from twin.errors import InputErrors
from twin.scenario.compile import compile_scenario

TABLE = '[[calendar.factor_tables]]\nid = "flu"\nfile = "flu.csv"\n'
WHO = '[[services.need_factor]]\nwho = "{who}"\nfactor = 1.4\n'
SHARED = """day_factor = {cv = 0.2, autocorrelation = 0.5, shared = "winter"}
[[services]]
id = "dentist"
needs_per_year = 1.0
service_time = {distribution = "exponential", mean_s = 600}
day_factor = {cv = 0.3, autocorrelation = 0.6, shared = "winter"}
"""

WRONG = {
    "months": (
        "month_weight = [1, 2]\n",
        (
            "town.toml:15: services.clinic.month_weight: 2 values\n"
            "  expected: 12 values, January first"
        ),
    ),
    "months of nothing": (
        "month_weight = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n",
        (
            "town.toml:15: services.clinic.month_weight: only zeros\n"
            "  expected: 12 values of 0 or more, one of them above 0"
        ),
    ),
    "hours of a day off": (
        "weekend_hour_weight = [1, 1]\n",
        (
            "town.toml:15: services.clinic.weekend_hour_weight: 2 values\n"
            "  expected: 24 values, one for each hour from midnight"
        ),
    ),
    "column of a crossed group": (
        WHO.format(who="age_band=60+,cars=false"),
        (
            "town.toml:16: services.clinic.need_factor[0].who: `cars` is no column that groups residents\n"
            "  expected: age_band, sex, registration, income_band, has_car, has_ebike, is_informed"
        ),
    ),
    "category of a crossed group": (
        WHO.format(who="age_band=60"),
        (
            "town.toml:16: services.clinic.need_factor[0].who: `60` is no category of `age_band`\n"
            "  expected: 0-14, 15-59, 60+\n"
            "  hint: did you mean `60+`?"
        ),
    ),
    "nobody": (
        WHO.format(who="none"),
        (
            "town.toml:16: services.clinic.need_factor[0].who: `none`\n"
            "  expected: a condition that somebody can meet"
        ),
    ),
    "key of a crossed group": (
        '[[services.need_factor]]\nwho = "all"\nfactr = 2\nfactor = 1\n',
        (
            "town.toml:17: services.clinic.need_factor[0].factr: unknown key\n"
            "  expected: [[need_factor]] takes: factor, who\n"
            "  hint: did you mean `factor`?"
        ),
    ),
    "spread": (
        "day_factor = {cv = -0.1}\n",
        "town.toml:15: services.clinic.day_factor.cv: -0.1\n  expected: 0 or more",
    ),
    "memory": (
        "day_factor = {cv = 0.2, autocorrelation = 1.0}\n",
        ("town.toml:15: services.clinic.day_factor.autocorrelation: 1.0\n  expected: 0.99 or less"),
    ),
    "two memories of one winter": (
        SHARED,
        (
            "town.toml:20: services.dentist.day_factor.autocorrelation: 0.6, and 0.5 in `clinic`, which shares `winter`\n"
            "  expected: one autocorrelation for `winter`"
        ),
    ),
    "kind of day that nobody knows": (
        'kind_weight = {terms = 2}\n[[calendar.kinds]]\nid = "term"\ndates = [2024-01-11]\n',
        (
            "town.toml:15: services.clinic.kind_weight.terms: unknown kind of day `terms`\n"
            "  expected: one of term\n"
            "  hint: did you mean `term`?"
        ),
    ),
    "kind without days": (
        '[[calendar.kinds]]\nid = "term"\n',
        "town.toml:15: calendar.kinds.term: no days\n  expected: `spells` or `dates`",
    ),
    "spell of three dates": (
        '[[calendar.kinds]]\nid = "term"\nspells = [[2024-01-11, 2024-01-12, 2024-01-13]]\n',
        (
            "town.toml:15: calendar.kinds.term: spells.0 has 3 dates\n"
            "  expected: two dates: first and last"
        ),
    ),
    "spell that ends before it starts": (
        '[[calendar.kinds]]\nid = "term"\nspells = [[2024-01-11, 2024-01-10]]\n',
        (
            "town.toml:15: calendar.kinds.term: spells.0 ends on 2024-01-10, before it starts\n"
            "  expected: a last date from 2024-01-11 on"
        ),
    ),
    "one table twice": (
        TABLE + TABLE,
        "town.toml:15: calendar.factor_tables: id `flu` twice\n  expected: each id once",
    ),
    "service of a table": (
        TABLE + 'services = ["clinics"]\n',
        (
            "town.toml:18: calendar.factor_tables.flu.services[0]: unknown service `clinics`\n"
            "  expected: one of clinic\n"
            "  hint: did you mean `clinic`?"
        ),
    ),
    "peak by chance": (
        "needs_per_year = 9000\nday_factor = {cv = 0.2}\n",
        (
            "town.toml:11: services.clinic: 79 needs a day and resident at the busiest hour's rate\n"
            "  expected: at most 32\n"
            "  hint: needs_per_year x the largest multipliers x the peaks of week and day"
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_explained(load, name):
    more, expected = WRONG[name]
    overrides: tuple[str, ...] = ()
    if more.startswith("needs_per_year"):
        number, more = more.split("\n", 1)
        overrides = (f"services.clinic.{number.replace(' ', '')}",)
    with pytest.raises(InputErrors) as error:
        load(more, *overrides)
    assert str(error.value).partition("\n\n")[0] == expected


CELLS = {
    "header": (
        "dates,factor\n2024-01-10,1\n",
        "flu.csv:1: a header `dates,factor`\n  expected: a header `date,factor`\n  hint: did you mean `date`?",
    ),
    "nothing": ("", "flu.csv:1: an empty file\n  expected: a header `date,factor`"),
    "no rows": ("date,factor\n", "flu.csv: no dates\n  expected: rows such as `2024-01-31,1.25`"),
    "date": (
        "date,factor\n10.1.2024,1\n",
        "flu.csv:2, column `date`: `10.1.2024`\n  expected: a date as 2024-01-31",
    ),
    "factor": (
        "date,factor\n2024-01-10,many\n",
        "flu.csv:2, column `factor`: `many`\n  expected: a number from 0 to 1000; 1 changes nothing",
    ),
    "below nothing": (
        "date,factor\n2024-01-10,-1\n",
        "flu.csv:2, column `factor`: `-1`\n  expected: a number from 0 to 1000; 1 changes nothing",
    ),
    "no number": (
        "date,factor\n2024-01-10,nan\n",
        "flu.csv:2, column `factor`: `nan`\n  expected: a number from 0 to 1000; 1 changes nothing",
    ),
    "comma": (
        "date,factor\n2024-01-10,1,5\n",
        "flu.csv:2: 3 cells\n  expected: a date and a factor, as `2024-01-31,1.25`\n  hint: decimals take a point, not a comma",
    ),
    "twice": (
        "date,factor\n2024-01-10,1\n2024-01-10,2\n",
        "flu.csv:3: 2024-01-10 stands twice\n  expected: it once\n  hint: one factor a date: multiply them, or make two tables",
    ),
    "quote": (
        'date,factor\n"2024-01-10,1\n' + "x" * 200_000,
        "flu.csv: field larger than field limit (131072)\n  expected: a CSV table",
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_wrong_table_of_dates_is_explained(write, load, city, name):
    text, expected = CELLS[name]
    write(text, "flu.csv")
    with pytest.raises(InputErrors) as error:
        compile_scenario(load(TABLE), city)
    assert str(error.value) == expected
    assert error.value.exit_code == 2


def test_a_table_that_is_not_there_is_told_where_it_is_named(write, load, city):
    write("date,factor\n", "flue.csv")
    with pytest.raises(InputErrors) as error:
        compile_scenario(load(TABLE), city)
    assert str(error.value) == (
        "town.toml:17: calendar.factor_tables.flu.file: flu.csv: no such file\n"
        "  expected: a CSV file of dates and factors, named relative to this file\n"
        "  hint: did you mean `flue.csv`?"
    )


def test_a_table_in_another_encoding_is_refused(write, load, city):
    write("").with_name("flu.csv").write_bytes(b"date,factor\n\xff")
    with pytest.raises(InputErrors, match="not UTF-8"):
        compile_scenario(load(TABLE), city)


def test_a_table_whose_rates_no_draw_reaches_is_refused(write, load, city):
    write("date,factor\n2024-01-10,1000\n", "flu.csv")
    with pytest.raises(InputErrors, match=r"services.clinic: 82 needs a day .*(\n.*)*calendar"):
        compile_scenario(load(TABLE, "services.clinic.needs_per_year=30"), city)


def test_a_table_of_other_dates_is_warned_of(write, load, city):
    write("date,factor\n2023-01-10,2\n", "flu.csv")
    found = compile_scenario(load(TABLE), city).warnings
    assert (
        "town.toml:15: calendar.factor_tables.flu: no date of the run is in it: it changes nothing"
        in found
    )


def test_tables_are_found_from_the_file_that_names_them(write, load, city):
    write("date,factor\n2024-01-10,2\n", "below/flu.csv")
    (table,) = compile_scenario(load(TABLE.replace("flu.csv", "below/flu.csv")), city).day_tables
    assert list(table.factor_of.values()) == [2.0]
    assert table.is_for("clinic")
    scenario = load(TABLE.replace("flu.csv", "below/flu.csv"))
    assert scenario.resolved["calendar"]["factor_tables"][0]["file"] == "below/flu.csv"
