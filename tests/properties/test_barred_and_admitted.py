"""Who may come: shutting people out must not look good, letting them in harms nobody for it."""

from __future__ import annotations

import pytest

import twin
from tests.fixtures.worlds import changed, model_of, monaco

SIZE = ("run.days=5", "run.warmup_days=1", "run.cooldown_days=1")
BARRED = """
[[interventions]]
id = "registered_only"
kind = "set_eligibility"
service = "primary_care"
eligible = "registration=registered"
from_day = 1
"""
BY_REGISTRATION = """
[[questions]]
id = "burden_by_registration"
measure = "burden_mean_s"
service = "primary_care"
by = "registration"
better = "lower"
smallest_effect = 300
"""
AMPLE = """
[[interventions]]
id = "ample"
kind = "add_servers"
service = "primary_care"
facility = [{practices}]
servers = 500
from_day = 0
"""


def verdicts(result):
    (scenario,) = result.document["scenarios"]
    return {(row["measure"], row["group"]): row for row in scenario["measures"]}


@pytest.mark.parametrize(("equivalent", "for_them"), [(86_400.0, "worse"), (60.0, "undecided")])
def test_shutting_migrants_out_shortens_waits_and_is_no_help_to_them(
    tmp_path, equivalent, for_them
):
    size = (*SIZE, f"measures.unmet_equivalent_s={equivalent}")
    base = changed(tmp_path, BY_REGISTRATION, name="open", overrides=size)
    barred = changed(tmp_path, BY_REGISTRATION + BARRED, name="barred", overrides=size)
    runs = twin.run([base, barred], seeds=range(1, 4), out=tmp_path / "runs")
    rows = verdicts(twin.compare(runs, baseline="open"))
    wait = rows["wait_mean_s", "all"]
    assert wait["verdict"] == "better"
    assert wait["guard"]["is_worse"]
    assert "people stay away" in wait["note"]
    assert rows["unmet_share", "registration=migrant"]["verdict"] == "worse"
    assert rows["unmet_share", "registration=registered"]["difference"] <= 0
    theirs = rows["burden_mean_s", "registration=migrant"]
    assert theirs["verdict"] == for_them
    if for_them == "undecided":
        assert "an unmet need counts less (0.0 h) than one that is met" in theirs["note"]


def test_letting_migrants_in_where_there_is_room_changes_no_registered_resident(tmp_path):
    practices = [row.uid for row in monaco().facilities if row.service == "primary_care"]
    ample = AMPLE.format(practices=", ".join(f'"{uid}"' for uid in practices))
    until = BARRED.replace("from_day = 1", "from_day = 0\nto_day = 2")
    tables = {}
    for name, text in {"closed": BARRED.replace("= 1", "= 0"), "open": until}.items():
        run = model_of(changed(tmp_path, ample + text, name=name, overrides=SIZE)).tables()
        tables[name] = run["residents"].to_pandas()
    before, after = tables["closed"], tables["open"]
    is_registered = before.registration == "registered"
    assert before[is_registered].equals(after[is_registered])
    theirs = [table[~is_registered].n_served.sum() for table in (before, after)]
    assert theirs[0] == 0 < theirs[1]
