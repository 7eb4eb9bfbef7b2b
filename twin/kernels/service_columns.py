"""Columns that say how a service works: one group a side of it.

How residents choose, what each stage takes, what follows a visit, appointments and
shifts. Like all columns of the event loop they are named tuples of flat arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Choices(NamedTuple):
    """How residents choose, one row a service; see `twin.kernels.choice`.

    Attributes
    ----------
    rule : (n,) int8
        NEAREST, LOGIT, ...
    travel_per_s, wait_per_s, delay_per_s : (n,) float64
        Disutility of a second of travel, of expected wait and of delay.
    may_forgo : (n,) bool
    forgo_utility : (n,) float64
    need_share : (n,) float64
        Share lambda of the taste that is new with each need.
    expected_wait_s : (n,) float64
        What those expect who know nothing.
    """

    rule: NDArray[np.int8]
    travel_per_s: NDArray[np.float64]
    wait_per_s: NDArray[np.float64]
    delay_per_s: NDArray[np.float64]
    may_forgo: NDArray[np.bool_]
    forgo_utility: NDArray[np.float64]
    need_share: NDArray[np.float64]
    expected_wait_s: NDArray[np.float64]


class Stages(NamedTuple):
    """One row a stage of a service, in the order of (service, stage).

    Attributes
    ----------
    uid : (n,) uint32
        Word 3 of its draws; that of the service for the first stage.
    distribution : (n,) int8
    mean_us, cv : (n,) float64
        Service requirement.
    share_short : (n,) float64
        Of hyperexponential requirements; see `twin.kernels.durations`.
    visits : (n,) float64
        Times that a visit passes here on average.
    patience_distribution : (n,) int8
        FOREVER where nobody gives up waiting.
    patience_us, patience_cv : (n,) float64
    balk_at : (n,) int64
        People in the line at which nobody joins any more, -1 for none.
    balk_half, balk_slope : (n,) float64
        P(balks) = 1 / (1 + exp(-slope (people in the line - half))); slope 0: never.
    route_cdf : (n, n_stages_max) float64
        P(next stage of the same service <= k); what is missing to 1 leaves.
    """

    uid: NDArray[np.uint32]
    distribution: NDArray[np.int8]
    mean_us: NDArray[np.float64]
    cv: NDArray[np.float64]
    share_short: NDArray[np.float64]
    visits: NDArray[np.float64]
    patience_distribution: NDArray[np.int8]
    patience_us: NDArray[np.float64]
    patience_cv: NDArray[np.float64]
    balk_at: NDArray[np.int64]
    balk_half: NDArray[np.float64]
    balk_slope: NDArray[np.float64]
    route_cdf: NDArray[np.float64]


class Follows(NamedTuple):
    """What follows the end of a visit, one row a service.

    Attributes
    ----------
    refer_cdf : (n, n) float64
        P(referred to a service <= k) of those served; what is missing to 1 needs no more.
    refer_after_us : (n,) int64
        From the end of the visit to the need that it leads to.
    retry_share : (n,) float64
        Of those sent away or gone, how many try again.
    retry_after_us : (n,) int64
    retry_times : (n,) int8
        Tries after the first.
    retries_elsewhere : (n,) bool
        The facility that failed is left out at the next try.
    """

    refer_cdf: NDArray[np.float64]
    refer_after_us: NDArray[np.int64]
    retry_share: NDArray[np.float64]
    retry_after_us: NDArray[np.int64]
    retry_times: NDArray[np.int8]
    retries_elsewhere: NDArray[np.bool_]


class Books(NamedTuple):
    """Appointments: a book of slots at each station of a service that has them.

    Attributes
    ----------
    slot_us : (n_services,) int64
        Length of a slot, 0 for a service without appointments.
    share : (n_services,) float64
        Of needs, those that come by appointment; the others walk in.
    no_show : (n_services,) float64
        Of appointments, those that are not kept.
    late_us, late_sd_us : (n_services,) float64
        Arrival against the slot, normal; negative is early.
    lead_us : (n_services,) int64
        Shortest time from need to slot.
    n_per_slot : (n_stations,) int32
        Appointments that a slot takes.
    n_booked : (n_stations, n_slots_ring) int16
        Appointments given, a ring over slots counted from the start of the run; the
        second dimension covers the horizon of booking and a day, and is cleared as
        days pass.
    first_free : (n_stations,) int64
        No slot before it has room; slots counted from the start of the run.
    horizon_us : (n_services,) int64
        How far ahead appointments are given.
    """

    slot_us: NDArray[np.int64]
    share: NDArray[np.float64]
    no_show: NDArray[np.float64]
    late_us: NDArray[np.float64]
    late_sd_us: NDArray[np.float64]
    lead_us: NDArray[np.int64]
    n_per_slot: NDArray[np.int32]
    n_booked: NDArray[np.int16]
    first_free: NDArray[np.int64]
    horizon_us: NDArray[np.int64]


class Shifts(NamedTuple):
    """Changes of the share of servers on duty, in CSR order by station.

    Attributes
    ----------
    start : (n_stations + 1,) int64
    from_us : (n_changes,) int64
        When a share begins to hold.
    share : (n_changes,) float64
        Of the station's servers.
    current : (n_stations,) int64
        The change in force, one before the first for none.
    """

    start: NDArray[np.int64]
    from_us: NDArray[np.int64]
    share: NDArray[np.float64]
    current: NDArray[np.int64]
