from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from twin import units


class Record(units.StrictModel):
    share: units.Share = 0.5
    count: units.Count = 0
    speed: units.SpeedMps = 1.0


@given(st.integers(0, 366 * units.DAY_US))
def test_microseconds_survive_a_table_of_seconds(time_us: int) -> None:
    # Tables show float64 seconds: a year of them loses no microsecond.
    assert units.us_from_seconds(time_us / units.US_PER_S) == time_us


@given(st.integers(0, 4096))
def test_whole_days_are_exact(day: int) -> None:
    assert units.us_from_days(day) == day * units.DAY_US
    assert units.us_from_days(day + 0.25) == day * units.DAY_US + 6 * units.HOUR_US


def test_constants_agree() -> None:
    assert units.DAY_US == 24 * units.HOUR_US == 86_400_000_000
    assert units.HOUR_S * units.US_PER_S == units.HOUR_US


@pytest.mark.parametrize(
    "values",
    [
        {"share": math.nan},
        {"share": math.inf},
        {"share": 1.01},
        {"share": "0.5"},
        {"count": 1.0},
        {"count": True},
        {"count": -1},
        {"speed": 0.0},
        {"speeed": 1.0},
    ],
)
def test_records_are_strict(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Record.model_validate(values)


def test_records_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Record().share = 0.1
