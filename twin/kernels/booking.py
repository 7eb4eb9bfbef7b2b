"""Appointments: the first slot with room, and what becomes of it."""

from __future__ import annotations

import numpy as np

from twin.kernels.choice import NEVER, Hours
from twin.kernels.columns import Services, Visits
from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, standard_normal, uniform53
from twin.kernels.service_columns import Books
from twin.kernels.stages import day_slot_of, uniform_of
from twin.streams import APPOINTMENT, pack_stream

_BOOKS = np.uint64(pack_stream(APPOINTMENT, draw=0))
_COMES = np.uint64(pack_stream(APPOINTMENT, draw=1))
_LATE = np.uint64(pack_stream(APPOINTMENT, draw=2))


@kernel(is_internal=True)
def wants_appointment(
    visit: int, visits: Visits, services: Services, books: Books, k0: np.uint64, k1: np.uint64
) -> bool:
    """Return whether a need is met by appointment; the same at every try."""
    service = visits.service[visit]
    if books.slot_us[service] <= 0 or books.share[service] <= 0.0:
        return False
    r0, r1, _, _ = philox4x32(
        np.uint64(visits.resident[visit]),
        day_slot_of(visit, visits),
        _BOOKS,
        np.uint64(services.uid[service]),
        k0,
        k1,
    )
    return uniform53(r0, r1) < books.share[service]


@kernel(is_internal=True)
def put_behind_booked(
    visit: int, visits: Visits, services: Services, books: Books, k0: np.uint64, k1: np.uint64
) -> None:
    """Put whoever walks in one class behind, where appointments are called first."""
    service = visits.service[visit]
    if books.calls_first.size == 0 or not books.calls_first[service]:
        return
    if not wants_appointment(visit, visits, services, books, k0, k1):
        n_classes = services.triage_cdf.shape[1]
        visits.rank[visit] = min(np.int64(visits.rank[visit]) + 1, n_classes - 1)


@kernel(is_internal=True)
def keeps_appointment(
    visit: int, visits: Visits, services: Services, books: Books, k0: np.uint64, k1: np.uint64
) -> bool:
    """Return whether the resident appears."""
    service = visits.service[visit]
    u = uniform_of(visit, visits, _COMES, services.uid[service], k0, k1)
    return u >= books.no_show[service]


@kernel(is_internal=True)
def lateness_us(
    visit: int, visits: Visits, services: Services, books: Books, k0: np.uint64, k1: np.uint64
) -> int:
    """Return arrival against the start of the slot, normal; negative is early."""
    service = visits.service[visit]
    r0, r1, r2, r3 = philox4x32(
        np.uint64(visits.resident[visit]),
        day_slot_of(visit, visits),
        _LATE | np.uint64(visits.attempt[visit]),
        np.uint64(services.uid[service]),
        k0,
        k1,
    )
    z = standard_normal(uniform53(r0, r1), uniform53(r2, r3))
    return np.int64(books.late_us[service] + books.late_sd_us[service] * z)


@kernel(is_internal=True)
def first_slot(
    service: int, station: int, now: int, earliest: int, hours: Hours, books: Books
) -> int:
    """Return when the first appointment begins that is not before `earliest`, or NEVER.

    Parameters
    ----------
    service, station : int
        Rows.
    now : int
        When it is asked for.
    earliest : int
        First time at which the resident can be there.
    hours : Hours
    books : Books, updated
        Only `first_free`, which spares later searches what this one has seen.
    """
    length = books.slot_us[service]
    earliest = max(earliest, now + books.lead_us[service])
    slot = -(-earliest // length)
    is_from_first = slot <= books.first_free[station]
    slot = max(slot, books.first_free[station])
    last = (now + books.horizon_us[service]) // length
    n_ring = books.n_booked.shape[1]
    end = hours.start[station + 1]
    i = hours.current[station]
    while slot <= last:
        start = slot * length
        while i < end and hours.closes[i] <= start:
            i += 1
        if i == end:
            break
        if hours.opens[i] > start:
            slot = -(-hours.opens[i] // length)
            continue
        if books.n_booked[station, slot % n_ring] < books.n_per_slot[station]:
            if is_from_first:
                books.first_free[station] = slot
            return start
        slot += 1
    return NEVER


@kernel(is_internal=True)
def book(service: int, station: int, start: int, books: Books) -> None:
    """Take a place in the slot that begins at `start`."""
    slot = start // books.slot_us[service]
    books.n_booked[station, slot % books.n_booked.shape[1]] += 1
