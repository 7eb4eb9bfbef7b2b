"""Which part of the engine answers which kind of case.

An adapter reads a case's inputs (and complains, before anything runs) and
returns what answers it. A part that draws is a simulation: seed and number of
replications in, one array of replications by metric out. A part that draws
nothing is a `Computation`: one number by metric.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.validation.cases import Case

Simulation = Callable[[int, int], Mapping[str, "NDArray[Any]"]]


@dataclass(frozen=True)
class Computation:
    """The answer to a case by a part of the engine that draws nothing.

    Parameters
    ----------
    compute
        Returns one number by metric.
    also_known
        Right answers that stand beside the case, in a table of its own; judged like
        those that stand in it.
    restated
        Right answers of the case that are no numbers and stand in `also_known` instead.
    rel
        Relative error that each number may have, where the case says it in fields of its
        own; the case's `rel` and `abs` are not asked then.
    """

    compute: Callable[[], Mapping[str, float]]
    also_known: Mapping[str, float] = field(default_factory=dict)
    restated: frozenset[str] = frozenset()
    rel: Mapping[str, float] = field(default_factory=dict)


Answer = Simulation | Computation
Adapter = Callable[["Case"], Answer]

# Loaded when a case of the family is met: reading cases needs no kernel.
_FAMILIES: Final = {
    "accessibility": "twin.validation.accessibility",
    "popsyn": "twin.validation.popsyn",
    "process": "twin.validation.process",
    "queueing": "twin.validation.queueing",
    "school": "twin.validation.school",
    "stats": "twin.validation.stats",
    "street": "twin.validation.street",
}


class NotBuiltYetError(Exception):
    """The engine cannot answer this yet; says what is missing."""


def answer_of(case: Case) -> Answer:
    """Return what answers `case`.

    Raises
    ------
    NotBuiltYetError
        If the engine cannot.
    InputError
        If the case's inputs are wrong.
    """
    module = _FAMILIES.get(case.family)
    if module is None:
        raise NotBuiltYetError(f"family `{case.family}`")
    adapters: dict[tuple[str, str], Adapter] = import_module(module).ADAPTERS
    adapter = adapters.get((case.family, case.model))
    if adapter is None:
        raise NotBuiltYetError(f"model `{case.model}`")
    return adapter(case)
