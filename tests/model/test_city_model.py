"""The city as a Mesa user meets it."""

from __future__ import annotations

import gc
import weakref

import mesa
import pytest

from tests.fixtures.worlds import changed, monaco, small_baseline
from twin.errors import InputError
from twin.model.city_model import CityModel
from twin.model.institutions import Department, FacilityManager, Institution
from twin.units import DAY_S

DEPARTMENT = """
[[departments]]
id = "health"
title = "Health department"
[[services]]
id = "primary_care"
department = "health"
"""


@pytest.fixture
def model():
    return CityModel(preparation=small_baseline(), seed=1)


def test_it_is_a_mesa_model_that_steps(model):
    assert isinstance(model, mesa.Model)
    for _ in range(4):
        model.step()
    assert model.steps == 4
    assert model.clock_s == 4 * model.spec.run.sync_s
    assert model.running


def test_a_data_collector_reads_model_and_agents(model):
    collector = mesa.DataCollector(
        model_reporters={"needs": lambda m: m.engine.state.n_visits, "clock_s": "clock_s"},
        agenttype_reporters={FacilityManager: {"waiting": "n_waiting", "busy": "n_busy"}},
    )
    for _ in range(96):
        model.step()
        collector.collect(model)
    frame = collector.get_model_vars_dataframe()
    assert len(frame) == 96
    assert frame.needs.is_monotonic_increasing
    assert frame.needs.iloc[-1] > 0
    managers = collector.get_agenttype_vars_dataframe(FacilityManager)
    assert len(managers) == 96 * len(model.preparation.stations)
    assert managers.busy.max() > 0


def test_run_model_runs_to_the_end(model):
    model.run_model()
    assert not model.running
    assert model.clock_s == model.spec.run.days * DAY_S
    assert model.hash_chain == CityModel(preparation=small_baseline(), seed=1).run().hash_chain


def test_agents_by_type_holds_departments_and_managers(tmp_path):
    model = CityModel(monaco(), changed(tmp_path, DEPARTMENT), 1)
    assert set(model.agents_by_type) == {Department, FacilityManager}
    (health,) = model.agents_by_type[Department]
    assert health.title == "Health department"
    assert (
        len(health.facilities)
        == len(model.preparation.stations)
        == len(model.agents_by_type[FacilityManager])
    )
    assert "11 facilities" in repr(health)


def test_agent_sets_select_as_in_mesa(model):
    model.run(5.45)
    busy = model.agents_by_type[FacilityManager].select(lambda m: m.n_busy > 0)
    assert 0 < len(busy) <= 11
    assert all(m.is_open for m in busy)
    assert sum(model.agents_by_type[FacilityManager].get("n_servers")) == 17


def test_managers_read_their_row(model):
    manager = next(m for m in model.agents if m.facility.uid == "practice_larvotto")
    assert manager.service == "primary_care"
    assert not manager.is_open
    assert manager.hours == monaco().facility("practice_larvotto", "primary_care").hours
    assert manager.eligibility == "all"
    model.run(9 / 24)
    assert manager.is_open
    assert "practice_larvotto/primary_care: open" in repr(manager)


class Stepper(Institution):
    """An institution that wants control at each synchronisation."""

    def __init__(self, model):
        super().__init__(model, "stepper")
        self.times = []

    def step(self):
        self.times.append((self.model.clock_s, self.rng.random(), self.random.random()))


def test_institutions_step_in_run_and_their_draws_move_no_other(model):
    stepper = Stepper(model)
    model.run()
    assert len(stepper.times) == model.spec.run.days * 96
    assert model.hash_chain == CityModel(preparation=small_baseline(), seed=1).run().hash_chain
    again = CityModel(preparation=small_baseline(), seed=1)
    other = Stepper(again)
    again.run(1)
    assert other.times == stepper.times[: len(other.times)]
    assert len({draw for _, draw, _ in stepper.times}) == len(stepper.times)


def test_a_subclass_that_overrides_step_gets_control(model):
    class Watched(CityModel):
        n_seen = 0

        def step(self):
            super().step()
            self.n_seen += 1

    watched = Watched(preparation=small_baseline(), seed=1)
    watched.run(0.5)
    assert watched.n_seen == 48


def test_residents_answer_with_the_verbs_of_an_agent_set(model):
    model.run()
    residents = model.residents
    assert len(residents) == 4000
    migrants = residents.select("registration=migrant")
    assert 0 < len(migrants) < len(residents)
    assert residents.agg("n_needs", "sum") == sum(
        model.tables()["residents"].column("n_needs").to_pylist()
    )
    assert residents[17].uid == 17
    assert set(residents.get("age_band")) == {"0-14", "15-59", "60+"}


def test_writing_a_resident_changes_only_this_run(model):
    other = CityModel(preparation=small_baseline(), seed=1)
    model.residents.set("is_informed", value=False)
    assert not model.residents.get("is_informed").any()
    assert other.residents.get("is_informed").any()
    assert not model.engine.state.groups.is_informed[model.engine.state.residents.group].any()


def test_release_lets_a_model_be_collected():
    model = CityModel(preparation=small_baseline(), seed=1)
    model.run(0.1)
    reference = weakref.ref(model)
    model.release()
    assert len(model.agents) == 0
    del model
    gc.collect()
    assert reference() is None


def test_it_prints_itself(model):
    text = repr(model)
    assert "CityModel baseline, seed 1" in text
    assert "4,000" in text


def test_a_seed_out_of_range_is_refused():
    with pytest.raises(InputError, match="seed"):
        CityModel(preparation=small_baseline(), seed=2**64)


def test_it_needs_a_city_and_a_scenario():
    with pytest.raises(TypeError, match="a city and a scenario"):
        CityModel(monaco())
