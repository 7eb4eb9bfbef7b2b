"""Utilisation, effect and what pairing saves: how much to trust a comparison, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import DASH, change, interval, number, relative, service_words
from twin.report.cards import services_of, title_of
from twin.report.html import Html, join, name_of, table, tag
from twin.results.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, Any]
SHOWN: Final = ("wait_mean_s", "wait_p90_s", "burden_mean_s")
LEAD: Final = (
    "Utilisation is the busy share of open server time; work after closing does not count. The "
    "variance reduction says how many times more seeds two independent arms would need for the "
    "same interval; it falls as queues grow, because one changed visit then delays many others. "
    "From ten seeds it is known to a factor of about two."
)


def find(record: Mapping[str, Any], measure: str, service: str, group: str) -> Row | None:
    """Return a row of a scenario, if there is one."""
    wanted = (measure, service, group)
    return next(
        (
            row
            for row in record["measures"]
            if (row["measure"], row["service"], row["group"]) == wanted
        ),
        None,
    )


def precision(records: Sequence[Mapping[str, Any]]) -> Html:
    """Return utilisation, effect and variance reduction of each scenario and service."""
    rows = [
        _line(record, service, row)
        for record in records
        for service in services_of(record)
        for row in (find(record, name, service, "all") for name in SHOWN)
        if row is not None and row["difference"] is not None
    ]
    head = ["scenario", "utilisation", "measure", "effect", "relative", "variance reduction"]
    caption = (
        "All residents: utilisation before and after, effect with its interval and in per cent"
    )
    return tag(
        "div",
        tag("h3", "Utilisation, effect and what pairing saves"),
        tag("p", LEAD, class_="lead"),
        table(head, rows, caption=caption, class_="precision"),
        id="precision",
    )


def _line(record: Mapping[str, Any], service: str, row: Row) -> list[object]:
    load = find(record, "utilisation", service, "all")
    loads = DASH
    if load is not None and load["scenario"] is not None:
        before, after = (number(load[arm], "share") for arm in ("baseline", "scenario"))
        loads = f"{before} → {after}"
    reduction = row["variance_reduction"]
    several = len(services_of(record)) > 1
    return [
        name_of(title_of(record)),
        loads,
        join(f"{service_words(service)}: " if several else "", MEASURES[row["measure"]].title),
        join(change(row["difference"], row["unit"]), tag("span", f" ({interval(row)})")),
        relative(row),
        DASH if reduction is None else f"{reduction:,.1f} times",
    ]
