"""The columns of the event loop about stages and what follows a visit, from a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.kernels import service_columns as ks
from twin.kernels.durations import (
    BALANCED,
    DETERMINISTIC,
    EXPONENTIAL,
    GAMMA,
    HYPEREXPONENTIAL,
    LOGNORMAL,
)
from twin.kernels.stages import FOREVER
from twin.scenario.services.stages import mean_passes, route_cdf, routes_of
from twin.streams import checked_uids
from twin.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.scenario.services import ServiceSettings
    from twin.scenario.services.stages import StageSettings

DISTRIBUTIONS: Final = {
    "exponential": EXPONENTIAL,
    "deterministic": DETERMINISTIC,
    "lognormal": LOGNORMAL,
    "gamma": GAMMA,
    "hyperexponential": HYPEREXPONENTIAL,
}
NO_BALKING: Final = -1


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.array(list(values), dtype=np.float64)


def _stages(prep: Preparation) -> list[tuple[ServiceSettings, StageSettings]]:
    return [(service, one) for service in prep.scenario.services for one in service.all_stages]


def _uids(prep: Preparation) -> NDArray[np.uint32]:
    """Return the uid of each stage; the first has that of its service."""
    names = [service.id for service in prep.scenario.services]
    inner = [
        f"{service.id}/{one.id}"
        for service in prep.scenario.services
        for one in service.all_stages[1:]
    ]
    known = checked_uids([*names, *inner], where=str(prep.scenario.source))
    firsts = dict(zip(names, prep.demand.service_uid.tolist(), strict=True))
    uids = [
        firsts[service.id] if number == 0 else known[f"{service.id}/{one.id}"]
        for service in prep.scenario.services
        for number, one in enumerate(service.all_stages)
    ]
    return np.array(uids, dtype=np.uint32)


def stages_columns(prep: Preparation) -> ks.Stages:
    """Return one row a stage, in the order of (service, stage)."""
    stages = _stages(prep)
    times = [one.service_time for _, one in stages]
    patience = [one.patience or service.patience for service, one in stages]
    balking = [one.balking or service.balking for service, one in stages]
    at = [NO_BALKING if one is None or one.at is None else one.at for one in balking]
    return ks.Stages(
        uid=_uids(prep),
        distribution=np.array([DISTRIBUTIONS[t.distribution] for t in times], dtype=np.int8),
        mean_us=_floats(t.mean_s * US_PER_S for t in times),
        cv=_floats(t.cv or 0.0 for t in times),
        share_short=np.full(len(times), BALANCED),
        visits=_visits(prep),
        patience_distribution=np.array(
            [FOREVER if p is None else DISTRIBUTIONS[p.distribution] for p in patience], np.int8
        ),
        patience_us=_floats(0.0 if p is None else p.mean_s * US_PER_S for p in patience),
        patience_cv=_floats(0.0 if p is None else p.cv for p in patience),
        balk_at=np.array(at, dtype=np.int64),
        balk_half=_floats(0.0 if b is None else b.half or 0.0 for b in balking),
        balk_slope=_floats(0.0 if b is None else b.slope or 0.0 for b in balking),
        route_cdf=_routes(prep),
    )


def _visits(prep: Preparation) -> NDArray[np.float64]:
    """Return how often a visit passes each stage."""
    parts = [mean_passes(routes_of(s.all_stages)) for s in prep.scenario.services]
    return np.concatenate([np.empty(0), *parts])


def _routes(prep: Preparation) -> NDArray[np.float64]:
    """Return P(next stage of the same service <= k), (n_stages, n_stages of the longest)."""
    services = prep.scenario.services
    longest = max((len(s.all_stages) for s in services), default=1)
    parts = [np.zeros((0, longest))]
    for service in services:
        cdf = route_cdf(routes_of(service.all_stages))
        # Beyond its own stages nothing is added.
        parts.append(np.pad(cdf, ((0, 0), (0, longest - len(cdf))), mode="edge"))
    return np.concatenate(parts)


def follows_columns(prep: Preparation) -> ks.Follows:
    """Return what follows the end of a visit, one row a service."""
    services = prep.scenario.services
    n = len(services)
    row_of = {service.id: row for row, service in enumerate(services)}
    shares = np.zeros((n, max(n, 1)))
    for row, service in enumerate(services):
        for one in service.referrals:
            shares[row, row_of[one.to]] = one.share
    after_s = [s.referrals[0].after_s if s.referrals else 0.0 for s in services]
    retries = [s.retry for s in services]
    return ks.Follows(
        refer_cdf=route_cdf(shares),
        refer_after_us=_whole_us(after_s),
        retry_share=_floats(0.0 if r is None else r.share for r in retries),
        retry_after_us=_whole_us(0.0 if r is None else r.after_s for r in retries),
        retry_times=np.array([0 if r is None else r.times for r in retries], dtype=np.int8),
        retries_elsewhere=np.array([r is not None and r.elsewhere for r in retries], np.bool_),
    )


def _whole_us(seconds: Iterable[float]) -> NDArray[np.int64]:
    return np.array([round(s * US_PER_S) for s in seconds], dtype=np.int64)
