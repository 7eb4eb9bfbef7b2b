"""Accessibility cases: by hand, from tables, and what is wrong with a case."""

from __future__ import annotations

import json

import pytest

from twin.errors import InputError
from twin.validation.run import validate_folder

MATRIX = {
    "id": "two_clinics",
    "family": "accessibility",
    "model": "2sfca",
    # Catchment below 20: the first clinic serves 100 + 50, the second 50 people.
    "inputs": {
        "cost": [[10, 20], [15, 5]],
        "demand": [100, 50],
        "supply": [3, 1],
        "max_cost": 20,
        "method": "2sfca",
    },
    "expected": {"A_0": 0.02, "A_1": 0.04, "min": 0.02, "max": 0.04, "mean": 4 / 150},
    "tolerance": {"kind": "exact", "rel": 1e-12},
}
TABLES = {
    "id": "from_tables",
    "family": "accessibility",
    "model": "sf",
    "inputs": {
        "matrix_csv": "od.csv",
        "demand_csv": "demand.csv",
        "demand_col": "to",
        "site_col": "site",
        "cost_col": "metres",
        "demand_key": "tract",
        "weight_col": "people",
        "supply": {"A": 3, "B": 1, "C": 9},
        "method": "e2sfca",
        "max_cost": 20,
        "steps": [[10, 1.0], [20, 0.5]],
        "strict": False,
    },
    # Demand at A is that of the first place and half of the second; at B it is 100.
    "expected": {"conservation": 4.0},
    "tolerance": {"kind": "numeric", "rel": 1e-9},
}
FILES = {
    "od.csv": "metres,site,to\n10,A,0601.00\n20,B,0601.00\n15,A,0602.50\n5,B,0602.50\n",
    "demand.csv": "tract,people\n0602.50,50\n0601.00,100\n",
    "accessibility/from_tables.csv": "tract,A\n601,0.029\n602.5,0.01857142857142857\n",
}
FIRST, SECOND = 3 / 125 + 0.5 / 100, 0.5 * 3 / 125 + 1 / 100


def report_of(folder, case, files=FILES):
    (folder / "accessibility").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "cases.json").write_text(json.dumps({"cases": [case]}), encoding="utf-8")
    return validate_folder(folder).cases[0]


def test_a_matrix_by_hand(tmp_path):
    result = report_of(tmp_path, MATRIX)
    assert result.status == "passed", result.reason


def test_tables_are_judged_place_by_place(tmp_path):
    table = f"tract,A\n601,{FIRST}\n602.5,{SECOND}\n"
    files = {**FILES, "accessibility/from_tables.csv": table}
    result = report_of(tmp_path, TABLES, files)
    assert result.status == "passed", result.reason
    assert [metric.name for metric in result.metrics] == ["conservation", "A_601", "A_602.5"]


def test_one_wrong_place_of_the_table_fails_the_case(tmp_path):
    result = report_of(tmp_path, TABLES)
    assert result.status == "failed"
    assert [metric.name for metric in result.metrics if not metric.ok] == ["A_602.5"]


def test_a_place_that_the_costs_do_not_have_fails_the_case(tmp_path):
    files = {**FILES, "accessibility/from_tables.csv": "tract,A\n999,0.1\n"}
    result = report_of(tmp_path, TABLES, files)
    assert result.metrics[-1].why == "not measured"


def changed(case, **inputs):
    return {**case, "inputs": {**case["inputs"], **inputs}}


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (changed(MATRIX, cost="far"), "inputs.cost: is no array of numbers"),
        (changed(MATRIX, max_cost=None), "inputs.max_cost: is missing"),
        (changed(MATRIX, method=3), "inputs.method: found 3"),
        (changed(MATRIX, method="e2sfca", steps=[1, 2]), "inputs.steps: is no table"),
        (changed(TABLES, matrix_csv="none.csv"), "no such file"),
        (changed(TABLES, cost_col="km"), "has no column `km`"),
        (changed(TABLES, supply={"A": 1}), "inputs.supply: nothing for `B`"),
        (changed(TABLES, supply=5), "inputs.supply: is no object"),
    ],
)
def test_a_wrong_case_is_told_before_anything_runs(tmp_path, case, message):
    with pytest.raises(InputError, match=message):
        report_of(tmp_path, case)


def test_a_word_where_a_number_is_due_is_told(tmp_path):
    files = {**FILES, "demand.csv": "tract,people\n601,many\n"}
    with pytest.raises(InputError, match="found 'many'"):
        report_of(tmp_path, TABLES, files)


def test_a_method_that_is_not_there_is_skipped(tmp_path):
    result = report_of(tmp_path, changed(MATRIX, method="3sfca"))
    assert (result.status, result.reason) == ("skipped", "not built yet: method `3sfca`")
