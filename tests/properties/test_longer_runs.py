"""A longer run begins like a shorter one: what comes after the end decides nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, ONE_CLINIC, folder, streets, town
from twin.model.city_model import CityModel
from twin.scenario.load import load_scenario

# Shut until a date beyond the short run and beyond the two weeks that people plan.
LATE = CARE.replace(
    'default_hours = "Mo-Su 08:00-12:00,14:00-18:00"', 'default_hours = "Jan 26-Feb 20 00:00-24:00"'
)
WEEK = CARE.replace('default_hours = "Mo-Su 08:00', 'default_hours = "We-Fr 00:00-24:00; Mo 08:00')


def longer(prep, days):
    path = folder() / f"longer_{days}_{prep.scenario.source.stem}.toml"
    path.write_text(
        f'name = "longer"\nextends = "{prep.scenario.source}"\n[run]\ndays = {days}\n', "utf-8"
    )
    return CityModel(streets(), load_scenario(path), 1).run()


@pytest.mark.parametrize("text", [CARE, LATE, WEEK], ids=["daily", "late", "days on end"])
def test_days_that_follow_change_nothing(text):
    prep = town(text + ONE_CLINIC)
    short = CityModel(preparation=prep, seed=1).run()
    for days in (6, 9, 30):
        assert longer(prep, days).hash_chain[: len(short.hash_chain)] == short.hash_chain


def test_nobody_waits_at_home_for_more_than_two_weeks():
    model = longer(town(LATE + ONE_CLINIC), 30)
    visits = model.tables()["visits"].to_pandas()
    assert (visits[visits.need_s < 3 * 86_400].reason == "never_opens").all()
    came = visits[visits.outcome == "served"]
    assert came.delay_s.max() < 15 * 86_400
    # Those who had planned for the opening come on its first day, not days into it.
    waited = came[came.need_s < 17 * 86_400]
    assert len(waited) > 100
    assert np.floor(waited.arrival_s / 86_400).nunique() <= 2
