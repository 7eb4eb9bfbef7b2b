"""What would end a run is refused before it starts; odd scenarios run all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fixtures.small_town import CARE, CLINIC, ONE_CLINIC, PHARMACY, folder, streets, town
from twin.city.edits import Edit
from twin.engine import preparation
from twin.engine.preparation import prepare
from twin.errors import InputError
from twin.model.city_model import CityModel
from twin.scenario.compile import compile_scenario
from twin.scenario.load import load_scenario

GOOD = Edit(86_400.0, "facilities", CLINIC, "servers", "set", 3, "stranger")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (replace(GOOD, uid="osm/node/70001/primary_car"), "did you mean `osm/node/70001/primary_"),
        (replace(GOOD, column="hours", value="Mo-Fri 8"), "opening hours"),
        (replace(GOOD, column="eligibility", value="sex=men"), "`men` is no category"),
        (replace(GOOD, table="services", column="expected_wait_s"), "no such row of services"),
        (replace(GOOD, table="streets", uid="way/12", column="closures"), "no such way"),
        (replace(GOOD, table="streets", uid="Bridge", column="closures"), "no such way"),
    ],
)
def test_edits_of_others_are_checked_before_the_run(monkeypatch, edit, message):
    def compiled(scenario, city):
        return replace(compile_scenario(scenario, city), edits=(GOOD, edit))

    scenario = town().scenario
    monkeypatch.setattr(preparation, "compile_scenario", compiled)
    with pytest.raises(InputError, match=message) as caught:
        prepare(streets(), scenario)
    assert "`stranger`" in caught.value.where


def test_no_service_no_need():
    model = CityModel(preparation=town(""), seed=1).run()
    rows = {name: table.num_rows for name, table in model.tables().items()}
    assert rows["residents"] == 1500
    assert sum(rows.values()) == rows["residents"]
    assert len(model.hash_chain) == 6


def test_a_service_without_any_facility():
    model = CityModel(preparation=town(PHARMACY.partition("[[facilities]]")[0] + CARE), seed=1)
    visits = model.run().tables()["visits"].to_pandas()
    lost = visits[visits.service == "pharmacy"]
    assert len(lost) > 100
    assert (lost.reason == "no_facility_in_operation").all()
    assert (visits[visits.service == "primary_care"].outcome == "served").any()


def test_servers_none_at_all():
    """Whoever comes waits until closing and is sent home: nobody is left over inside."""
    text = CARE.replace("default_servers = 2", "default_servers = 0") + ONE_CLINIC
    state = CityModel(preparation=town(text), seed=1).run().engine.state
    assert state.queues.n_waiting.tolist() == [0]
    assert state.queues.n_busy.tolist() == [0]


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**63, 2**64 - 1])
def test_seeds_of_any_size(seed):
    model = CityModel(preparation=town(), seed=seed)
    model.run(1.0)
    assert model.engine.state.n_visits > 100


def test_runs_of_eleven_years():
    """4,095 days: day numbers fill their bits, and no calendar holds all of them at once."""
    path = folder() / "years.toml"
    path.write_text(
        f'name = "years"\nextends = "{town().scenario.source}"\n[run]\ndays = 4095\n'
        "[population]\nresidents = 3\n",
        encoding="utf-8",
    )
    model = CityModel(streets(), load_scenario(path), 1)
    model.run(4090)
    assert model.engine.state.agenda.calendar_us.size < 20
    model.run()
    visits = model.tables()["visits"].to_pandas()
    assert visits.need_s.max() > 4090 * 86_400
    assert not visits.duplicated(["service", "need_id"]).any()
    assert (visits.travel_s.dropna() < 3600).all()
