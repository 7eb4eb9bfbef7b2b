"""The city as a Mesa model: the only loop there is."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import mesa

from twin.engine.loop import Engine
from twin.engine.preparation import Preparation, prepare
from twin.engine.recorder import all_tables, resident_sums
from twin.errors import InputError
from twin.kernels import columns as kc
from twin.model.institutions import Department, FacilityManager, Institution
from twin.population.view import ResidentSet
from twin.units import DAY_S, US_PER_S, us_from_days

if TYPE_CHECKING:
    import pyarrow as pa

    from twin.city.city import City
    from twin.city.edits import AppliedEdit
    from twin.population.residents import Residents
    from twin.scenario.document import Scenario

SEED_LIMIT = 2**64


class CityModel(mesa.Model):  # type: ignore[misc]
    """One run of a city under a scenario, as a `mesa.Model`.

    `step` advances the synchronisation interval of the scenario and then lets
    the institutions act; `run` advances days. No result depends on how time is cut.

    Parameters
    ----------
    city
        Streets, buildings, facilities. Not needed with `preparation`.
    spec
        The scenario. (Mesa 3.5 keeps the name ``scenario`` for itself.)
    seed
        Run seed, 0 to 2**64 - 1; the scenario's first if not given.
    preparation
        The seed-independent part, to share it between replications.
    residents
        Residents to use instead of those of ``[population]``.

    Raises
    ------
    InputError
        If the scenario does not fit the city or the seed is out of range.
    """

    def __init__(
        self,
        city: City | None = None,
        spec: Scenario | None = None,
        seed: int | None = None,
        *,
        preparation: Preparation | None = None,
        residents: Residents | None = None,
    ) -> None:
        if preparation is None:
            if city is None or spec is None:
                message = "CityModel needs a city and a scenario, or a preparation"
                raise TypeError(message)
            preparation = prepare(city, spec, residents)
        self.preparation = preparation
        self.spec = preparation.scenario
        self.city = preparation.city
        # Whatever counts as a whole number, numpy's too.
        self.run_seed = self.spec.run.seeds[0] if seed is None else operator.index(seed)
        if not 0 <= self.run_seed < SEED_LIMIT:
            raise InputError("seed", str(seed), expected="a whole number from 0 to 2**64 - 1")
        super().__init__(rng=self.run_seed)
        self.engine = Engine(preparation, self.run_seed)
        self._stop_us = self.engine.end_us
        self._found_institutions()

    def _found_institutions(self) -> None:
        """Make the departments, then the managers, in the order of the scenario."""
        charge = {service.id: service.department or "" for service in self.spec.services}
        for department in self.spec.departments:
            Department(self, department.id, department.title)
        for row, station in self.preparation.doors:
            owner = station.facility.department or charge[station.facility.service]
            FacilityManager(self, row, station, owner)

    def __repr__(self) -> str:
        prep = self.preparation
        return (
            f"CityModel {self.spec.name}, seed {self.run_seed}\n"
            f"├── clock: day {self.clock_s / DAY_S:.2f} of {prep.n_days}\n"
            f"├── residents: {len(prep.residents):,}\n"
            f"├── facilities: {len(prep.doors)}\n"
            f"└── needs so far: {self.engine.state.n_visits:,}"
        )

    @property
    def clock_s(self) -> float:
        """Seconds since the midnight that starts the run."""
        return self.engine.state.clock_us / US_PER_S

    @property
    def residents(self) -> ResidentSet:
        """All residents, with the sums of the measured window so far."""
        state = self.engine.state
        return ResidentSet(state.people, state=resident_sums(state))

    @property
    def n_events(self) -> int:
        """Events that the compiled loop has handled."""
        return int(self.engine.state.counters[kc.N_EVENTS])

    @property
    def hash_chain(self) -> tuple[str, ...]:
        """One link per midnight so far; equal chains mean equal runs."""
        return tuple(self.engine.chain)

    @property
    def edit_log(self) -> tuple[AppliedEdit, ...]:
        """Edits applied so far with the values that they replaced."""
        return tuple(self.engine.state.applied)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the results should know."""
        return (*self.preparation.city.notes, *self.preparation.warnings)

    def step(self) -> None:
        """Advance one synchronisation interval; then each institution's `step`.

        The last step of a `run` is cut short where the run is to stop.
        """
        until = self.engine.state.clock_us + self.spec.run.sync_s * US_PER_S
        self._advance(min(until, self._stop_us))
        for agent in sorted(self.agents, key=lambda a: a.unique_id):
            agent.step()

    def run(self, days: float | None = None) -> CityModel:
        """Advance `days`, or to the end of the scenario; return the model.

        Control returns to Python in between only if somebody is there to take
        it: a subclass that overrides `step`, or an institution that has one.
        """
        state = self.engine.state
        end = self.engine.end_us
        target = end if days is None else min(end, state.clock_us + us_from_days(days))
        if not self._has_steppers():
            self._advance(target)
        self._stop_us = target
        try:
            while state.clock_us < target:
                self.step()
        finally:
            self._stop_us = end
        return self

    def _has_steppers(self) -> bool:
        """Return whether anybody wants control at each synchronisation."""
        if type(self).step is not CityModel.step:
            return True
        idle = (Institution.step, mesa.Agent.step)
        return any(type(agent).step not in idle for agent in self.agents)

    def _advance(self, until_us: int) -> None:
        self.engine.advance(until_us)
        self.running = self.engine.state.clock_us < self.engine.end_us

    def tables(self) -> dict[str, pa.Table]:
        """Return the tables of the run so far; see `twin.results.tables`."""
        return all_tables(self.engine.state)

    def release(self) -> None:
        """Let go of the agents, so that the memory of a finished model is freed.

        Mesa 3.3 keeps every model that ever had an agent in a class attribute.
        """
        for agent in list(self.agents):
            agent.remove()
        ids: dict[Any, Any] | None = getattr(mesa.Agent, "_ids", None)
        if ids is not None:
            ids.pop(self, None)
