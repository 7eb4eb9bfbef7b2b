"""How long a simulation is, how often it is repeated, and which microseconds it uses.

The unit of time is free: rates, durations and waits are in whatever unit the caller
uses. Inside, times are whole microseconds as everywhere in the engine; one unit becomes
``10**k`` of them, k the least that leaves the shortest of mean gaps and mean durations
at a million, so that rounding is below 1e-6 of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twin.errors import InputError
from twin.parts.door import real, whole
from twin.parts.pieces import time_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.parts.pieces import Pieces

N_MAX: Final = (1 << 32) - 1
_FINEST: Final = 1_000_000
_LATEST: Final = 1 << 61
_FOREVER: Final = 1 << 62


@dataclass(frozen=True)
class Asked:
    """How long, how often and from which seed, as a caller says it."""

    n_customers: int | None
    horizon: float | None
    warmup: float
    n_replications: int
    first_replication: int
    seed: int


@dataclass(frozen=True)
class Extent:
    """The same, checked; times in microseconds.

    Attributes
    ----------
    capacity
        Customers of a replication at most.
    is_open_ended
        Whether more may come than there is room for: a defect then.
    from_us, until_us
        The window.
    us_per_unit
        Microseconds that stand for the caller's unit of time.
    n_replications, first_replication, seed
        As asked.
    """

    capacity: int
    is_open_ended: bool
    from_us: int
    until_us: int
    us_per_unit: int
    n_replications: int
    first_replication: int
    seed: int


def extent_of(
    where: str,
    asked: Asked,
    *,
    rates: Sequence[Pieces],
    durations: Sequence[float],
    backlog: float,
    others: Sequence[float] = (),
    n_replications_max: int = N_MAX,
) -> Extent:
    """Return what was asked for, checked, and the unit of time that it needs.

    Parameters
    ----------
    where
        Who asks.
    asked
        As the caller says it.
    rates
        Rates of arrival of all classes.
    durations
        Mean times that must not be rounded away.
    backlog
        Mean time to serve a customer over the number of servers: what a crowd adds.
    others
        Other times that must be representable.
    n_replications_max
        How many replications have an address.

    Raises
    ------
    InputError
        If an argument is wrong.
    """
    n_customers, horizon = _length(where, asked)
    length, n_expected = 0.0, 0.0
    warmup = real(f"{where}: warmup", asked.warmup, at_least=0.0)
    if n_customers is not None:
        length, n_expected = time_of(rates, n_customers), float(n_customers)
        if not math.isfinite(length):
            raise InputError(
                f"{where}: n_customers",
                f"{n_customers} customers",
                expected="no more than the rates of arrival bring",
                hint="let the last rate be above 0, or say `horizon`",
            )
    elif horizon is not None:
        length, n_expected = horizon, sum(one.total(horizon) for one in rates)
    if warmup >= length:
        raise InputError(
            f"{where}: warmup", f"found {warmup:g}", expected=f"below the length {length:g}"
        )
    capacity = n_customers or _capacity(where, n_expected)
    gaps = [1.0 / value for one in rates for value in one.values if value > 0.0]
    shortest = min([*gaps, *durations])
    longest = 2.0 * length + 10.0 * (backlog * n_expected + max(durations))
    scale = _us_per_unit(where, shortest, max(longest, *others, 0.0))
    first = whole(f"{where}: first_replication", asked.first_replication, at_least=0, at_most=N_MAX)
    return Extent(
        capacity=capacity,
        is_open_ended=horizon is not None,
        from_us=round(warmup * scale),
        until_us=_FOREVER if horizon is None else round(horizon * scale),
        us_per_unit=scale,
        n_replications=whole(
            f"{where}: n_replications",
            asked.n_replications,
            at_least=1,
            at_most=n_replications_max - min(first, n_replications_max - 1),
        ),
        first_replication=first,
        seed=whole(f"{where}: seed", asked.seed, at_least=0, at_most=(1 << 64) - 1),
    )


def _length(where: str, asked: Asked) -> tuple[int | None, float | None]:
    if (asked.n_customers is None) == (asked.horizon is None):
        found = "neither" if asked.n_customers is None else "both"
        raise InputError(
            f"{where}: n_customers, horizon", f"{found} given", expected="exactly one of the two"
        )
    if asked.n_customers is None:
        return None, real(f"{where}: horizon", asked.horizon, above=0.0)
    return whole(f"{where}: n_customers", asked.n_customers, at_least=1, at_most=N_MAX), None


def _us_per_unit(where: str, shortest: float, longest: float) -> int:
    """Return the power of ten that stands for one unit of time.

    Raises
    ------
    InputError
        If the longest time does not fit in 61 bits of microseconds.
    """
    power = max(0, math.ceil(math.log10(_FINEST / shortest)))
    if power + math.log10(longest) >= math.log10(_LATEST):
        raise InputError(
            f"{where}: arrival_rate, service, horizon",
            f"times from {shortest:g} to about {longest:g}",
            expected="a range of at most 12 powers of ten",
            hint="shorten the run, or check the unit of the rates",
        )
    return int(10**power)


def _capacity(where: str, n_expected: float) -> int:
    """Return room for a Poisson number of customers, exceeded by none of 1e30 runs."""
    capacity = math.ceil(n_expected + 12.0 * math.sqrt(n_expected) + 64.0)
    if capacity > N_MAX:
        raise InputError(
            f"{where}: horizon",
            f"about {n_expected:g} customers a replication",
            expected=f"at most {N_MAX}",
        )
    return capacity
