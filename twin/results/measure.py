"""What a measure is: a name, a unit, a good direction, a meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

Better = Literal["lower", "higher"]
Row = dict[str, Any]
UNMET_SHARE: Final = "unmet_share"
NO_ACCESS_SHARE: Final = "access_none_share"
STANDARDISED: Final = "age_standardised"
"""Key of a row: the value if the group had the ages of all; None where that says nothing."""


@dataclass(frozen=True)
class Measure:
    """What a number means.

    Parameters
    ----------
    name
        Column name, with the unit's suffix.
    unit
        ``s``, ``share``, ``count`` or ``index`` (a number without a unit).
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
        The measure that is shown beside it: a share, or for an index the mean.
    has_seed_noise
        Whether it differs from seed to seed. What does not is known from one seed.
    is_mean
        A mean or a share over cases: of a group it can be age-standardised.
    """

    name: str
    unit: Literal["s", "share", "count", "index"]
    better: Better
    title: str
    meaning: str
    is_conditional: bool = False
    is_neutral: bool = False
    guard: str = UNMET_SHARE
    has_seed_noise: bool = True
    is_mean: bool = True


def measure_rows(
    measure: Measure,
    service: str,
    labels: Sequence[str],
    values: NDArray[np.float64],
    n: NDArray[np.integer],
) -> Iterator[Row]:
    """Yield one row a group; a value that is not finite is None.

    Parameters
    ----------
    measure
        What the values are.
    service
        Id of the service.
    labels, values, n
        Name, value and number of cases of each group.
    """
    for label, value, cases in zip(labels, values.tolist(), n.tolist(), strict=True):
        yield {
            "measure": measure.name,
            "service": service,
            "group": label,
            "value": value if math.isfinite(value) else None,
            "n": cases,
            "unit": measure.unit,
            "better": measure.better,
        }
