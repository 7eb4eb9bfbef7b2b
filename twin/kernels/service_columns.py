"""Columns that say how a service works: one group a side of it.

How residents choose, what each stage takes, what follows a visit, appointments and
shifts. Like all columns of the event loop they are named tuples of flat arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.shortlist import Shortlist


class Choices(NamedTuple):
    """How residents choose; see `twin.kernels.choice`.

    Attributes
    ----------
    rule : (n,) int8
        One row a service, like all to `habit_row`: NEAREST, LOGIT, CATCHMENT, SHORTEST.
    travel_per_s, wait_per_s, delay_per_s : (n,) float64
        Disutility of a second of travel, of expected wait and of delay.
    distance_exponent : (n,) float64
        Of Huff's rule: utility lost per logarithm of the minutes of travel, 0 without.
    may_forgo : (n,) bool
    forgo_utility : (n,) float64
    need_share : (n,) float64
        Share lambda of the taste that is new with each need.
    nest_scale : (n,) float64
        Scale tau of tastes within a nest, 1 without nests.
    expected_wait_s : (n,) float64
        What those expect who know nothing.
    waits_known : (n,) int8
        What the informed know: WAITS_NONE, WAITS_LIVE, WAITS_SMOOTHED, WAITS_FORECAST.
    smoothing : (n,) float64
        Weight of the latest wait in the smoothed one.
    habit : (n,) float64
        Utility of the facility used last.
    habit_row : (n,) int32
        Row of `last_station`, -1 for a service without habit.
    known_added : (n,) float64
        Added to `known_share`: campaigns.
    known_share : (n, n_groups) float64
        Of a group, those who know the service.
    forgo_of_group : (n, n_groups) float64
        Added to `forgo_utility`: distrust.
    fee_weight : (n, n_groups) float64
        Utility lost per unit of a facility's fee.
    attraction : (n_stations,) float64
        Utility of a facility's size.
    fee : (n_stations,) float64
    nest : (n_stations,) int32
        Row of `nest_uid`, -1 for a facility that stands alone.
    place : (n_stations,) int32
        Node at which the facility stands.
    smoothed_s : (n_stations,) float64
        Smoothed wait at the door, -1 before the first.
    heard_us, n_heard : (n_stations or 1, 168) int64
        Waits at the door up to now by hour of the week, counted from the start.
    forecast_s : (n_stations or 1, 168) float64
        Mean wait by hour of the week up to last midnight, -1 without one.
    first_nest : (n + 1,) int32
        Nests of each service.
    nest_uid : (n_nests,) uint32
    nest_value : (n_nests,) float64
        Scratch: taste for the nest of who is choosing.
    zone : (n_residents or 0,) int32
        Ward of each resident, -1 for none.
    assigned : (n, n_zones) int32
        Station to which a ward belongs, -1 for none.
    last_station : (n_habits, n_residents) int32
        Facility used last, -1 for none.
    gumbel_bound : (N_BOUNDS,) float64
    stable_bound : (n, N_BOUNDS) float64
        See `twin.kernels.shortlist`.
    shortlist : Shortlist
        Scratch.
    """

    rule: NDArray[np.int8]
    travel_per_s: NDArray[np.float64]
    wait_per_s: NDArray[np.float64]
    delay_per_s: NDArray[np.float64]
    distance_exponent: NDArray[np.float64]
    may_forgo: NDArray[np.bool_]
    forgo_utility: NDArray[np.float64]
    need_share: NDArray[np.float64]
    nest_scale: NDArray[np.float64]
    expected_wait_s: NDArray[np.float64]
    waits_known: NDArray[np.int8]
    smoothing: NDArray[np.float64]
    habit: NDArray[np.float64]
    habit_row: NDArray[np.int32]
    known_added: NDArray[np.float64]
    known_share: NDArray[np.float64]
    forgo_of_group: NDArray[np.float64]
    fee_weight: NDArray[np.float64]
    attraction: NDArray[np.float64]
    fee: NDArray[np.float64]
    nest: NDArray[np.int32]
    place: NDArray[np.int32]
    smoothed_s: NDArray[np.float64]
    heard_us: NDArray[np.int64]
    n_heard: NDArray[np.int64]
    forecast_s: NDArray[np.float64]
    first_nest: NDArray[np.int32]
    nest_uid: NDArray[np.uint32]
    nest_value: NDArray[np.float64]
    zone: NDArray[np.int32]
    assigned: NDArray[np.int32]
    last_station: NDArray[np.int32]
    gumbel_bound: NDArray[np.float64]
    stable_bound: NDArray[np.float64]
    shortlist: Shortlist


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
    calls_first : (n_services,) bool
        Whoever walks in is one class of priority behind; empty where nowhere.
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
    calls_first: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)


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
