"""Who is delayed and who is cut off while streets are closed or slow: one figure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from twin.experiment.street_shocks import effects_words, n_longer, percent_words
from twin.experiment.words import service_words
from twin.report.cards import title_of
from twin.report.html import Html, join, name_of, section, tag
from twin.units import DAY_S, HOUR_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.experiment.comparison import Comparison

EFFECTS: Final = (
    ("as before", "calm"),
    ("up to 2 min longer", "late1"),
    ("2 to 5 min longer", "late2"),
    ("5 to 10 min longer", "late3"),
    ("over 10 min longer", "late4"),
    ("cut off", "cutoff"),
    ("out of reach before", "never"),
)
"""Words of the runs' table and classes of the page's style, from nothing to the worst."""
MOST_FIGURES: Final = 6
MOST_ZONES: Final = 30
FEW_OTHERS: Final = 4
"""Wards without a change up to which each has a bar of its own."""
LEAD: Final = (
    "Every resident's way to the nearest facility that takes him or her, by the fastest mode at "
    "hand, against the same way on undisturbed streets in the same hour. Cut off: no way within "
    "the service's cut-off is left. Opening hours and queues play no part here."
)
_WIDTH, _BAR_X, _BAR_W, _ROW = 760, 190, 360, 26
_BAR_H: Final = 16
_MINUTE_S: Final = 60
_NAME_LENGTH: Final = 24


def street_shocks(comparison: Comparison) -> Html | None:
    """Return the section, or None if no scenario changes streets."""
    figures = [
        _figure(record, one, comparison)
        for record in comparison.document["scenarios"]
        for one in record["street_effects"]
    ]
    if not figures:
        return None
    cut = None
    if len(figures) > MOST_FIGURES:
        words = f"{len(figures) - MOST_FIGURES} more changes are in comparison.json."
        cut = tag("p", words, class_="muted")
    return section(
        "streets",
        "Streets: who is delayed, who is cut off",
        tag("p", LEAD, class_="lead"),
        *figures[:MOST_FIGURES],
        cut,
    )


def _figure(record: Mapping[str, Any], one: Mapping[str, Any], comparison: Comparison) -> Html:
    start = comparison.scenario_document(record["name"]).get("run", {}).get("start")
    everyone = {"zone": "All residents", "effects": one["all"]}
    shown = [everyone, *_gathered(one["zones"])]
    height = _ROW * len(shown) + 12
    caption = join(
        name_of(title_of(record)),
        f": {service_words(one['service'])} from {_moment(one['time_s'], start)} (",
        tag("code", one["cause"]),
        f"). {effects_words(one['all'])}",
    )
    used = [name for name, _ in EFFECTS if one["all"].get(name)]
    return tag(
        "figure",
        tag("figcaption", caption),
        tag("div", *(_key(name, css) for name, css in EFFECTS if name in used), class_="legend"),
        tag(
            "svg",
            tag("title", effects_words(one["all"])),
            *(_row(zone, row) for row, zone in enumerate(shown)),
            viewBox=f"0 0 {_WIDTH} {height}",
            role="img",
            class_="shock",
        ),
        class_="streets",
    )


def _gathered(zones: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the most disturbed wards; those with no change, and too many, as one bar."""
    shown = [one for one in zones if n_longer(one["effects"]) or one["effects"].get("cut off")]
    shown = shown[:MOST_ZONES]
    others = [one for one in zones if one not in shown]
    if len(others) <= FEW_OTHERS:
        return [*shown, *others]
    effects: dict[str, int] = {}
    for one in others:
        for name, count in one["effects"].items():
            effects[name] = effects.get(name, 0) + count
    return [*shown, {"zone": f"{len(others):,} other wards", "effects": effects}]


def _key(name: str, css: str) -> Html:
    swatch = tag(
        "svg",
        tag("rect", width=14, height=12, class_=css),
        viewBox="0 0 14 12",
        width=14,
        height=12,
        aria_hidden="true",
        class_="shock swatch",
    )
    return tag("span", swatch, " ", name)


def _row(zone: Mapping[str, Any], row: int) -> Html:
    effects = zone["effects"]
    total = sum(effects.values())
    y = _ROW * row + (0 if row == 0 else 8)
    x, parts = float(_BAR_X), []
    for name, css in EFFECTS:
        width = _BAR_W * effects.get(name, 0) / total
        if width > 0:
            said = f"{zone['zone']}: {effects[name]:,} residents {name}"
            parts.append(
                tag(
                    "rect",
                    tag("title", said),
                    x=round(x, 2),
                    y=y + 4,
                    width=round(width, 2),
                    height=_BAR_H,
                    class_=css,
                )
            )
        x += width
    label = zone["zone"]
    label = label if len(label) <= _NAME_LENGTH else f"{label[: _NAME_LENGTH - 1]}…"
    middle = y + 4 + _BAR_H - 4
    return tag(
        "g",
        tag("text", label, x=_BAR_X - 10, y=middle, text_anchor="end", class_="who"),
        *parts,
        tag("text", _shares(effects), x=_BAR_X + _BAR_W + 10, y=middle, class_="share"),
        class_="all" if row == 0 else None,
    )


def _shares(effects: Mapping[str, int]) -> str:
    total = sum(effects.values())
    late, cut_off = n_longer(effects), effects.get("cut off", 0)
    parts = [
        f"{percent_words(n, total)} {word}"
        for n, word in ((late, "longer"), (cut_off, "cut off"))
        if n
    ]
    return ", ".join(parts) or "no change"


def _moment(time_s: float, start: object) -> str:
    day, rest = divmod(time_s, DAY_S)
    clock = f"{int(rest // HOUR_S):02d}:{int(rest % HOUR_S // _MINUTE_S):02d}"
    try:
        date = dt.date.fromisoformat(str(start)) + dt.timedelta(days=int(day))
    except (ValueError, OverflowError):
        return f"day {int(day)}, {clock}"
    return f"{date}, {clock}"
