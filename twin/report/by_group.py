"""Effects by group of residents: one table a measure and service, and who gains and loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.gains import FEWEST
from twin.experiment.words import DASH, change, number, service_words, subject
from twin.report.cards import people_words, services_of, title_of
from twin.report.charts import interval_plot, reach, share_bar
from twin.report.html import Html, join, name_of, section, switch, table, tag
from twin.report.precision import find
from twin.results.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.experiment.comparison import Comparison

Row = dict[str, Any]
FOREST: Final = ("burden_mean_s", "wait_mean_s", "travel_mean_s", "delay_mean_s", "unmet_share")
ACCESS: Final = ("access_share_15min", "access_mean_s", "access_none_share")
"""Shown where a scenario brings anybody nearer or farther; most do not."""
PLOT_WIDTH: Final = 120


def groups(comparison: Comparison) -> Html:
    """Return the effects by group, one measure and service at a time, and who gained and lost."""
    records = comparison.document["scenarios"]
    services = services_of(*records)
    lead = (
        "The same effects for each group of residents, each scenario on its own axis; look at a "
        "group's own unmet share too. A hollow dot is exploratory: with so many groups some "
        f"intervals miss by chance. Groups of fewer than {FEWEST} residents are not shown."
    )
    blocks = [
        _of_service(records, service, number, is_named=len(services) > 1)
        for number, service in enumerate(services)
    ]
    seeds = len(comparison.seeds)
    about = [people_words(record["residents"], seeds) for record in records[:1]]
    return section(
        "groups",
        "Effects by group",
        tag("p", lead, class_="lead"),
        *blocks,
        tag("h3", "Who gains and who loses"),
        tag("p", *about, class_="lead"),
        *(_gainers(record) for record in records),
    )


def _of_service(
    records: Sequence[Mapping[str, Any]], service: str, number: int, *, is_named: bool
) -> Html:
    """Return the switch and the tables of one service."""
    shown = [
        name for name in FOREST if any(find(record, name, service, "all") for record in records)
    ]
    shown += [
        name for name in ACCESS if any(_is_moved(record, name, service) for record in records)
    ]
    name = f"forest-{number}"
    title = tag("h3", service_words(service).capitalize()) if is_named else None
    options = [(measure, MEASURES[measure].title) for measure in shown]
    panels = [
        tag(
            "div",
            _forest(records, service, measure),
            class_="panel",
            data_panel_of=name,
            data_panel=measure,
        )
        for measure in shown
    ]
    return join(title, switch(name, "measure", options, panels=name), *panels)


def _is_moved(record: Mapping[str, Any], measure: str, service: str) -> bool:
    """Return whether a scenario changes a measure for anybody."""
    return any(
        row["difference"]
        for row in record["measures"]
        if row["measure"] == measure and row["service"] == service
    )


def _forest(records: Sequence[Mapping[str, Any]], service: str, measure: str) -> Html:
    named = dict.fromkeys(
        row["group"]
        for record in records
        for row in record["measures"]
        if row["measure"] == measure and row["service"] == service and row["difference"] is not None
    )
    found = {
        group: [find(record, measure, service, group) for record in records] for group in named
    }
    sizes = [reach([row for row in column if row]) for column in zip(*found.values(), strict=True)]
    rows = [
        [
            "All residents" if group == "all" else _capital(subject(group)),
            _baseline(listed),
            *(_effect(row, size) for row, size in zip(listed, sizes, strict=True)),
        ]
        for group, listed in found.items()
    ]
    head: list[object] = ["group", "baseline", *(name_of(title_of(record)) for record in records)]
    caption = f"{MEASURES[measure].title.capitalize()}, change against the baseline"
    return table(head, rows, caption=caption, class_="forest")


def _baseline(rows: Sequence[Row | None]) -> str:
    first = next((row for row in rows if row is not None), None)
    return DASH if first is None else number(first["baseline"], first["unit"])


def _effect(row: Row | None, size: float) -> Html | str:
    if row is None:
        return DASH
    return tag(
        "div",
        interval_plot(row, size=size, width=PLOT_WIDTH),
        tag("span", change(row["difference"], row["unit"]), class_="diff"),
        class_="cell forest",
    )


def _gainers(record: Mapping[str, Any]) -> Html:
    """Return gained and lost residents of each group of one scenario."""
    rows: list[list[object]] = [
        [
            _capital(subject(one["group"])),
            f"{one['n']:,}",
            f"{one['gained']:,}",
            f"{one['lost']:,}",
            change(one["mean_difference_s"], "s"),
            share_bar(one),
        ]
        for one in record["residents"]["by_group"]
    ]
    head: list[object] = ["group", "residents", "gained", "lost", "mean change of burden", ""]
    return tag(
        "details",
        tag("summary", "Who gains and who loses: ", name_of(title_of(record))),
        table(head, rows, caption="Residents whose burden moves by more than the smallest effect"),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
