"""The paired values of two arms, as they are and at one age structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.experiment.crossing import crossed_rows, people_of
from twin.experiment.verdicts import Arms, effect_rows
from twin.results.measure import STANDARDISED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twin.experiment.asked import Key
    from twin.experiment.runset import Run

_EFFECT: Final = ("baseline", "scenario", "difference", "ci_low", "ci_high", "verdict")


@dataclass(frozen=True, eq=False)
class PairedArms:
    """Values of both arms by seed.

    Parameters
    ----------
    crude
        Of all rows that both arms have.
    standardised
        Of the rows of groups that have a value at one age structure.
    """

    crude: Arms
    standardised: Arms

    def standardised_effects(self, *, level: float) -> dict[Key, dict[str, Any]]:
        """Return effect and verdict at one age structure, by row."""
        rows = effect_rows(self.standardised, {}, level=level)
        return {
            (row["measure"], row["service"], row["group"]): {name: row[name] for name in _EFFECT}
            for row in rows
        }


def paired_arms(
    baseline: Sequence[Run],
    scenario: Sequence[Run],
    *,
    crossings: Sequence[tuple[str, ...]],
    small: frozenset[str],
) -> PairedArms:
    """Return the paired values of all rows that both arms have.

    Parameters
    ----------
    baseline, scenario
        Runs, seed by seed in the same order.
    crossings
        Columns by which values are grouped together, beyond the rows that runs hold.
    small
        Names of groups that are too small to be shown.
    """
    arms = [[_rows(run, crossings) for run in runs] for runs in (baseline, scenario)]
    crude, standardised = (
        [[_by_key(rows, name) for rows in runs] for runs in arms]
        for name in ("value", STANDARDISED)
    )
    return PairedArms(_arms(*crude, small=small), _arms(*standardised, small=small))


def _rows(run: Run, crossings: Sequence[tuple[str, ...]]) -> list[Mapping[str, Any]]:
    return [*run.manifest["measures"], *crossed_rows(run, crossings)]


def _by_key(rows: Iterable[Mapping[str, Any]], name: str) -> dict[Key, float | None]:
    return {
        (row["measure"], row["service"], row["group"]): row[name] for row in rows if name in row
    }


def _arms(
    baseline: Sequence[Mapping[Key, float | None]],
    scenario: Sequence[Mapping[Key, float | None]],
    *,
    small: frozenset[str],
) -> Arms:
    keys = [key for key in baseline[0] if key in scenario[0] and people_of(key[2]) not in small]
    return Arms(keys, _matrix(baseline, keys), _matrix(scenario, keys))


def _matrix(
    runs: Sequence[Mapping[Key, float | None]], keys: Sequence[Key]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[run.get(key) for key in keys] for run in runs], dtype=np.float64)
