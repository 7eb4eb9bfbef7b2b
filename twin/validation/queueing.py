"""Queueing cases, answered by `twin.parts.simulate_queue`, never by a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.errors import InputError
from twin.parts.queueing import simulate_queue
from twin.parts.service_time import ServiceTime
from twin.validation.cases import numbers, whole
from twin.validation.queueing_classes import (
    jackson,
    jsq,
    mtmc,
    preemptive_mg1,
    priority_mg1,
    priority_mmc,
)
from twin.validation.queueing_inputs import (
    WARMUP_SHARE,
    horizon_of,
    positive,
    servers_of,
    service_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from twin.validation.cases import Case
    from twin.validation.registry import Adapter, Simulation

# Where customers give up, a queue forgets its past soon.
N_IMPATIENT: Final = 200_000
_QUANTILE: Final = 0.9


def mmc(case: Case) -> Simulation:
    """M/M/c: exponential services, no limit to the queue."""
    service = ServiceTime(distribution="exponential", mean=1.0 / positive(case, "mu"))
    return _simulation(case, service, servers=servers_of(case))


def mmck(case: Case) -> Simulation:
    """M/M/c/K: as M/M/c, with room for K in the system."""
    servers = servers_of(case)
    places = whole(case, "inputs", "K")
    if places < servers:
        raise InputError(
            f"{case.where}.inputs.K", f"found {places}", expected=f"at least {servers}"
        )
    service = ServiceTime(distribution="exponential", mean=1.0 / positive(case, "mu"))
    return _simulation(case, service, servers=servers, waiting_room=places - servers)


def mdc(case: Case) -> Simulation:
    """M/D/c: services of one length."""
    service = ServiceTime(distribution="deterministic", mean=positive(case, "D"))
    return _simulation(case, service, servers=servers_of(case))


def mg1(case: Case) -> Simulation:
    """M/G/1 for the distributions that the city's services have."""
    return _simulation(
        case, service_of(f"{case.where}.inputs.service", case.inputs.get("service")), servers=1
    )


def erlang_a(case: Case) -> Simulation:
    """M/M/c+M: customers give up after an exponential time."""
    service = ServiceTime(distribution="exponential", mean=1.0 / positive(case, "mu"))
    patience = ServiceTime(distribution="exponential", mean=1.0 / positive(case, "theta"))
    return _simulation(case, service, servers=servers_of(case), patience=patience)


ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {
    ("queueing", "mmc"): mmc,
    ("queueing", "mmck"): mmck,
    ("queueing", "mdc"): mdc,
    ("queueing", "mg1"): mg1,
    ("queueing", "erlang_a"): erlang_a,
    ("queueing", "mtmc"): mtmc,
    ("queueing", "jsq"): jsq,
    ("queueing", "prio_np_mg1"): priority_mg1,
    ("queueing", "prio_pr_mg1"): preemptive_mg1,
    ("queueing", "prio_np_mmc"): priority_mmc,
    ("queueing", "jackson"): jackson,
}


def _simulation(
    case: Case,
    service: ServiceTime,
    *,
    servers: int,
    waiting_room: int | None = None,
    patience: ServiceTime | None = None,
) -> Simulation:
    rate = positive(case, "lam")
    thresholds = numbers(case, "inputs", "t")
    horizon = horizon_of(rate, service.mean, servers)
    if patience is not None:
        horizon = N_IMPATIENT / rate

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        result = simulate_queue(
            arrival_rate=rate,
            service=service,
            servers=servers,
            waiting_room=waiting_room,
            patience=patience,
            horizon=horizon,
            warmup=WARMUP_SHARE * horizon,
            n_replications=n_replications,
            seed=seed,
            quantiles=(_QUANTILE,),
            thresholds=thresholds,
        )
        longer = {f"p_wait_gt_{t:g}": result.p_wait_longer[:, i] for i, t in enumerate(thresholds)}
        return longer | {
            "rho": result.utilisation,
            "util": result.utilisation,
            "p_wait": result.p_wait,
            "p_block": result.p_block,
            "p_empty": result.p_empty,
            "Wq": result.wait_mean,
            "Wq_admitted": result.wait_mean,
            "Wq_all": result.wait_mean,
            "p_abandon": result.p_abandon,
            "sd_Wq": result.wait_sd,
            "q90_Wq": result.wait_quantiles[:, 0],
            "W": result.sojourn_mean,
            "Lq": result.queue_mean,
            "L": result.system_mean,
        }

    return simulate
