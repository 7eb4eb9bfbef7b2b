"""What a measure is: a name, a unit, a good direction, a meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Better = Literal["lower", "higher"]
Row = dict[str, Any]
UNMET_SHARE: Final = "unmet_share"


@dataclass(frozen=True)
class Measure:
    """What a number means.

    Parameters
    ----------
    name
        Column name, with the unit's suffix.
    unit
        ``s``, ``share`` or ``count``.
    better
        Direction that is good.
    title
        Short words for a table.
    meaning
        One sentence for the reference page.
    is_conditional
        Taken over some only (served needs, residents who reach a facility): it can
        improve because the others drop out, so no verdict on it is shown without the
        share of the others beside it.
    is_neutral
        Context: no direction is good in itself.
    guard
        The share that is shown beside it.
    has_seed_noise
        Whether it differs from seed to seed. What does not is known from one seed.
    """

    name: str
    unit: Literal["s", "share", "count"]
    better: Better
    title: str
    meaning: str
    is_conditional: bool = False
    is_neutral: bool = False
    guard: str = UNMET_SHARE
    has_seed_noise: bool = True
