"""The families of known answers that stand beside the project, all of them."""

from __future__ import annotations

import pytest

from twin.validation.run import validate_folder

N_CASES = {"accessibility": 4, "popsyn": 4, "process": 4, "school": 6}


@pytest.mark.parametrize(
    "family",
    ["accessibility", "popsyn", "school", pytest.param("process", marks=pytest.mark.slow)],
)
def test_every_case_passes(shared, family):
    report = validate_folder(shared / "cases", family=family)
    assert report.summary == f"{N_CASES[family]} passed, 0 failed, 0 skipped"
    if family == "accessibility":
        assert [len(case.metrics) for case in report.cases] == [7, 7, 4 + 205, 4 + 205]
