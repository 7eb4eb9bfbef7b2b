"""`[activities]`: what is refused, in words that help."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.fixtures.worlds import changed
from twin.errors import InputErrors
from twin.population.activity_settings import ActivitySettings, clock_s

PEAK = {"at": "08:00", "sd_min": 10}
WRONG = {
    "peak_time": ({"work": {"leave": [PEAK | {"at": "25:10"}]}}, "String should match pattern"),
    "no_peak": ({"work": {"leave": []}}, "at least 1 item"),
    "flat_peaks": (
        {"school": {"leave": [PEAK | {"share": 0}]}},
        "leave: only zero shares; expected a peak with a share above 0",
    ),
    "noon": (
        {"work": {"noon_leave": "13:00", "noon_back": "12:59"}},
        "noon_back 12:59 is not after noon_leave 13:00",
    ),
    "attend": ({"work": {"attend_share": 1.2}}, "less than or equal to 1"),
    "stay": ({"work": {"stay_h": 0}}, "greater than 0"),
    "use": (
        {"work": {"floor_weight": {"comercial": 1.0}}},
        "floor_weight: unknown `comercial`; expected residential, mixed, commercial, public, other",
    ),
    "use_hint": ({"work": {"floor_weight": {"comercial": 1.0}}}, "did you mean `commercial`"),
    "zero_uses": ({"work": {"floor_weight": {"other": 0.0}}}, "floor_weight: only zeros"),
    "both": (
        {"work": {"facilities": ["factory"]}},
        "expected either floor_weight (buildings) or facilities (services)",
    ),
    "neither": (
        {"school": {"facilities": []}},
        "expected either floor_weight (buildings) or facilities (services)",
    ),
    "candidates": ({"work": {"n_candidates": 65}}, "less than or equal to 64"),
    "mode": ({"work": {"by_mode": "boat"}}, "'walk', 'bicycle', 'car' or 'bus'"),
    "roles": (
        {"other": {"tours_per_day": {"worker": 1.0}}},
        "tours_per_day: found worker; expected worker, pupil, neither",
    ),
    "rate": (
        {"other": {"tours_per_day": {"worker": 5.0, "pupil": 0.0, "neither": 0.0}}},
        "tours_per_day.worker: 5; expected 0 to 4",
    ),
    "hours": ({"other": {"hour_weight": [1.0] * 23}}, "hour_weight: expected 24 weights"),
    "zero_hours": (
        {"other": {"hour_weight": [0.0] * 24}},
        "hour_weight: expected 24 weights, one of them above 0",
    ),
    "other_uses": ({"other": {"floor_weight": {}}}, "floor_weight: only zeros"),
    "places": ({"other": {"n_places": 7}}, "less than or equal to 6"),
    "employed": (
        {"employed_share": {"15-59": 0.7}},
        "employed_share: found 15-59; expected 0-14, 15-59, 60+",
    ),
    "pupils": (
        {"pupil_share": {"0-14": 0.7, "15-59": 0.1, "60-": 0.0}},
        "pupil_share: found 0-14, 15-59, 60-; expected 0-14, 15-59, 60+",
    ),
    "age": (
        {"driving_age": ["15-60"]},
        "driving_age: unknown `15-60`; expected 0-14, 15-59, 60+; did you mean `15-59`",
    ),
    "age_no_hint": (
        {"driving_age": ["zzz"]},
        "driving_age: unknown `zzz`; expected 0-14, 15-59, 60+ [",
    ),
    "walk": (
        {"mode_choice": {"car": {}}},
        "mode_choice: no `walk`; expected it among the modes: everybody has it",
    ),
    "permanence": ({"taste_permanence": 1.0}, "less than 1"),
    "typo": ({"worck": {}}, "Extra inputs are not permitted"),
}


@pytest.mark.parametrize(("table", "message"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused(table, message):
    with pytest.raises(ValidationError) as caught:
        ActivitySettings.model_validate(table)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["24:00", "7:30", "07:60", "noon", ""])
def test_no_time_of_day(text):
    with pytest.raises(ValueError, match="is no time of day such as 07:30"):
        clock_s(text)


def test_times_of_day():
    assert [clock_s(text) for text in ("00:00", "07:35", "23:59")] == [0, 27_300, 86_340]


def test_a_scenario_says_where_the_mistake_is(tmp_path):
    text = "[activities.other]\ntours_per_day = {worker = 9.0, pupil = 0.0, neither = 0.0}\n"
    with pytest.raises(InputErrors) as caught:
        changed(tmp_path, text)
    words = str(caught.value)
    assert "changed.toml:4: activities.other.tours_per_day.worker: 9" in words
    assert "expected: 0 to 4" in words


def test_an_empty_table_is_enough(tmp_path):
    assert changed(tmp_path, "[activities]\n").activities == ActivitySettings()


def test_workplaces_may_be_facilities():
    work = {"floor_weight": {}, "facilities": ["factory"]}
    assert ActivitySettings.model_validate({"work": work}).work.facilities == ("factory",)
