"""What an import kept, repaired and dropped, counted and with examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

MAX_EXAMPLES: Final = 5
"""Element ids named for each repair and drop; the smallest are kept."""

RESIDENTS: Final = "residents the homes are built for"
"""What the report of a synthetic map calls the size of its population."""

VERDICTS: Final = ("kept", "repaired", "dropped")


@dataclass
class Count:
    """How often something happened, and to which elements (a few of them)."""

    number: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class ImportReport:
    """Counts of one import by verdict and subject."""

    kept: dict[str, Count] = field(default_factory=dict)
    repaired: dict[str, Count] = field(default_factory=dict)
    dropped: dict[str, Count] = field(default_factory=dict)

    def keep(self, what: str, number: int = 1, *, example: str = "") -> None:
        """Count `number` kept elements."""
        _add(self.kept, what, number, example)

    def repair(self, what: str, number: int = 1, *, example: str = "") -> None:
        """Count `number` repaired elements."""
        _add(self.repaired, what, number, example)

    def drop(self, what: str, number: int = 1, *, example: str = "") -> None:
        """Count `number` dropped elements."""
        _add(self.dropped, what, number, example)

    def number(self, verdict: str, what: str) -> int:
        """Return the count of `what` under `verdict`, 0 when it never happened."""
        counts: dict[str, Count] = getattr(self, verdict)
        return counts[what].number if what in counts else 0

    def rows(self) -> list[tuple[str, str, int, list[str]]]:
        """Return (verdict, what, number, examples), verdict by verdict."""
        return [
            (verdict, what, count.number, sorted(count.examples))
            for verdict in VERDICTS
            for what, count in sorted(getattr(self, verdict).items())
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON knows them, in an order of their own."""
        tree: dict[str, Any] = {verdict: {} for verdict in VERDICTS}
        for verdict, what, number, examples in self.rows():
            tree[verdict][what] = {"count": number, "examples": examples}
        return tree

    @classmethod
    def from_dict(cls, tree: dict[str, Any]) -> ImportReport:
        """Return the report that `to_dict` wrote."""
        report = cls()
        for verdict in VERDICTS:
            counts: dict[str, Count] = getattr(report, verdict)
            for what, row in tree.get(verdict, {}).items():
                counts[what] = Count(int(row["count"]), [str(x) for x in row["examples"]])
        return report


def _add(counts: dict[str, Count], what: str, number: int, example: str) -> None:
    if number <= 0:
        return
    count = counts.setdefault(what, Count())
    count.number += number
    if example:
        count.examples.append(example)
        if len(count.examples) > MAX_EXAMPLES:
            count.examples.sort()
            count.examples.pop()
