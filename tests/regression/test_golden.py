"""The shipped scenarios give the numbers they gave when they were shipped."""

from __future__ import annotations

import pytest

from tests.regression.golden import SCENARIOS, chain_of, key_of, platform_tag, stored

# A mid-size city takes some seconds a scenario: its baseline speaks for its futures.
CASES = [
    pytest.param(path, marks=pytest.mark.slow)
    if path.parent.name == "coquimbo" and path.stem != "baseline"
    else path
    for path in SCENARIOS
]


@pytest.mark.parametrize("path", CASES, ids=key_of)
def test_shipped_scenario_has_its_golden_chain(path):
    golden = stored().get(platform_tag())
    if golden is None:
        pytest.skip(f"no golden chains for {platform_tag()}: python -m tests.regression.golden")
    assert chain_of(path) == golden[key_of(path)], (
        "results changed: if that is meant, run `python -m tests.regression.golden`"
        " and flag it as Regression in the changelog"
    )
