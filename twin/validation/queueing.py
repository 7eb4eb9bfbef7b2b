"""Queueing cases, answered by `twin.parts.simulate_queue`, never by a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.errors import InputError
from twin.parts.queueing import simulate_queue
from twin.parts.service_time import ServiceTime
from twin.validation.cases import number, numbers, whole
from twin.validation.registry import NotBuiltYetError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from twin.validation.cases import Case
    from twin.validation.registry import Adapter, Simulation

# Length of a replication, whichever is longer: arrivals, or relaxation times of the
# queue (2 / (c mu (1 - rho)**2) in heavy traffic, Whitt 1989). Half-widths of the
# standard deviation of waits, the slowest metric, are then below 2 % at any load.
N_CUSTOMERS: Final = 500_000
N_RELAXATIONS: Final = 10_000
WARMUP_SHARE: Final = 0.02
_QUANTILE: Final = 0.9


def mmc(case: Case) -> Simulation:
    """M/M/c: exponential services, no limit to the queue."""
    service = ServiceTime(distribution="exponential", mean=1.0 / _positive(case, "mu"))
    return _simulation(case, service, servers=_servers(case))


def mmck(case: Case) -> Simulation:
    """M/M/c/K: as M/M/c, with room for K in the system."""
    servers = _servers(case)
    places = whole(case, "inputs", "K")
    if places < servers:
        raise InputError(
            f"{case.where}.inputs.K", f"found {places}", expected=f"at least {servers}"
        )
    service = ServiceTime(distribution="exponential", mean=1.0 / _positive(case, "mu"))
    return _simulation(case, service, servers=servers, waiting_room=places - servers)


def mdc(case: Case) -> Simulation:
    """M/D/c: services of one length."""
    service = ServiceTime(distribution="deterministic", mean=_positive(case, "D"))
    return _simulation(case, service, servers=_servers(case))


def mg1(case: Case) -> Simulation:
    """M/G/1 for the distributions that the city's services have."""
    return _simulation(case, _general_service(case), servers=1)


ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {
    ("queueing", "mmc"): mmc,
    ("queueing", "mmck"): mmck,
    ("queueing", "mdc"): mdc,
    ("queueing", "mg1"): mg1,
}


def _simulation(
    case: Case, service: ServiceTime, *, servers: int, waiting_room: int | None = None
) -> Simulation:
    rate = _positive(case, "lam")
    thresholds = numbers(case, "inputs", "t")
    horizon = _horizon(rate, service.mean, servers)

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        result = simulate_queue(
            arrival_rate=rate,
            service=service,
            servers=servers,
            waiting_room=waiting_room,
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
            "sd_Wq": result.wait_sd,
            "q90_Wq": result.wait_quantiles[:, 0],
            "W": result.sojourn_mean,
            "Lq": result.queue_mean,
            "L": result.system_mean,
        }

    return simulate


def _horizon(rate: float, mean: float, servers: int) -> float:
    """Return the length of a replication, warm-up included."""
    idle = 1.0 - rate * mean / servers
    relaxation = 2.0 * mean / (servers * idle * idle) if idle > 0.0 else 0.0
    return max(N_CUSTOMERS / rate, N_RELAXATIONS * relaxation)


def _positive(case: Case, name: str) -> float:
    value = number(case, "inputs", name)
    if value <= 0.0:
        raise InputError(f"{case.where}.inputs.{name}", f"found {value:g}", expected="above 0")
    return value


def _servers(case: Case) -> int:
    servers = whole(case, "inputs", "c")
    if servers < 1:
        raise InputError(f"{case.where}.inputs.c", f"found {servers}", expected="at least 1")
    return servers


def _general_service(case: Case) -> ServiceTime:
    where = f"{case.where}.inputs.service"
    fields = case.inputs.get("service")
    if not isinstance(fields, dict) or not isinstance(fields.get("dist"), str):
        raise InputError(where, f"found {fields!r}", expected="an object with `dist` and `mean`")
    if fields["dist"] not in {"exp", "det", "erlang", "lognormal"}:
        raise NotBuiltYetError(f"service times `{fields['dist']}`")
    values = {
        name: float(value)
        for name, value in fields.items()
        if isinstance(value, (int, float)) and value > 0
    }
    needed = {"erlang": ["mean", "k"], "lognormal": ["mean", "cv"]}.get(fields["dist"], ["mean"])
    if not values.keys() >= set(needed):
        raise InputError(where, f"found {fields!r}", expected=f"positive {' and '.join(needed)}")
    match fields["dist"]:
        case "det":
            return ServiceTime(distribution="deterministic", mean=values["mean"])
        case "erlang":
            return ServiceTime(distribution="gamma", mean=values["mean"], cv=values["k"] ** -0.5)
        case "lognormal":
            return ServiceTime(distribution="lognormal", mean=values["mean"], cv=values["cv"])
    return ServiceTime(distribution="exponential", mean=values["mean"])
