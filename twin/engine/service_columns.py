"""The columns of the event loop that say how services work, from a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.kernels import columns as kc
from twin.kernels import service_columns as ks
from twin.kernels.choice import LOGIT, NEAREST
from twin.kernels.durations import (
    BALANCED,
    DETERMINISTIC,
    EXPONENTIAL,
    GAMMA,
    HYPEREXPONENTIAL,
    LOGNORMAL,
)
from twin.kernels.queueing import NOBODY, Queues
from twin.kernels.stages import FOREVER
from twin.population.groups import N_CELLS, group_mask
from twin.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation

DISTRIBUTIONS: Final = {
    "exponential": EXPONENTIAL,
    "deterministic": DETERMINISTIC,
    "lognormal": LOGNORMAL,
    "gamma": GAMMA,
    "hyperexponential": HYPEREXPONENTIAL,
}
RULES: Final = {"nearest": NEAREST, "logit": LOGIT}
N_CLASSES: Final = 1


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.array(list(values), dtype=np.float64)


def services_columns(prep: Preparation) -> kc.Services:
    """Return one row a service."""
    services = prep.scenario.services
    n = len(services)
    of_station = [s.service for s in prep.stations]
    return kc.Services(
        uid=prep.demand.service_uid,
        first_stage=np.arange(n + 1, dtype=np.int32),
        first_station=np.searchsorted(of_station, np.arange(n + 1)).astype(np.int32),
        is_remote=np.zeros(n, dtype=np.bool_),
        drains=np.array([s.at_closing == "drain" for s in services], dtype=np.bool_),
        rank_of_group=np.zeros((n, N_CELLS), dtype=np.int8),
        triage_cdf=np.ones((n, N_CLASSES)),
        n_measured=np.zeros(n, dtype=np.int64),
        n_published=np.zeros(n, dtype=np.int64),
        n_offering=np.zeros(n, dtype=np.int32),
        n_admitting=np.zeros((n, N_CELLS), dtype=np.int32),
    )


def choices_columns(prep: Preparation) -> ks.Choices:
    """Return how residents choose, one row a service."""
    services = prep.scenario.services
    choices = [s.choice for s in services]
    return ks.Choices(
        rule=np.array([RULES[c.rule] for c in choices], dtype=np.int8),
        travel_per_s=_floats(c.travel_per_min / 60 for c in choices),
        wait_per_s=_floats(c.wait_per_min / 60 for c in choices),
        delay_per_s=_floats(c.delay_per_hour / 3600 for c in choices),
        may_forgo=np.array(
            [c.forgo_utility is not None and c.rule != "nearest" for c in choices], dtype=np.bool_
        ),
        forgo_utility=_floats(c.forgo_utility or 0.0 for c in choices),
        need_share=_floats(1.0 - c.taste_permanence for c in choices),
        expected_wait_s=_floats(s.expected_wait_s for s in services),
    )


def stages_columns(prep: Preparation) -> ks.Stages:
    """Return one row a stage, in the order of (service, stage)."""
    services = prep.scenario.services
    n = len(services)
    times = [s.service_time for s in services]
    return ks.Stages(
        uid=prep.demand.service_uid,
        distribution=np.array([DISTRIBUTIONS[t.distribution] for t in times], dtype=np.int8),
        mean_us=_floats(t.mean_s * US_PER_S for t in times),
        cv=_floats(t.cv or 0.0 for t in times),
        share_short=np.full(n, BALANCED),
        visits=np.ones(n),
        patience_distribution=np.full(n, FOREVER, dtype=np.int8),
        patience_us=np.zeros(n),
        patience_cv=np.zeros(n),
        balk_at=np.full(n, -1, dtype=np.int64),
        balk_half=np.zeros(n),
        balk_slope=np.zeros(n),
        route_cdf=np.zeros((n, 1)),
    )


def follows_columns(prep: Preparation) -> ks.Follows:
    """Return what follows the end of a visit, one row a service."""
    n = len(prep.scenario.services)
    return ks.Follows(
        refer_cdf=np.zeros((n, max(n, 1))),
        refer_after_us=np.zeros(n, dtype=np.int64),
        retry_share=np.zeros(n),
        retry_after_us=np.zeros(n, dtype=np.int64),
        retry_times=np.zeros(n, dtype=np.int8),
        retries_elsewhere=np.zeros(n, dtype=np.bool_),
    )


def books_columns(prep: Preparation) -> ks.Books:
    """Return empty books of appointments."""
    n = len(prep.scenario.services)
    n_stations = len(prep.stations)
    return ks.Books(
        slot_us=np.zeros(n, dtype=np.int64),
        share=np.zeros(n),
        no_show=np.zeros(n),
        late_us=np.zeros(n),
        late_sd_us=np.zeros(n),
        lead_us=np.zeros(n, dtype=np.int64),
        n_per_slot=np.zeros(n_stations, dtype=np.int32),
        n_booked=np.zeros((n_stations, 1), dtype=np.int16),
        first_free=np.zeros(n_stations, dtype=np.int64),
        horizon_us=np.zeros(n, dtype=np.int64),
    )


def shifts_columns(prep: Preparation) -> ks.Shifts:
    """Return the shifts of all stations; without any, all servers are on duty."""
    n = len(prep.stations)
    return ks.Shifts(
        start=np.zeros(n + 1, dtype=np.int64),
        from_us=np.empty(0, dtype=np.int64),
        share=np.empty(0),
        current=np.full(n, -1, dtype=np.int64),
    )


def stations_columns(prep: Preparation) -> kc.Stations:
    """Return one row a stage of a service at a facility, as nothing has happened yet."""
    stations = prep.stations
    n = len(stations)
    eligible = np.zeros((n, N_CELLS), dtype=np.bool_)
    for row, station in enumerate(stations):
        eligible[row] = group_mask(station.facility.eligibility)
    service = np.array([s.service for s in stations], dtype=np.int32)
    return kc.Stations(
        uid=np.array([s.uid for s in stations], dtype=np.uint32),
        service=service,
        stage=service.copy(),
        desk=np.arange(n, dtype=np.int32),
        keeps_server=np.zeros(n, dtype=np.bool_),
        n_posts=np.array([s.servers for s in stations], dtype=np.int32),
        is_active=np.array([s.facility.is_active for s in stations], dtype=np.bool_),
        is_open=np.zeros(n, dtype=np.bool_),
        is_eligible=eligible,
        measured_s=np.full((1, n), -1.0),
        published_s=np.full(n, -1.0),
    )


def queues_columns(prep: Preparation) -> Queues:
    """Return one empty desk a station."""
    n = len(prep.stations)
    return Queues(
        n_servers=np.array([s.servers for s in prep.stations], dtype=np.int32),
        n_busy=np.zeros(n, dtype=np.int32),
        n_waiting=np.zeros(n, dtype=np.int32),
        first_waiting=np.full((n, N_CLASSES), NOBODY, dtype=np.int64),
        last_waiting=np.full((n, N_CLASSES), NOBODY, dtype=np.int64),
        waiting_room=np.array([s.waiting_room for s in prep.stations], dtype=np.int64),
        pre_empts=np.zeros(n, dtype=np.bool_),
        first_served=np.full(n, NOBODY, dtype=np.int64),
    )
