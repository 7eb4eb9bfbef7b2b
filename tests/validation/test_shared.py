"""The families of known answers that stand beside the project, all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.validation.run import validate_folder

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases"
N_CASES = {"accessibility": 4, "process": 4}


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases do not stand beside this folder")
@pytest.mark.parametrize("family", N_CASES)
def test_every_case_passes(family):
    report = validate_folder(CASES, family=family)
    assert report.summary == f"{N_CASES[family]} passed, 0 failed, 0 skipped"
    if family == "accessibility":
        assert [len(case.metrics) for case in report.cases] == [7, 7, 4 + 205, 4 + 205]
