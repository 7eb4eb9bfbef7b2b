"""Small SVG drawings of intervals and shares, readable without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import VERDICTS, change, interval, standing
from twin.report.html import Html, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH: Final = 132
HEIGHT: Final = 22
_MARGIN: Final = 6


def reach(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the largest |end| of the intervals: the common scale of a row of plots."""
    ends = [
        abs(row[end])
        for row in rows
        for end in ("ci_low", "ci_high", "difference")
        if row[end] is not None
    ]
    return max(ends, default=0.0) or 1.0


def interval_plot(row: Mapping[str, Any], *, size: float, width: int = WIDTH) -> Html:
    """Return one interval on an axis from -size to +size; zero is the middle line.

    Parameters
    ----------
    row
        Record of comparison.json.
    size
        Largest value of the axis, in the measure's unit.
    width
        Pixels.
    """
    if row["difference"] is None:
        return tag("span", "no case", class_="muted")
    half = width / 2 - _MARGIN
    low, middle, high = (
        round(
            width / 2 + half * (row[end] if row[end] is not None else row["difference"]) / size, 1
        )
        for end in ("ci_low", "difference", "ci_high")
    )
    y = HEIGHT / 2
    how = standing(row)
    said = f"{change(row['difference'], row['unit'])}, {interval(row)}{how and f', {how}'}"
    parts = [
        _margin(row, width=width, half=half, size=size),
        tag("line", x1=width / 2, x2=width / 2, y1=2, y2=HEIGHT - 2, class_="zero"),
        tag("rect", x=low, y=y - 3, width=max(high - low, 1.5), height=6, rx=3, class_="bar"),
        tag("circle", cx=middle, cy=y, r=4 if row["question_id"] else 3.2),
    ]
    return tag(
        "svg",
        tag("title", said),
        *parts,
        viewBox=f"0 0 {width} {HEIGHT}",
        width=width,
        height=HEIGHT,
        role="img",
        class_=f"plot {row['verdict']}{'' if row['question_id'] else ' hollow'}",
    )


def _margin(row: Mapping[str, Any], *, width: int, half: float, size: float) -> Html | None:
    """Return the band of the smallest effect that matters, where a question named one."""
    smallest = row["smallest_effect"]
    if not smallest:
        return None
    reach_px = min(half * smallest / size, width / 2)
    return tag(
        "rect",
        x=round(width / 2 - reach_px, 1),
        y=1,
        width=round(2 * reach_px, 1),
        height=HEIGHT - 2,
        class_="band",
    )


def share_bar(counts: Mapping[str, Any]) -> Html:
    """Return gained, unchanged and lost residents as one bar."""
    n = counts["gained"] + counts["lost"] + counts["unchanged"]
    place, parts = 0.0, []
    for kind in ("gained", "unchanged", "lost"):
        width = 100 * counts[kind] / n if n else 0.0
        parts.append(
            tag("rect", x=round(place, 3), y=0, width=round(width, 3), height=10, class_=kind)
        )
        place += width
    said = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("gained", "unchanged", "lost"))
    return tag(
        "svg",
        tag("title", said),
        *parts,
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        role="img",
        class_="sharebar",
    )


def badge(verdict: str) -> Html:
    """Return a verdict with a mark that does not rest on colour."""
    marks = {"better": "▲", "worse": "▼", "no_material_difference": "≈", "undecided": "?"}
    return tag("span", f"{marks[verdict]} {VERDICTS[verdict]}", class_=f"badge {verdict}")
