"""The reference page of columns, streams and phases, written from where they are declared.

``python -m twin.report.reference_page > docs/reference.md``
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from twin.population.columns import COLUMNS
from twin.results import tables
from twin.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMMAND: Final = "python -m twin.report.reference_page > docs/reference.md"
TABLES: Final = {
    "residents": tables.residents_columns(("<service>",), ("<mode>",), has_days=True),
    "visits": tables.VISITS,
    "trips": tables.TRIPS,
    "facility_hours": tables.FACILITY_HOURS,
    "link_hours": tables.LINK_HOURS,
    "presence": tables.PRESENCE,
    "need_days": tables.NEED_DAYS,
    "edits": tables.EDITS,
    "street_effects": tables.STREET_EFFECTS,
    "enrolments": tables.ENROLMENTS,
    "ledger": tables.LEDGER,
}
PHASES: Final = (
    ("midnight", "the hash chain gets its link over all state and new rows"),
    ("edits", "cells that interventions and shocks change at this very time, in one order"),
    ("policies", "staff under way arrive with the edits; then policies are told and decide"),
    ("traffic", "under `profile`: the travel times of the new period hold"),
    ("schools", "at a midnight: rounds of enrolment are held, then terms begin"),
    ("days", "at a midnight: residents decide what to do; trips are made up to the next change"),
    ("needs", "at a midnight: the needs of the new day are drawn and put on the agenda"),
    ("calendar", "openings, closings, reviews of queues, measurements, publications"),
    ("under way", "ends of service, arrivals, departures"),
    ("new needs", "seek or forgo, choose a facility, plan the visit"),
)


def _rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def reference_page() -> str:
    """Return the page as Markdown."""
    lines = [
        "# Reference: tables, residents, draws, order of events",
        "",
        f"Written from the declarations: `{COMMAND}`.",
        "",
        "Times are seconds since the run's first midnight; null: it did not happen.",
        "",
    ]
    for name, columns in TABLES.items():
        lines += [f"## Table `{name}`", ""]
        rows = [(f"`{c.name}`", _type(str(c.type)), c.unit, c.meaning) for c in columns]
        lines += _rows(("column", "type", "unit", "meaning"), rows)
    lines += ["## Columns of residents", ""]
    people = [
        (f"`{c.name}`", c.dtype, ", ".join(c.categories) or c.unit, c.meaning) for c in COLUMNS
    ]
    lines += _rows(("column", "type", "categories or unit", "meaning"), people)
    lines += ["## Streams of random draws", "", "What the words of a draw's address hold.", ""]
    streams = [
        (str(s.number), f"`{s.name}`", s.word0, s.word1, s.draw, s.word3) for s in STREAMS.values()
    ]
    lines += _rows(("number", "stream", "word 0", "word 1", "draw", "word 3"), streams)
    lines += ["## Order of events at one instant", ""]
    lines += _rows(("phase", "what happens"), PHASES)
    return "\n".join(lines)


def _type(arrow: str) -> str:
    return "category" if arrow.startswith("dictionary") else arrow


if __name__ == "__main__":
    sys.stdout.write(reference_page())
