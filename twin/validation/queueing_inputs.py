"""What queueing cases have in common: their inputs, and how long a replication is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.errors import InputError
from twin.parts.service_time import ServiceTime
from twin.validation.cases import number, whole
from twin.validation.registry import NotBuiltYetError

if TYPE_CHECKING:
    from twin.validation.cases import Case

# Length of a replication, whichever is longer: arrivals, or relaxation times of the
# queue (2 / (c mu (1 - rho)**2) in heavy traffic, Whitt 1989). Half-widths of the
# standard deviation of waits, the slowest metric, are then below 2 % at any load.
N_CUSTOMERS: Final = 500_000
N_RELAXATIONS: Final = 10_000
WARMUP_SHARE: Final = 0.02
_NEEDED: Final = {
    "exp": ("mean",),
    "det": ("mean",),
    "erlang": ("mean", "k"),
    "lognormal": ("mean", "cv"),
    "hyperexp": ("p", "m1", "m2"),
}


def horizon_of(rate: float, mean: float, servers: int) -> float:
    """Return the length of a replication, warm-up included."""
    idle = 1.0 - rate * mean / servers
    relaxation = 2.0 * mean / (servers * idle * idle) if idle > 0.0 else 0.0
    return max(N_CUSTOMERS / rate, N_RELAXATIONS * relaxation)


def positive(case: Case, name: str) -> float:
    """Return an input that is above 0."""
    value = number(case, "inputs", name)
    if value <= 0.0:
        raise InputError(f"{case.where}.inputs.{name}", f"found {value:g}", expected="above 0")
    return value


def servers_of(case: Case, name: str = "c") -> int:
    """Return an input that counts servers or stations."""
    servers = whole(case, "inputs", name)
    if servers < 1:
        raise InputError(f"{case.where}.inputs.{name}", f"found {servers}", expected="at least 1")
    return servers


def service_of(where: str, fields: object) -> ServiceTime:
    """Return the service time that stands in a case.

    Raises
    ------
    NotBuiltYetError
        If the city's services have no such distribution.
    InputError
        If a field is missing or wrong.
    """
    if not isinstance(fields, dict) or not isinstance(fields.get("dist"), str):
        raise InputError(where, f"found {fields!r}", expected="an object with `dist` and `mean`")
    needed = _NEEDED.get(fields["dist"])
    if needed is None:
        raise NotBuiltYetError(f"service times `{fields['dist']}`")
    values = {
        name: float(value)
        for name, value in fields.items()
        if isinstance(value, (int, float)) and value > 0
    }
    if not values.keys() >= set(needed) or values.get("p", 0.5) >= 1.0:
        raise InputError(where, f"found {fields!r}", expected=f"positive {' and '.join(needed)}")
    match fields["dist"]:
        case "det":
            return ServiceTime(distribution="deterministic", mean=values["mean"])
        case "erlang":
            return ServiceTime(distribution="gamma", mean=values["mean"], cv=values["k"] ** -0.5)
        case "lognormal":
            return ServiceTime(distribution="lognormal", mean=values["mean"], cv=values["cv"])
        case "hyperexp":
            return ServiceTime.mixture(values["p"], values["m1"], values["m2"])
    return ServiceTime(distribution="exponential", mean=values["mean"])
