"""The columns that the event loop works on, grouped by what a row is.

Each group is a named tuple of flat arrays: a kernel sees structure-of-arrays
columns, a reader sees names. Times are whole microseconds since the midnight
that starts the run; -1 stands where something did not happen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

NOT_YET: Final = -1

# Outcomes of a visit; the order is that of `OUTCOMES`.
OUTCOMES: Final = (
    "served",
    "abandoned",
    "balked",
    "blocked",
    "closed",
    "ineligible",
    "unreachable",
    "forgone",
    "in_system",
)
SERVED: Final = 0
ABANDONED: Final = 1
BALKED: Final = 2
TURNED_FULL: Final = 3
CLOSED: Final = 4
INELIGIBLE: Final = 5
UNREACHABLE: Final = 6
FORGONE: Final = 7
IN_SYSTEM: Final = 8

# Why a need was not met; the order is that of `REASONS`.
REASONS: Final = (
    "",
    "preferred_not_to_go",
    "no_facility_in_operation",
    "admitted_nowhere",
    "out_of_reach",
    "never_opens",
    "way_closed",
    "arrived_outside_hours",
    "turned_away_at_closing",
    "facility_closed",
    "waiting_room_full",
    "refused_on_arrival",
    "queue_too_long",
    "lost_patience",
    "no_appointment_left",
    "did_not_appear",
    "does_not_know",
)
NO_REASON: Final = 0
PREFERRED_NOT: Final = 1
NONE_IN_OPERATION: Final = 2
ADMITTED_NOWHERE: Final = 3
OUT_OF_REACH: Final = 4
NEVER_OPENS: Final = 5
WAY_CLOSED: Final = 6
OUTSIDE_HOURS: Final = 7
TURNED_AWAY: Final = 8
FACILITY_CLOSED: Final = 9
ROOM_FULL: Final = 10
REFUSED: Final = 11
QUEUE_TOO_LONG: Final = 12
LOST_PATIENCE: Final = 13
NO_APPOINTMENT: Final = 14
NO_SHOW: Final = 15
DOES_NOT_KNOW: Final = 16

# How a visit ends for each reason; without a reason against it, it was served.
OUTCOME_OF_REASON: Final = (
    SERVED,
    FORGONE,
    CLOSED,
    INELIGIBLE,
    UNREACHABLE,
    CLOSED,
    UNREACHABLE,
    CLOSED,
    CLOSED,
    CLOSED,
    TURNED_FULL,
    INELIGIBLE,
    BALKED,
    ABANDONED,
    TURNED_FULL,
    FORGONE,
    FORGONE,
)

# Rows of `counters`.
N_VISITS: Final = 0
N_PENDING: Final = 1
N_CALENDAR_DONE: Final = 2
N_NEEDS_DONE: Final = 3
N_EVENTS: Final = 4
N_OPEN_VISITS: Final = 5
N_GUESTS: Final = 6
N_COUNTERS: Final = 7

# Kinds of calendar events, in the order in which they happen at one instant.
OPENING: Final = 0
CLOSING: Final = 1
REVIEW: Final = 2
MEASURE: Final = 3
PUBLISH: Final = 4
SHIFT: Final = 5


class Residents(NamedTuple):
    """One row a resident.

    Attributes
    ----------
    uid : (n,) uint32
        Who it is, in every scenario.
    group : (n,) uint16
        Demographic cell.
    node : (n, n_slots) int32
        Home first, then the places that a resident frequents, -1 where there is none.
    origin_of_node : (n_nodes,) int32
        Row of a node among the origins of trips, -1 where nobody sets out.
    """

    uid: NDArray[np.uint32]
    group: NDArray[np.uint16]
    node: NDArray[np.int32]
    origin_of_node: NDArray[np.int32]


class Groups(NamedTuple):
    """One row a demographic cell.

    Attributes
    ----------
    modes : (n_groups,) uint8
        Bit mask of the modes its residents have.
    is_informed : (n_groups,) int8
        1 if they see what is published.
    on_the_way : int
        Bit mask of the modes that need no vehicle left at home.
    """

    modes: NDArray[np.uint8]
    is_informed: NDArray[np.int8]
    on_the_way: int


class Services(NamedTuple):
    """One row a service.

    Attributes
    ----------
    uid : (n,) uint32
    first_stage, first_station : (n + 1,) int32
        Rows of its stages and of its stations; both are kept service by service.
    is_remote : (n,) bool
        Nobody travels: a hotline.
    drains : (n,) bool
        Whoever waits at the door at closing is still served.
    rank_of_group : (n, n_groups) int8
        Class of priority, 0 first.
    triage_cdf : (n, n_classes) float64
        P(class added by urgency <= k); ones where urgency does not matter.
    n_measured, n_published : (n,) int64
        Measurements and publications of waits so far.
    n_offering : (n,) int32
        Stations in operation.
    n_admitting : (n, n_groups) int32
        Stations in operation that admit the group.
    """

    uid: NDArray[np.uint32]
    first_stage: NDArray[np.int32]
    first_station: NDArray[np.int32]
    is_remote: NDArray[np.bool_]
    drains: NDArray[np.bool_]
    rank_of_group: NDArray[np.int8]
    triage_cdf: NDArray[np.float64]
    n_measured: NDArray[np.int64]
    n_published: NDArray[np.int64]
    n_offering: NDArray[np.int32]
    n_admitting: NDArray[np.int32]


class Stations(NamedTuple):
    """One row a stage of a service at a facility, in the order of (service, facility, stage).

    People choose and enter through the first stage's row, the door.

    Attributes
    ----------
    uid : (n,) uint32
    service, stage : (n,) int32
        Rows of the service and of the stage.
    desk : (n,) int32
        Row of the queue in which its people wait; its own unless counters are merged.
    keeps_server : (n,) bool
        Whoever serves here goes on with the same person's next stage.
    n_posts : (n,) int32
        Servers employed; a shift puts a share of them on duty.
    is_active : (n,) bool
        In operation at all.
    is_open : (n,) bool
        Within opening hours now.
    is_eligible : (n, n_groups) bool
    measured_s : (n_ring, n) float64
        Waits as measured, a ring over measurements; -1 where nothing is shown.
    published_s : (n,) float64
        Waits as published last; -1 where nothing is.
    """

    uid: NDArray[np.uint32]
    service: NDArray[np.int32]
    stage: NDArray[np.int32]
    desk: NDArray[np.int32]
    keeps_server: NDArray[np.bool_]
    n_posts: NDArray[np.int32]
    is_active: NDArray[np.bool_]
    is_open: NDArray[np.bool_]
    is_eligible: NDArray[np.bool_]
    measured_s: NDArray[np.float64]
    published_s: NDArray[np.float64]


class Candidates(NamedTuple):
    """Stations within reach of each (service, origin node), in CSR order.

    Attributes
    ----------
    start : (n_services * n_origins + 1,) int64
    station : (n_candidates,) int32
        Ascending within a cell.
    time_ms : (n_candidates, n_modes) int32
        Travel time to the station, -1 where the mode does not get there. In slow hours
        it may be beyond the limit, which binds who chooses, not who has planned to go.
    limit_ms : (n_services,) int64
        Largest generalised travel time of each service.
    fixed_ms : (n_modes,) int64
        Time charged once a trip (parking).
    n_origins : int
    """

    start: NDArray[np.int64]
    station: NDArray[np.int32]
    time_ms: NDArray[np.int32]
    limit_ms: NDArray[np.int64]
    fixed_ms: NDArray[np.int64]
    n_origins: int


class Visits(NamedTuple):
    """One row a stage of a try to meet a need, in the order in which they come about.

    A visit through three stages is three rows; another try and a referral begin rows of
    their own. `parent` leads back to the first.

    Attributes
    ----------
    resident : (capacity,) uint32
        Uid.
    row : (capacity,) int32
        Row of the resident.
    service, station : (capacity,) int32
        Rows; station -1 if none was chosen.
    origin : (capacity,) int32
        Row among the origins of trips: where the resident sets out.
    slot : (capacity,) int32
        With the day of `need_us`: which need of this resident it is.
    mode, outcome, reason : (capacity,) int8
    rank : (capacity,) int8
        Class of priority, 0 first.
    attempt : (capacity,) uint8
        Part of the address of its draws: see `twin.kernels.stages`.
    need_us, depart_us, arrive_us, start_us, end_us : (capacity,) int64
    ready_us : (capacity,) int64
        From when this try counts: the need itself or the end of what came before.
    left_us : (capacity,) int64
        Service still required after an interruption, -1 if never interrupted.
    parent : (capacity,) int64
        Row that this one continues, -1 for none.
    before, behind : (capacity,) int64
        Neighbours in the line, or among those in service at a desk that pre-empts.
    """

    resident: NDArray[np.uint32]
    row: NDArray[np.int32]
    service: NDArray[np.int32]
    station: NDArray[np.int32]
    origin: NDArray[np.int32]
    slot: NDArray[np.int32]
    mode: NDArray[np.int8]
    outcome: NDArray[np.int8]
    reason: NDArray[np.int8]
    rank: NDArray[np.int8]
    attempt: NDArray[np.uint8]
    need_us: NDArray[np.int64]
    depart_us: NDArray[np.int64]
    arrive_us: NDArray[np.int64]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    ready_us: NDArray[np.int64]
    left_us: NDArray[np.int64]
    parent: NDArray[np.int64]
    before: NDArray[np.int64]
    behind: NDArray[np.int64]


class Agenda(NamedTuple):
    """What is going to happen: three sources in order of time.

    Attributes
    ----------
    pending_us, pending_key : (capacity,) int64
        Heap of departures, arrivals, ends of service and of patience, later tries; key =
        kind << 48 | visit. What has become void stays until its time.
    calendar_us : (n_calendar,) int64
    calendar_kind, calendar_row : (n_calendar,) int32
        Openings, closings, reviews, measurements, publications, shifts; sorted by
        (time, kind, row).
    need_us : (n_needs,) int64
    need_row, need_slot, need_service : (n_needs,) int32
        Needs of the day, sorted by (time, resident, service, slot).
    """

    pending_us: NDArray[np.int64]
    pending_key: NDArray[np.int64]
    calendar_us: NDArray[np.int64]
    calendar_kind: NDArray[np.int32]
    calendar_row: NDArray[np.int32]
    need_us: NDArray[np.int64]
    need_row: NDArray[np.int32]
    need_slot: NDArray[np.int32]
    need_service: NDArray[np.int32]
