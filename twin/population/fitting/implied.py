"""What shares of a scenario say where no margin does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.population.columns import AGE_BANDS
from twin.population.fit_settings import SIZE
from twin.population.fitting.margins import Margin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.population.settings import PopulationSettings

WEIGHT: Final = 0.01
"""Weight of a share against a margin of weight 1: tables go before."""


def implied_margins(settings: PopulationSettings, margins: Sequence[Margin]) -> list[Margin]:
    """Return the shares of ages and household sizes as margins of the city.

    Only where no table names them, and only without a sample, which has its own. The
    other shares need none: nothing in the first weights draws them away.
    """
    if settings.sample is not None:
        return []
    named = {name for margin in margins for name in margin.columns}
    made = []
    if "age_band" not in named:
        shares = [settings.age_share[band] for band in AGE_BANDS]
        made.append(_of_city("age_share", "person", "age_band", AGE_BANDS, shares))
    if SIZE not in named:
        sizes = tuple(str(size) for size in range(1, len(settings.household_size_share) + 1))
        shares = list(settings.household_size_share)
        made.append(_of_city("household_size_share", "household", SIZE, sizes, shares))
    return made


def _of_city(
    name: str, of: str, column: str, words: tuple[str, ...], shares: Sequence[float]
) -> Margin:
    return Margin(
        id=name,
        of=of,
        columns=(column,),
        words=(words,),
        count=np.array([shares]),
        is_by_zone=False,
        weight=WEIGHT,
        name="[population]",
        is_share=True,
    )
