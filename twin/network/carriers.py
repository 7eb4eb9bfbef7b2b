"""Modes of travel: what carries people over which streets, and how fast.

A street graph knows three networks (walk, bicycle, car) and stores columns of
them. A mode of travel is more: a bus and an ambulance use the streets of cars
at speeds of their own. `Carrier` says what a mode is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.access import time_of
from twin.network.modes import (
    BICYCLE,
    BUS_MPS,
    CAR,
    EMERGENCY_FACTOR,
    RESIDENT_MODES,
    TRAVEL_MODES,
    WALK,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.skim import Skim
    from twin.network.street_graph import StreetGraph

MAX_INT32: Final = 2**31 - 1


@dataclass(frozen=True)
class Carrier:
    """What a mode of travel is made of.

    Parameters
    ----------
    name
        Word in ``TRAVEL_MODES``.
    base
        Network that it uses: an index in ``MODES``.
    speed_mps
        Its speed on every street; none: the free-flow times of the network.
    factor
        Multiplies its time on every street.
    added_ms
        Time that passes on each trip besides walking and riding: to the stop, waiting.
    charged_ms
        Time that counts when modes and facilities are compared but passes elsewhere: parking.
    slowed_as
        Mode whose traffic slows it, where that is another.
    vehicle
        Column of residents that says who has it; none: everybody.
    skim
        Times between zones that hold instead of all this, whatever the streets are like.
    """

    name: str
    base: int
    speed_mps: float | None = None
    factor: float = 1.0
    added_ms: int = 0
    charged_ms: int = 0
    slowed_as: str = ""
    vehicle: str | None = None
    skim: Skim | None = None

    @property
    def code(self) -> int:
        """Place in ``TRAVEL_MODES``."""
        return TRAVEL_MODES.index(self.name)

    @property
    def traffic_code(self) -> int:
        """Code of the mode whose traffic slows it."""
        return TRAVEL_MODES.index(self.slowed_as or self.name)

    def free_ms(self, graph: StreetGraph) -> NDArray[np.int32]:
        """Return its time on each empty street before `factor`, -1 where it may not go."""
        own: NDArray[np.int32] = graph.edge_time_ms[self.base]
        if self.speed_mps is None:
            return own
        return np.where(own < 0, np.int32(-1), time_of(graph.edge_length_mm, self.speed_mps))

    def edge_ms(
        self,
        graph: StreetGraph,
        factor_of_class: NDArray[np.float64] | None = None,
        slowdown: NDArray[np.float64] | None = None,
        closed: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int32]:
        """Return its time on each street in whole milliseconds, at least 1; -1 where it cannot go.

        Always from the free-flow time, so that a street that is slowed no longer is as before.

        Parameters
        ----------
        graph
            Streets.
        factor_of_class : (n_classes,), optional
            Traffic: what multiplies the time on each class of street.
        slowdown : (n_edges,), optional
            What multiplies the time on each edge besides.
        closed : (n_edges,), optional
            Edges that nobody may use.
        """
        free = self.free_ms(graph)
        factor = np.full(graph.n_edges, self.factor)
        if factor_of_class is not None:
            factor *= factor_of_class[graph.edge_class]
        if slowdown is not None:
            factor *= slowdown
        time_ms: NDArray[np.int32] = np.clip(np.rint(free * factor), 1, MAX_INT32).astype(np.int32)
        is_shut = free < 0 if closed is None else (free < 0) | closed
        time_ms[is_shut] = -1
        return time_ms


WALKING: Final = Carrier("walk", WALK)


def resident_carriers(
    modes: tuple[str, ...], *, car_ms: int, bus: Carrier | None = None
) -> tuple[Carrier, ...]:
    """Return the modes that residents may take, in the order of their codes.

    Parameters
    ----------
    modes
        Words in ``RESIDENT_MODES``.
    car_ms
        Charged for parking once a car trip.
    bus
        The bus; one of default speed that costs no wait otherwise.
    """
    known = {
        "walk": WALKING,
        "bicycle": Carrier("bicycle", BICYCLE, vehicle="has_ebike"),
        "car": Carrier("car", CAR, charged_ms=car_ms, vehicle="has_car"),
        "bus": bus or bus_carrier(BUS_MPS),
    }
    return tuple(known[name] for name in RESIDENT_MODES if name in modes)


def bus_carrier(speed_mps: float, *, added_ms: int = 0, skim: Skim | None = None) -> Carrier:
    """Return a bus that stops everywhere: `added_ms` for the way to the stop and the wait."""
    return Carrier("bus", CAR, speed_mps=speed_mps, added_ms=added_ms, skim=skim)


def emergency_carrier(factor: float = EMERGENCY_FACTOR) -> Carrier:
    """Return a vehicle under lights and siren: the car's times and traffic times `factor`."""
    return Carrier("emergency", CAR, factor=factor, slowed_as="car")
