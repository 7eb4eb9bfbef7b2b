"""Spans of several interventions on one cell, joined into edits.

Additions add up, and an end takes away what was added. Of several ``set``
spans on one cell the one that began last holds; when it ends, the cell goes
back to the one that began before it and still holds, or to the city's value.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from twin.scenario.interventions.base import Span, end_edit, start_edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twin.city.edits import Edit, EditValue


def joined_edits(spans: Iterable[Span]) -> list[Edit]:
    """Return the edits of all spans together."""

    def cell(span: Span) -> tuple[str, str, str]:
        return (span.table, span.uid, span.column)

    edits: list[Edit] = []
    for _, group in groupby(sorted(spans, key=cell), key=cell):
        of_cell = list(group)
        edits += [edit for span in of_cell if span.op == "add" for edit in _edits_alone(span)]
        edits += _set_edits([span for span in of_cell if span.op == "set"])
    return edits


def _edits_alone(span: Span) -> Iterator[Edit]:
    yield start_edit(span)
    if span.to_day is not None:
        yield end_edit(span, span.before)


def _set_edits(spans: list[Span]) -> Iterator[Edit]:
    """Yield the edits of ``set`` spans on one cell."""
    for span in spans:
        yield start_edit(span)
    starts = {span.from_day for span in spans}
    for day in sorted({span.to_day for span in spans if span.to_day is not None} - starts):
        ended = [span for span in spans if span.to_day == day]
        last = max(ended, key=lambda span: span.from_day)
        holding = [
            span
            for span in spans
            if span.from_day < day and (span.to_day is None or span.to_day > day)
        ]
        newest = max(holding, key=lambda span: span.from_day, default=None)
        if newest is None or newest.from_day < last.from_day:
            restored: EditValue = last.before if newest is None else newest.value
            yield end_edit(last, restored)
