"""Facilities before and after: load, visitors and waits of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import DASH, change, number, service_words
from twin.report.cards import title_of
from twin.report.charts import interval_plot, reach
from twin.report.html import Html, join, name_of, section, switch, table, tag
from twin.report.places import REAL
from twin.report.steps import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.experiment.comparison import Comparison

Row = dict[str, Any]
MOST_ROWS: Final = 40
"""Facilities of one table; comparison.json has them all."""
PLOT_WIDTH: Final = 84
COLUMNS: Final = (
    ("load", "load", "share", None),
    ("arrivals_per_day", "arrivals a day", "count", None),
    ("served_per_day", "served a day", "count", None),
    ("wait_mean_s", "mean wait", "s", "lower"),
    ("wait_p90_s", "longest waits (P90)", "s", "lower"),
)
"""Name, header, unit and the direction that is good, if one is."""
LEAD: Final = (
    "Each cell: baseline → scenario, then the mean paired difference with its interval, which is "
    "exploratory; the line is no change. Load is all work over all staffed time: unlike "
    "utilisation it counts work after closing time and can exceed 100 %. One in ten waits longer "
    "than the longest waits (P90). The largest changes of waiting come first."
)


def facilities(comparison: Comparison) -> Html:
    """Return each facility before and after, one scenario and service at a time."""
    records = comparison.document["scenarios"]
    if not any(record["facilities"] for record in records):
        note = "The runs kept no hours by facility ([output] level)."
        return section("facilities", "Facilities: before and after", tag("p", note, class_="muted"))
    options = [(record["name"], title_of(record)) for record in records]
    panels = [
        tag(
            "div",
            *_tables(record),
            class_="panel",
            data_panel_of="facilities-of",
            data_panel=record["name"],
        )
        for record in records
    ]
    return section(
        "facilities",
        "Facilities: before and after",
        tag("p", LEAD, class_="lead"),
        switch("facilities-of", "scenario", options, panels="facilities-of"),
        *panels,
        steps(comparison),
    )


def _tables(record: Mapping[str, Any]) -> list[Html]:
    services = dict.fromkeys(sorted(one["service"] for one in record["facilities"]))
    return [_table(record, service) for service in services]


def _table(record: Mapping[str, Any], service: str) -> Html:
    own = [one for one in record["facilities"] if one["service"] == service]
    shown = own[:MOST_ROWS]
    sizes = {name: reach([one[name] for one in shown]) for name, *_ in COLUMNS}
    rows = [
        [_name(one), *(_cell(one[name], sizes[name], unit, better)
                       for name, _, unit, better in COLUMNS)]
        for one in shown
    ]  # fmt: skip
    cut = f"; the first {MOST_ROWS} of {len(own):,}" if len(own) > MOST_ROWS else ""
    words = service_words(service).capitalize()
    return table(
        ["facility", *(head for _, head, *_ in COLUMNS)],
        rows,
        caption=join(f"{words}, ", name_of(title_of(record)), f": measured days{cut}"),
        class_="facilities",
    )


def _name(one: Mapping[str, Any]) -> Html:
    is_assumed = bool(one["tag"]) and one["tag"] not in REAL
    return join(
        name_of(one["name"]),
        tag("span", "changed", class_="tagged changed") if one["is_changed"] else None,
        tag("span", one["tag"], class_="tagged assumed") if is_assumed else None,
    )


def _cell(effect: Row, size: float, unit: str, better: str | None) -> Html:
    before, after = (_number(effect[arm], unit) for arm in ("baseline", "scenario"))
    if effect["difference"] == effect["ci_low"] == effect["ci_high"] == 0:
        return tag(
            "div", tag("span", before, class_="value"), tag("span", "no change", class_="diff")
        )
    moved = DASH if effect["difference"] is None else change(effect["difference"], unit)
    return tag(
        "div",
        tag("span", _from_to(before, after), class_="value"),
        None
        if effect["difference"] is None
        else interval_plot(_as_row(effect, unit, better), size=size, width=PLOT_WIDTH),
        tag("span", moved, class_="diff"),
        class_="cell" if better else "cell neutral",
    )


def _from_to(before: str, after: str) -> str:
    """Return two numbers; a unit that both have is said once: ``40.3 → 28.1 min``."""
    number_before, _, unit = before.partition(" ")
    is_same_unit = bool(unit) and after.endswith(f" {unit}")
    return f"{number_before if is_same_unit else before} → {after}"


def _number(value: float | None, unit: str) -> str:
    if value is not None and unit == "share":
        return f"{100 * value:.0f} %"
    return number(value, unit)


def _as_row(effect: Row, unit: str, better: str | None) -> Row:
    """Return an effect as a row of comparison.json that nobody asked about."""
    low, high = effect["ci_low"], effect["ci_high"]
    verdict = "undecided"
    if better and low is not None and not low <= 0 <= high:
        verdict = "better" if (effect["difference"] < 0) == (better == "lower") else "worse"
    unasked = {"question_id": None, "preregistered": False, "smallest_effect": None}
    return {**effect, **unasked, "unit": unit, "verdict": verdict}
