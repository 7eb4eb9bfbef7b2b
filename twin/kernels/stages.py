"""What happens to one visit at one stage: requirement, patience, balking, the way on.

Every draw is addressed by the need (resident, day and slot), by the stage or service,
and by the *attempt*, one byte that tells the rows of one need apart::

    bit 7      the need came by referral
    bits 4-6   tries before this one
    bits 0-3   stages passed before this one

so that one more try or one more stage shifts no other draw.
"""

from __future__ import annotations

import math

import numpy as np

from twin.kernels.columns import Services, Visits
from twin.kernels.durations import BALANCED, draw_duration
from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, uniform53
from twin.kernels.service_columns import Follows, Stages
from twin.streams import (
    BALK,
    PATIENCE,
    REFERRAL,
    RETRY,
    ROUTE,
    SERVICE_TIME,
    SLOT_BITS,
    URGENCY,
    pack_stream,
)
from twin.units import DAY_US

FOREVER = -1
REFERRED = 0x80
ONE_TRY = 0x10
TRIES = 0x70
PASSES = 0x0F
_SERVICE_TIME = np.uint64(pack_stream(SERVICE_TIME))
_PATIENCE = np.uint64(pack_stream(PATIENCE))
_BALK = np.uint64(pack_stream(BALK))
_ROUTE = np.uint64(pack_stream(ROUTE))
_REFERRAL = np.uint64(pack_stream(REFERRAL))
_RETRY = np.uint64(pack_stream(RETRY))
_URGENCY = np.uint64(pack_stream(URGENCY))
_SLOT_BITS = SLOT_BITS
_DAY = DAY_US


