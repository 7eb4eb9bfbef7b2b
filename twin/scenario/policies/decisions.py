"""What a policy may decide; the engine turns it into dated edits of ``servers`` and costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Move:
    """Servers leave one station now and serve at another later; meanwhile nowhere.

    No more leave than there are.

    Parameters
    ----------
    source, target
        Names of stations on the policy's roster.
    servers
        How many.
    delay_s
        Until they serve again.
    cost_each
        Cost of moving one of them.
    """

    source: str
    target: str
    servers: int = 1
    delay_s: float = 0.0
    cost_each: float = 0.0


@dataclass(frozen=True)
class Open:
    """Reserve counters open, or close again if negative: no more than the policy has opened.

    Parameters
    ----------
    station
        Name of a station on the policy's roster.
    counters
        How many.
    delay_s
        Until they serve; they close at once.
    """

    station: str
    counters: int
    delay_s: float = 0.0


@dataclass(frozen=True)
class Recall:
    """All that the policy has changed is taken back.

    Servers leave for where they came from, those on their way turn round; counters close.

    Parameters
    ----------
    delay_s
        Until they serve where they came from.
    cost_each
        Cost of moving one of them.
    """

    delay_s: float = 0.0
    cost_each: float = 0.0


@dataclass(frozen=True)
class Charge:
    """An amount that goes to the ledger on this day.

    Parameters
    ----------
    item
        Word for the ledger; a day's amounts of one item are one row.
    amount
        Money.
    """

    item: str
    amount: float


Change: TypeAlias = Move | Open | Recall


@dataclass(frozen=True)
class Decisions:
    """What a policy decides at one time; without arguments: nothing.

    Parameters
    ----------
    changes
        In the order in which they are made.
    charges
        Costs besides those of the changes.
    memory
        What it wants to know next time: numbers by name, so that a run can be stored.
    """

    changes: tuple[Change, ...] = ()
    charges: tuple[Charge, ...] = ()
    memory: Mapping[str, float] = field(default_factory=dict)
