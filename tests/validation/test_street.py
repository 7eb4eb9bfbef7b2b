"""Street cases: own small networks, and those that others solved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.validation.known import write_cases
from twin.errors import InputError
from twin.validation.run import validate_folder

# A ring of three, a dead end that leads out, and a parallel edge that is dearer.
_EDGES = """u,v,key,length,travel_time
4,7,0,10.5,1.25
4,7,1,10.5,9
7,9,0,20,2.5
9,4,0,30,0.125
9,12,0,5,1
"""


def _case(folder: Path, **changes: Any) -> Any:
    (folder / "edges.csv").write_text(changes.pop("edges", _EDGES), encoding="utf-8")
    inputs = {"edges": "edges.csv", "weight": "travel_time", "sources": [4, 12], "pairs": [[9, 7]]}
    return {
        "id": "ring",
        "family": "street",
        "model": "spp",
        "inputs": inputs | changes,
        "expected": {
            "nodes": 4,
            "edges_rows": 5,
            "total_length": 76.0,
            "largest_scc": 3,
            "reach_count": 5,
            "sum_cost": 1.25 + 3.75 + 4.75,
            "max_cost": 4.75,
            "t_9_7": 1.375,
        },
        "tolerance": {"kind": "numeric", "rel": 1e-6},
    }


def test_a_ring_passes(tmp_path: Path) -> None:
    report = validate_folder(write_cases(tmp_path, _case(tmp_path)))
    assert report.summary == "1 passed, 0 failed, 0 skipped", report.cases[0].reason


@pytest.mark.parametrize("name", ["sum_cost", "largest_scc", "t_9_7", "total_length"])
def test_another_answer_fails(tmp_path: Path, name: str) -> None:
    case = _case(tmp_path)
    case["expected"][name] *= 1.00001
    [result] = validate_folder(write_cases(tmp_path, case)).cases
    assert [metric.name for metric in result.metrics if not metric.ok] == [name]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"weight": 3}, "inputs.weight"),
        ({"weight": "time"}, "no column `time`"),
        ({"edges": "u,v,length,travel_time\n1,2,3,x\n"}, "edges.csv:2: travel_time"),
        ({"edges": "u,v,length,travel_time\n1,2,3\n"}, "edges.csv:2: travel_time"),
        ({"edges": "u,v,length,travel_time\n1,2,3,-4\n"}, "edges.csv:2: travel_time"),
        ({"sources": [5]}, "nodes of the edges"),
        ({"sources": 5}, "a list"),
        ({"pairs": [[1, 2, 3]]}, "pairs"),
    ],
)
def test_wrong_inputs_are_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        validate_folder(write_cases(tmp_path, _case(tmp_path, **changes)))
    assert says in str(caught.value)


def test_the_shared_cases_pass(shared: Path) -> None:
    if not (shared / "cases" / "cases.json").is_file():
        pytest.skip("the shared material holds no cases")
    report = validate_folder(shared / "cases", family="street")
    assert report.summary == "2 passed, 0 failed, 0 skipped", [c.reason for c in report.cases]