@kernel(is_inlined=True)
def day_slot_of(visit: int, visits: Visits) -> np.uint64:
    """Return counter word 1 of a need: its day and slot."""
    return np.uint64(((visits.need_us[visit] // _DAY) << _SLOT_BITS) | visits.slot[visit])


@kernel(is_internal=True)
def uniform_of(
    visit: int,
    visits: Visits,
    stream_word: np.uint64,
    uid: np.uint32,
    k0: np.uint64,
    k1: np.uint64,
) -> float:
    """Return the uniform of a visit for one question about a stage or service.

    Parameters
    ----------
    visit, visits : int, Visits
    stream_word : uint64
        Counter word 2 at attempt 0.
    uid : uint32
        Counter word 3.
    k0, k1 : uint64
        Key words.
    """
    r0, r1, _, _ = philox4x32(
        np.uint64(visits.resident[visit]),
        day_slot_of(visit, visits),
        stream_word | np.uint64(visits.attempt[visit]),
        np.uint64(uid),
        k0,
        k1,
    )
    return uniform53(r0, r1)


@kernel(is_internal=True)
def requirement_us(
    visit: int, stage: int, visits: Visits, stages: Stages, k0: np.uint64, k1: np.uint64
) -> int:
    """Return the service that a visit requires at a stage, at least a microsecond."""
    duration = draw_duration(
        stages.distribution[stage],
        stages.mean_us[stage],
        stages.cv[stage],
        stages.share_short[stage],
        np.uint64(visits.resident[visit]),
        day_slot_of(visit, visits),
        _SERVICE_TIME | np.uint64(visits.attempt[visit]),
        np.uint64(stages.uid[stage]),
        k0,
        k1,
    )
    return max(np.int64(1), np.int64(duration))


@kernel(is_internal=True)
def patience_us(
    visit: int, stage: int, visits: Visits, stages: Stages, k0: np.uint64, k1: np.uint64
) -> int:
    """Return how long a visit waits at a stage before it gives up, -1 for ever."""
    if stages.patience_distribution[stage] == FOREVER:
        return np.int64(-1)
    duration = draw_duration(
        stages.patience_distribution[stage],
        stages.patience_us[stage],
        stages.patience_cv[stage],
        BALANCED,
        np.uint64(visits.resident[visit]),
        day_slot_of(visit, visits),
        _PATIENCE | np.uint64(visits.attempt[visit]),
        np.uint64(stages.uid[stage]),
        k0,
        k1,
    )
    return max(np.int64(0), np.int64(duration))


@kernel(is_internal=True)
def balks(
    visit: int,
    stage: int,
    n_waiting: int,
    visits: Visits,
    stages: Stages,
    k0: np.uint64,
    k1: np.uint64,
) -> bool:
    """Return whether a visit that would have to wait walks away from the line it sees.

    At a length (Naor 1969), or with a probability that grows with it.
    """
    if stages.balk_at[stage] >= 0 and n_waiting >= stages.balk_at[stage]:
        return True
    slope = stages.balk_slope[stage]
    if slope <= 0.0:
        return False
    probability = 1.0 / (1.0 + math.exp(-slope * (n_waiting - stages.balk_half[stage])))
    return uniform_of(visit, visits, _BALK, stages.uid[stage], k0, k1) < probability


@kernel(is_internal=True)
def next_stage(
    visit: int, stage: int, visits: Visits, stages: Stages, k0: np.uint64, k1: np.uint64
) -> int:
    """Return the number of the stage of the same service that follows, -1 for none.

    Whoever has passed 15 stages leaves: the address has no more.
    """
    if stages.route_cdf.shape[1] == 0 or visits.attempt[visit] & PASSES == PASSES:
        return np.int64(-1)
    n = stages.route_cdf.shape[1]
    if stages.route_cdf[stage, n - 1] <= 0.0:
        return np.int64(-1)
    u = uniform_of(visit, visits, _ROUTE, stages.uid[stage], k0, k1)
    for following in range(n):
        if u < stages.route_cdf[stage, following]:
            return np.int64(following)
    return np.int64(-1)


@kernel(is_internal=True)
def referred_to(
    visit: int,
    visits: Visits,
    services: Services,
    follows: Follows,
    k0: np.uint64,
    k1: np.uint64,
) -> int:
    """Return the service to which a served visit is sent on, -1 for none."""
    service = visits.service[visit]
    n = follows.refer_cdf.shape[1]
    # Whoever was referred here is not referred again: no resident goes in circles.
    if visits.attempt[visit] & REFERRED or follows.refer_cdf[service, n - 1] <= 0.0:
        return np.int64(-1)
    u = uniform_of(visit, visits, _REFERRAL, services.uid[service], k0, k1)
    for other in range(n):
        if u < follows.refer_cdf[service, other]:
            return np.int64(other)
    return np.int64(-1)


@kernel(is_internal=True)
def tries_again(
    visit: int,
    visits: Visits,
    services: Services,
    follows: Follows,
    k0: np.uint64,
    k1: np.uint64,
) -> bool:
    """Return whether somebody whose need was not met tries again."""
    service = visits.service[visit]
    tries = (np.int64(visits.attempt[visit]) & TRIES) // ONE_TRY
    if tries >= follows.retry_times[service]:
        return False
    u = uniform_of(visit, visits, _RETRY, services.uid[service], k0, k1)
    return u < follows.retry_share[service]


@kernel(is_internal=True)
def rank_of(
    visit: int, group: int, visits: Visits, services: Services, k0: np.uint64, k1: np.uint64
) -> int:
    """Return the class of priority of a new visit: that of its group and its urgency.

    The urgency belongs to the need: another try does not make it another.
    """
    service = visits.service[visit]
    rank = np.int64(services.rank_of_group[service, group])
    n_classes = services.triage_cdf.shape[1]
    if n_classes > 1 and services.triage_cdf[service, 0] < 1.0:
        r0, r1, _, _ = philox4x32(
            np.uint64(visits.resident[visit]),
            day_slot_of(visit, visits),
            _URGENCY | np.uint64(visits.attempt[visit] & REFERRED),
            np.uint64(services.uid[service]),
            k0,
            k1,
        )
        u = uniform53(r0, r1)
        urgency = 0
        while urgency < n_classes - 1 and u >= services.triage_cdf[service, urgency]:
            urgency += 1
        rank += urgency
    return min(rank, n_classes - 1)
