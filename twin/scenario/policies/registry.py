"""Kinds of policies: ours, and those that other packages bring.

Another package names its classes as entry points of the group ``twin.policies``; the kind
is what the class says it is.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from twin.scenario.plugins import classes_by_kind
from twin.scenario.policies.balance_staff import BalanceStaff
from twin.scenario.policies.base import BasePolicy
from twin.scenario.policies.open_counters import OpenCounters

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP: Final = "twin.policies"
OWN: Final[tuple[type[BasePolicy], ...]] = (BalanceStaff, OpenCounters)


@cache
def policy_kinds() -> Mapping[str, type[BasePolicy]]:
    """Return the classes by kind; entry points are read once.

    Raises
    ------
    TwinError
        If an entry point is no policy or takes a kind that is taken.
    """
    return classes_by_kind(OWN, entry_points(group=GROUP), BasePolicy, group=GROUP, what="policy")
