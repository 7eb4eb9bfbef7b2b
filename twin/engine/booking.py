"""Books of appointments: how they begin, what days and edits do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import service_columns as ks
from twin.scenario.services.appointments import PER_SLOT_MAX
from twin.units import DAY_US, US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.engine.state import State


def books_columns(prep: Preparation) -> ks.Books:
    """Return empty books of appointments."""
    services = prep.scenario.services
    n, n_stations = len(services), len(prep.stations)
    books = ks.Books(
        slot_us=np.zeros(n, dtype=np.int64),
        share=np.zeros(n),
        no_show=np.zeros(n),
        late_us=np.zeros(n),
        late_sd_us=np.zeros(n),
        lead_us=np.zeros(n, dtype=np.int64),
        n_per_slot=np.zeros(n_stations, dtype=np.int32),
        n_booked=np.zeros((n_stations, _ring_size(prep)), dtype=np.int16),
        first_free=np.zeros(n_stations, dtype=np.int64),
        horizon_us=np.zeros(n, dtype=np.int64),
        calls_first=np.zeros(n, dtype=np.bool_),
    )
    for row, service in enumerate(services):
        told = service.appointments
        if told is None:
            continue
        books.slot_us[row] = round(told.slot_s * US_PER_S)
        books.share[row] = told.share
        books.no_show[row] = told.no_show
        books.late_us[row] = told.late_s * US_PER_S
        books.late_sd_us[row] = told.late_sd_s * US_PER_S
        books.lead_us[row] = round(told.lead_s * US_PER_S)
        books.horizon_us[row] = round(told.horizon_days * DAY_US)
        books.calls_first[row] = told.first and service.queue_rule != "fifo"
    posts = np.array([station.servers for station in prep.stations], dtype=np.int32)
    for door in range(n_stations):
        books.n_per_slot[door] = _per_slot(prep, door, posts, 0)
    return books


def _ring_size(prep: Preparation) -> int:
    """Return slots that a ring holds: the horizon of booking from any time of a day."""
    told = [s.appointments for s in prep.scenario.services if s.appointments is not None]
    sizes = [(one.horizon_days * DAY_US + DAY_US) / (one.slot_s * US_PER_S) for one in told]
    return int(max(sizes, default=0)) + 2 if told else 1


def _per_slot(prep: Preparation, door: int, posts: NDArray[np.int32], added: int) -> int:
    """Return the appointments that a slot takes at a door, 0 where nobody enters."""
    station = prep.stations[door]
    service = prep.scenario.services[station.service]
    if service.appointments is None or station.stage > 0:
        return 0
    told = service.appointments.per_slot
    given = int(posts[door + service.main_stage]) if told is None else told
    return min(given + added, PER_SLOT_MAX)


def renew_book(state: State, door: int) -> None:
    """Let a book follow the servers and hours of its station; appointments given stand."""
    posts, added = state.stations.n_posts, int(state.slots_added[door])
    state.books.n_per_slot[door] = _per_slot(state.prep, door, posts, added)
    state.books.first_free[door] = 0


def clear_passed_slots(books: ks.Books, first_station: NDArray[np.int32], day: int) -> None:
    """Empty the slots of the day before `day`, whose places in the ring are given anew."""
    for service, length in enumerate(books.slot_us.tolist()):
        if length == 0:
            continue
        first, end = -(-(day - 1) * DAY_US // length), -(-day * DAY_US // length)
        rows = slice(int(first_station[service]), int(first_station[service + 1]))
        books.n_booked[rows, np.arange(max(first, 0), end) % books.n_booked.shape[1]] = 0
