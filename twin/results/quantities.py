"""The quantities whose inequality is measured, and the measures of each: declared once.

A measure of equity is named ``<quantity>_<index>``: ``burden_gini``, ``wait_palma``,
``access_theil_between.registration``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twin.results.measure import NO_ACCESS_SHARE, UNMET_SHARE, Measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BURDEN_MEAN: Final = "burden_mean_s"
ACCESS: Final = "access"


@dataclass(frozen=True)
class Quantity:
    """A time that residents bear, unequally.

    Parameters
    ----------
    name
        First word of its measures; ``<name>_mean_s`` is the mean beside them.
    noun, whose
        Words: a wait, of a served need.
    column, weight
        Columns of residents with the sum and the number of cases; of access there are
        neither: each resident is one case.
    guard
        Measure that is shown beside an index.
    is_conditional
        Of some only: the guard tells the others.
    has_seed_noise
        Whether it differs from seed to seed.
    """

    name: str
    noun: str
    whose: str
    column: str = ""
    weight: str = ""
    guard: str = UNMET_SHARE
    is_conditional: bool = True
    has_seed_noise: bool = True

    @property
    def mean(self) -> str:
        """Name of the mean."""
        return f"{self.name}_mean_s"

    def measure(self, suffix: str, unit: str, title: str, meaning: str, **more: Any) -> Measure:  # noqa: ANN401
        """Return a measure of it; those relative to the mean of all cases have it beside them."""
        is_relative = unit == "index" and not self.is_conditional
        about = {
            "guard": BURDEN_MEAN if is_relative else self.guard,
            "is_conditional": self.is_conditional,
            "has_seed_noise": self.has_seed_noise,
            "is_mean": False,
        }
        return Measure(f"{self.name}_{suffix}", unit, "lower", title, meaning, **(about | more))  # type: ignore[arg-type]


def _served(name: str, noun: str) -> Quantity:
    return Quantity(name, noun, "served need", column=f"{name}_s", weight="n_served")


BURDEN: Final = Quantity(
    "burden", "burden", "need", column="burden_s", weight="n_needs", is_conditional=False
)
OF_NEEDS: Final = (
    BURDEN,
    _served("travel", "travel time"),
    _served("wait", "wait"),
    _served("delay", "delay before leaving"),
)
OF_ACCESS: Final = Quantity(
    ACCESS,
    "time to a facility",
    "resident who reaches one",
    guard=NO_ACCESS_SHARE,
    has_seed_noise=False,
)
QUANTITIES: Final = (*OF_NEEDS, OF_ACCESS)
"""Burden first: it is what a report shows at once."""


def _of_quantity(of: Quantity) -> Iterator[Measure]:
    """Yield what each group has of a quantity."""
    noun, whose = of.noun, of.whose
    yield of.measure(
        "gini",
        "index",
        f"Gini index of {noun}",
        f"Half the mean difference in {noun} of two cases over the mean, a case being a {whose}: "
        "0 all equal, 1 one has all.",
    )
    yield of.measure(
        "theil",
        "index",
        f"Theil index of {noun}",
        f"Theil's T of {noun}: 0 all equal; the part between groups and the rest within them add "
        "up to it.",
    )
    yield of.measure(
        "palma",
        "index",
        f"Palma ratio of {noun}",
        f"Sum of {noun} of the tenth with the most over that of the four tenths with the least: "
        "0.25 all equal.",
    )
    yield of.measure(
        "concentration",
        "index",
        f"concentration of {noun} by income",
        f"Concentration index of {noun} by income band, -1 to 1: below 0 the poor have more.",
        is_neutral=True,
    )
    if of is BURDEN:
        yield _UNMET_CONCENTRATION
    yield of.measure(
        "kp_ede_s",
        "s",
        f"{noun} if shared equally",
        f"Kolm-Pollak equally-distributed equivalent: the {noun} of a {whose} that, borne alike "
        "by all, would be as bad as it is.",
    )
    yield of.measure(
        "gap_s",
        "s",
        f"gap in {noun}",
        f"Mean {noun} of a {whose} of the group less that of everybody else.",
        is_neutral=True,
        is_mean=True,
    )
    if of is BURDEN:
        yield _UNMET_GAP


_UNMET_CONCENTRATION: Final = Measure(
    "unmet_concentration",
    "index",
    "lower",
    "concentration of unmet needs by income",
    "Erreygers' concentration index of the unmet share by income band, -1 to 1: below 0 the "
    "poor go without more often.",
    is_neutral=True,
    is_mean=False,
)
_UNMET_GAP: Final = Measure(
    "unmet_gap",
    "share",
    "lower",
    "gap in unmet share",
    "Unmet share of the group less that of everybody else.",
    is_neutral=True,
)
BY_GROUP: Final = {
    measure.name: measure for quantity in QUANTITIES for measure in _of_quantity(quantity)
}
"""What everybody and each group has."""


def between_measures(of: Quantity, column: str) -> tuple[Measure, Measure]:
    """Return the measures of how the groups of one column differ: index and widest gap."""
    words = column.removeprefix("has_").removeprefix("is_").replace("_", " ")
    return (
        of.measure(
            f"theil_between.{column}",
            "index",
            f"Theil index of {of.noun} between groups by {words}",
            f"Theil's T of {of.noun} if every {of.whose} had the mean of its group by {words}.",
        ),
        of.measure(
            f"widest_gap_s.{column}",
            "s",
            f"widest gap in {of.noun} by {words}",
            f"Largest less smallest mean {of.noun} of a {of.whose} among the groups by {words}.",
        ),
    )


def equity_measures(columns: Sequence[str]) -> tuple[Measure, ...]:
    """Return the measures of equity, with those between the groups of each of `columns`."""
    return (*BY_GROUP.values(), *_between(columns))


def groupless(columns: Sequence[str]) -> frozenset[str]:
    """Return the names of those that compare groups: they have no value by group."""
    return frozenset(measure.name for measure in _between(columns))


def names_in_short(names: Iterable[str]) -> list[str]:
    """Return names of measures for a message: those between groups once for all columns."""
    short = (f"{name.partition('.')[0]}.<column>" if "." in name else name for name in names)
    return list(dict.fromkeys(short))


def _between(columns: Sequence[str]) -> Iterator[Measure]:
    for quantity in QUANTITIES:
        for column in columns:
            yield from between_measures(quantity, column)
