"""The columns of the event loop that say how services work, from a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import columns as kc
from twin.kernels.queueing import NOBODY, Queues
from twin.population.groups import N_CELLS, group_mask
from twin.scenario.services.priorities import rank_of_conditions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.scenario.services import ServiceSettings


def n_classes(prep: Preparation) -> int:
    """Return how many classes of people the lines tell apart, over all services and edits."""
    services = {service.id: service for service in prep.scenario.services}
    most = max((service.n_classes for service in services.values()), default=1)
    for edit in prep.edits:
        if edit.column == "priority" and edit.value:
            more = str(edit.value).count(";") + 1
            most = max(most, services[edit.uid].n_classes + more)
    return most


def first_stages(prep: Preparation) -> NDArray[np.int32]:
    """Return the row of the first stage of each service, and one behind the last."""
    counts = [len(service.all_stages) for service in prep.scenario.services]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def ranks_of(service: ServiceSettings) -> NDArray[np.int8]:
    """Return the class of each group; all are one where the order of arrival holds."""
    if service.queue_rule == "fifo":
        return np.zeros(N_CELLS, dtype=np.int8)
    return rank_of_conditions([one.who for one in service.priorities])


def _triage(service: ServiceSettings, n: int) -> NDArray[np.float64]:
    """Return P(class added by urgency <= k), (n,)."""
    cdf = np.ones(n)
    if service.queue_rule != "fifo" and service.triage:
        shares = np.cumsum(service.triage)[:-1]
        cdf[: shares.size] = shares
    return cdf


def services_columns(prep: Preparation) -> kc.Services:
    """Return one row a service."""
    services = prep.scenario.services
    n = len(services)
    of_station = [s.service for s in prep.stations]
    classes = n_classes(prep)
    return kc.Services(
        uid=prep.demand.service_uid,
        first_stage=first_stages(prep),
        first_station=np.searchsorted(of_station, np.arange(n + 1)).astype(np.int32),
        is_remote=np.array([s.remote for s in services], dtype=np.bool_),
        drains=np.array([s.at_closing == "drain" for s in services], dtype=np.bool_),
        rank_of_group=np.array([ranks_of(s) for s in services], np.int8).reshape(n, N_CELLS),
        triage_cdf=np.array([_triage(s, classes) for s in services]).reshape(n, classes),
        n_measured=np.zeros(n, dtype=np.int64),
        n_published=np.zeros(n, dtype=np.int64),
        n_offering=np.zeros(n, dtype=np.int32),
        n_admitting=np.zeros((n, N_CELLS), dtype=np.int32),
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
        stage=first_stages(prep)[service] + np.array([s.stage for s in stations], np.int32),
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
    n, classes = len(prep.stations), n_classes(prep)
    rules = [service.queue_rule for service in prep.scenario.services]
    return Queues(
        n_servers=np.array([s.servers for s in prep.stations], dtype=np.int32),
        n_busy=np.zeros(n, dtype=np.int32),
        n_waiting=np.zeros(n, dtype=np.int32),
        first_waiting=np.full((n, classes), NOBODY, dtype=np.int64),
        last_waiting=np.full((n, classes), NOBODY, dtype=np.int64),
        waiting_room=np.array([s.waiting_room for s in prep.stations], dtype=np.int64),
        pre_empts=np.array([rules[s.service] == "preemptive" for s in prep.stations], np.bool_),
        first_served=np.full(n, NOBODY, dtype=np.int64),
    )
