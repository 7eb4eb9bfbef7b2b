"""Who is called first: classes of residents, urgency, and what a class may do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from pydantic import Field, field_validator

from twin.errors import InputError
from twin.population.groups import N_CELLS, group_mask
from twin.scenario.fields import wrong
from twin.units import StrictModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CLASSES_MAX: Final = 16
_ROUNDING: Final = 1e-6
QueueRule = Literal["fifo", "priority", "preemptive"]


class Priority(StrictModel):
    """A class of residents; in the order of the list, whoever is in none comes last."""

    who: str = Field(
        description="`column=category` joined by commas (and); categories by bars (or)"
    )

    @field_validator("who", mode="after")
    @classmethod
    def _is_a_condition(cls, who: str) -> str:
        return checked_condition(who)


def checked_condition(who: str) -> str:
    """Return a condition on residents; refuse one of no sense in a scenario's words."""
    try:
        group_mask(who)
    except InputError as error:
        raise wrong(error.found, expected=error.expected, hint=error.hint) from None
    return who


def check_triage(triage: Sequence[float]) -> None:
    """Refuse shares of urgency that do not sum to one."""
    if triage and abs(math.fsum(triage) - 1.0) > _ROUNDING:
        raise wrong(
            f"shares that sum to {math.fsum(triage):g}",
            expected="shares of the degrees of urgency, the most urgent first, that sum to 1",
        )


def rank_of_conditions(conditions: Sequence[str]) -> NDArray[np.int8]:
    """Return the class of each cell of residents: the first condition that holds, (N_CELLS,)."""
    rank = np.full(N_CELLS, len(conditions), dtype=np.int8)
    for number, who in reversed(list(enumerate(conditions))):
        rank[group_mask(who)] = number
    return rank
