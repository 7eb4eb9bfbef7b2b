"""Where residents are at a time, by what has come of their intentions until then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.plans import HOME_SLOT, NO_MODE, NOT_MADE, Plans


@kernel(is_internal=True)
def _last_trip(plans: Plans, row: int, now: int) -> int:
    """Return the last trip of today that has begun by a time, or -1."""
    found = np.int64(-1)
    first = plans.start[row]
    for trip in range(first, first + plans.n_settled[row]):
        if plans.depart_us[trip] > now:
            break
        if plans.depart_us[trip] != NOT_MADE:
            found = np.int64(trip)
    return found


@kernel(is_internal=True)
def place_at(plans: Plans, row: int, now: int) -> tuple[int, int, int]:
    """Return where a resident is or is going at a time, when he or she is there, with what.

    What was made out in advance beyond that time plays no part.

    Returns
    -------
    slot, ready_us, vehicle
        `ready_us` lies ahead for who is on the way; `vehicle` is NO_MODE at home.
    """
    trip = _last_trip(plans, row, now)
    slot = np.int64(plans.first_slot[row])
    ready = plans.first_ready_us[row]
    vehicle = np.int64(plans.first_vehicle[row])
    if trip >= 0:
        slot = np.int64(plans.to_slot[trip])
        ready = plans.arrive_us[trip]
        vehicle = np.int64(plans.mode[trip])
    if slot == HOME_SLOT:
        vehicle = np.int64(NO_MODE)
    return slot, ready, vehicle


@kernel(is_internal=True)
def next_at_home(plans: Plans, row: int, now: int) -> int:
    """Return when a resident who is away means to leave for home, not before `now`.

    That is what he or she knows at the time: what the day has brought so far and the
    intentions from there on, whatever will come of them. `now` if home is meant no
    more today.
    """
    slot, ready, _ = place_at(plans, row, now)
    last = _last_trip(plans, row, now)
    for trip in range(max(last + 1, plans.start[row]), plans.start[row + 1]):
        if plans.from_slot[trip] == slot and plans.to_slot[trip] == HOME_SLOT:
            return max(now, ready, plans.want_us[trip])
    return now


@kernel
def last_departures(
    found: NDArray[np.int64],
    first: NDArray[np.int64],
    end: NDArray[np.int64],
    depart_us: NDArray[np.int64],
    when_us: NDArray[np.int64],
) -> None:
    """Find the last of some trips that left not after a time.

    Parameters
    ----------
    found : (n,) int64, updated
        Row of the trip; ``first - 1`` if none had left.
    first, end : (n,) int64
        Rows of the trips of the one who is asked about, by departure.
    depart_us : (n_trips,) int64
    when_us : (n,) int64
    """
    for i in range(found.size):
        low = first[i]
        high = end[i]
        while low < high:
            middle = (low + high) >> 1
            if depart_us[middle] <= when_us[i]:
                low = middle + 1
            else:
                high = middle
        found[i] = low - 1


@kernel
def collect_trips(
    rows: NDArray[np.int32],
    trips: NDArray[np.int64],
    plans: Plans,
    order: NDArray[np.int64],
) -> int:
    """Write which trips were made, those of a resident in a row; return how many.

    Parameters
    ----------
    rows : (capacity,) int32, updated
        Row of the resident.
    trips : (capacity,) int64, updated
        Row in `plans`.
    plans : Plans
    order : (n,) int64
        Residents in the order wanted.
    """
    n = np.int64(0)
    for row in order:
        first = plans.start[row]
        for trip in range(first, first + plans.n_settled[row]):
            if plans.depart_us[trip] != NOT_MADE:
                rows[n] = row
                trips[n] = trip
                n += 1
    return n


@kernel
def count_present(
    present: NDArray[np.int32],
    plans: Plans,
    home_zone: NDArray[np.int16],
    zone_of_node: NDArray[np.int16],
    node: NDArray[np.int32],
    role: NDArray[np.int8],
    kind_of_slot: NDArray[np.int8],
    times_us: NDArray[np.int64],
) -> None:
    """Count who is where at some times of the day whose trips `plans` holds.

    Parameters
    ----------
    present : (n_zones + 1, n_times, n_kinds + 1) int32, updated
        Residents by zone (the last for none), time and what they are there for; the
        last kind is being on the way, in the zone of the place one goes to.
    plans : Plans
    home_zone : (n,) int16
        -1 outside all zones.
    zone_of_node : (n_nodes,) int16
    node : (n, n_slots) int32
    role : (n,) int8
    kind_of_slot : (n_roles, n_slots) int8
        What residents do at their places: index of a purpose.
    times_us : (n_times,) int64
    """
    none = np.int64(present.shape[0] - 1)
    away = np.int64(present.shape[2] - 1)
    for row in range(home_zone.size):
        for i in range(times_us.size):
            slot, ready, _ = place_at(plans, row, times_us[i])
            where = np.int64(home_zone[row])
            if slot != HOME_SLOT:
                where = np.int64(zone_of_node[node[row, slot]])
            kind = np.int64(kind_of_slot[role[row], slot])
            present[where if where >= 0 else none, i, kind if ready <= times_us[i] else away] += 1
