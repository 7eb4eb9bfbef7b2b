"""Institutions as Mesa agents: departments and the managers of facilities.

They are few, so they are Python objects; residents are many, so they are
columns. An institution's own draws are keyed by who it is and what time it is:
whatever it draws, no other draw moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

from twin.streams import agent_generator, agent_random, uid32

if TYPE_CHECKING:
    import random

    import numpy as np

    from twin.engine.preparation import Station
    from twin.model.city_model import CityModel


class Institution(mesa.Agent):  # type: ignore[misc]
    """Anything that acts for the city.

    Parameters
    ----------
    model
        The city it acts in.
    uid
        Its name, the same in every run.
    """

    def __init__(self, model: CityModel, uid: str) -> None:
        super().__init__(model)
        self.uid = uid
        self._number = uid32(uid)
        self._drawn_at = -1
        self._rng: np.random.Generator | None = None
        self._random: random.Random | None = None

    def _refresh_draws(self) -> None:
        clock_us = self.model.engine.state.clock_us
        if clock_us != self._drawn_at:
            self._drawn_at = clock_us
            self._rng = agent_generator(self.model.run_seed, self._number, clock_us)
            self._random = agent_random(self.model.run_seed, self._number, clock_us)

    @property
    def rng(self) -> Any:  # noqa: ANN401 - the type is Mesa's to say
        """Generator keyed by run seed, institution and time; new at each time."""
        self._refresh_draws()
        return self._rng

    @property
    def random(self) -> Any:  # noqa: ANN401
        """Standard-library generator with the same key as `rng`."""
        self._refresh_draws()
        return self._random


class Department(Institution):
    """A department of the city: it is in charge of facilities.

    Parameters
    ----------
    model
        The city.
    uid
        Id in the scenario's ``[[departments]]``.
    title
        Words for people.
    """

    def __init__(self, model: CityModel, uid: str, title: str = "") -> None:
        super().__init__(model, uid)
        self.title = title or uid

    @property
    def facilities(self) -> list[FacilityManager]:
        """Managers of the facilities in its charge, in the order of stations."""
        managers = self.model.agents_by_type.get(FacilityManager, ())
        return [manager for manager in managers if manager.department == self.uid]

    def __repr__(self) -> str:
        return f"Department {self.uid}: {len(self.facilities)} facilities"


class FacilityManager(Institution):
    """Runs one facility-service pair and reads its row of the columns.

    Parameters
    ----------
    model
        The city.
    row
        Row of the station.
    station
        What it was before anything happened.
    department
        Id of the department in charge; empty if none is.
    """

    def __init__(self, model: CityModel, row: int, station: Station, department: str) -> None:
        super().__init__(model, station.name)
        self._row = row
        self.facility = station.facility
        self.department = department

    @property
    def service(self) -> str:
        """Kind of service."""
        return str(self.facility.service)

    @property
    def n_servers(self) -> int:
        """Servers on duty while the facility is open, at all stages."""
        return int(self.model.engine.state.queues.n_servers[self._stages].sum())

    @property
    def n_busy(self) -> int:
        """Services under way."""
        return int(self.model.engine.state.queues.n_busy[self._stages].sum())

    @property
    def n_waiting(self) -> int:
        """People in the queues."""
        return int(self.model.engine.state.queues.n_waiting[self._stages].sum())

    @property
    def _stages(self) -> slice:
        """Rows of the stages."""
        rows = self.model.engine.state.stages_of(self._row)
        return slice(rows.start, rows.stop)

    @property
    def is_open(self) -> bool:
        """Whether it is in operation and within its opening hours."""
        stations = self.model.engine.state.stations
        return bool(stations.is_active[self._row] and stations.is_open[self._row])

    @property
    def hours(self) -> str:
        """Opening hours in the words of OpenStreetMap."""
        return str(self.model.engine.state.hours_text[self._row])

    @property
    def eligibility(self) -> str:
        """Condition on residents who are admitted."""
        return str(self.model.engine.state.eligibility[self._row])

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"{self.uid}: {state}, {self.n_busy}/{self.n_servers} busy, {self.n_waiting} waiting"
