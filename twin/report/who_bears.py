"""Who bears it: how unequally the burden falls, and the gap of each group to everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import (
    DASH,
    change,
    difference,
    interval,
    number,
    service_words,
    subject,
)
from twin.report.cards import services_of, title_of
from twin.report.charts import interval_plot, reach
from twin.report.html import Html, join, name_of, section, switch, table, tag
from twin.report.precision import find
from twin.results.equity import NOISE_FLOOR
from twin.results.measure import STANDARDISED
from twin.results.measures import GROUP_COLUMNS, MEASURES
from twin.results.quantities import BURDEN, QUANTITIES, Quantity, equity_measures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.experiment.comparison import Comparison

Row = dict[str, Any]
OF_EQUITY: Final = frozenset(measure.name for measure in equity_measures(GROUP_COLUMNS))
"""Measures that stand in this section and in no other table."""
INDICES: Final = ("mean_s", "kp_ede_s", "gini", "theil", "palma", "concentration")
"""Of each quantity."""
ABOUT_GAPS: Final = (
    "The group's mean burden of a need less that of everybody else: right of the line the group "
    "bears more. Ring: baseline; dot: scenario, with the interval of the change. In brackets: the "
    "gap that is left at one age structure, where the group has needs in every age band."
)
SIDE: Final = 240
"""Pixels of the square of a Lorenz curve."""
WIDTH: Final = 190
HEIGHT: Final = 22
_MARGIN: Final = 8


def who_bears(comparison: Comparison) -> Html | None:
    """Return the section; None where no run has measures of equity."""
    records = comparison.document["scenarios"]
    services = _services(records)
    if not services:
        return None
    smallest = max(record["residents"]["smallest_group"] for record in records)
    aversion = (
        comparison.scenario_document(comparison.baseline)
        .get("measures", {})
        .get("inequality_aversion_per_h")
    )
    name = "equity-service"
    options = [(service, service_words(service)) for service in services]
    panels = [
        tag("div", _of_service(records, service), data_panel_of=name, data_panel=service)
        if len(services) == 1
        else tag(
            "div",
            _of_service(records, service),
            class_="panel",
            data_panel_of=name,
            data_panel=service,
        )
        for service in services
    ]
    return section(
        "equity",
        "Who bears it",
        *(tag("p", words, class_="lead") for words in _lead(smallest, aversion)),
        switch(name, "service", options, panels=name) if len(services) > 1 else None,
        *panels,
    )


def has_equity(records: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether scenarios have measures of equity."""
    return bool(_services(records))


def _services(records: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        service
        for service in services_of(*records)
        if any(_is_known(find(record, "burden_gini", service, "all")) for record in records)
    ]


def _is_known(row: Row | None) -> bool:
    return row is not None and row["difference"] is not None


def _lead(smallest: int, aversion: float | None) -> tuple[str, str]:
    kappa = (
        f"At the declared aversion of {aversion:g} an hour, the burden if shared equally is what "
        "would be as bad as the burdens are; it is never below the mean. "
        if aversion is not None
        else ""
    )
    about = (
        "How the burden of needs (delay, travel, wait, going without) is shared out. Each need "
        "counts once, with the mean burden of its resident, so that who is ill more often does "
        "not count as unequal."
    )
    return about, (
        f"{kappa}Indices are relative to the mean: read them beside the mean burden. Groups of "
        f"fewer than {smallest} residents are not shown, and groups in which fewer than "
        f"{NOISE_FLOOR} residents had a need have no value."
    )


def _of_service(records: Sequence[Mapping[str, Any]], service: str) -> Html:
    curves = [
        _figure(title_of(record), curve)
        for record in records
        for curve in record["lorenz"]
        if curve["service"] == service
    ]
    return join(
        tag("div", *curves, class_="curves") if curves else None,
        _indices(records, _indices_of(BURDEN), service, caption="Indices, all residents"),
        tag("h3", "Gap of each group to everybody else"),
        tag("p", ABOUT_GAPS, class_="lead"),
        _gaps(records, BURDEN, service),
        _between(records, BURDEN, service),
        *(
            _of_quantity(records, quantity, service)
            for quantity in QUANTITIES
            if quantity is not BURDEN and _has(records, quantity, service)
        ),
    )


def _of_quantity(records: Sequence[Mapping[str, Any]], of: Quantity, service: str) -> Html:
    """Return the tables of a quantity besides burden, closed."""
    return tag(
        "details",
        tag("summary", f"The same of {of.noun} (of a {of.whose})"),
        _indices(records, _indices_of(of), service, caption="Indices, all residents"),
        _gaps(records, of, service),
        _between(records, of, service),
        class_="quantity",
    )


def _indices_of(of: Quantity) -> list[str]:
    names = [f"{of.name}_{suffix}" for suffix in INDICES]
    return [*names, "unmet_concentration"] if of is BURDEN else names


def _has(records: Sequence[Mapping[str, Any]], of: Quantity, service: str) -> bool:
    return any(_is_known(find(record, f"{of.name}_gini", service, "all")) for record in records)


def _figure(title: str, curve: Mapping[str, Any]) -> Html:
    """Return the Lorenz curves of both arms in one square."""
    half = {arm: curve[arm][len(curve["share"]) // 2] for arm in ("baseline", "scenario")}
    said = (
        f"The half of the needs with the least burden bears {100 * half['baseline']:.1f} % of it "
        f"in the baseline, {100 * half['scenario']:.1f} % here."
    )
    drawn = tag(
        "svg",
        tag("title", f"Lorenz curve of burden. {said}"),
        tag("rect", x=0, y=0, width=SIDE, height=SIDE, class_="frame"),
        tag("line", x1=0, y1=SIDE, x2=SIDE, y2=0, class_="equal"),
        tag("path", d=_path(curve["share"], curve["baseline"]), class_="before"),
        tag("path", d=_path(curve["share"], curve["scenario"]), class_="after"),
        tag("text", "all equal", x=SIDE * 0.36, y=SIDE * 0.56, transform=_turned(0.36, 0.56)),
        tag("text", "share of needs, least burdened first", x=SIDE / 2, y=SIDE + 16, class_="mid"),
        viewBox=f"0 0 {SIDE} {SIDE + 22}",
        role="img",
        class_="lorenz",
    )
    keys = tag(
        "p",
        tag("span", class_="line before"),
        "baseline ",
        tag("span", class_="line after"),
        "scenario; height: share of the burden",
        class_="small muted",
    )
    caption = tag("figcaption", name_of(title))
    return tag("figure", caption, drawn, keys, tag("p", said, class_="small"))


def _turned(x: float, y: float) -> str:
    return f"rotate(-45 {SIDE * x:g} {SIDE * y:g})"


def _path(shares: Sequence[float], heights: Sequence[float]) -> str:
    points = (
        f"{SIDE * share:.1f} {SIDE * (1 - height):.1f}"
        for share, height in zip(shares, heights, strict=True)
    )
    return "M" + "L".join(points)


def _indices(
    records: Sequence[Mapping[str, Any]], names: Sequence[str], service: str, *, caption: str
) -> Html:
    rows: list[list[object]] = []
    for name in names:
        measure = MEASURES[name]
        found = [find(record, name, service, "all") for record in records]
        listed = [row for row in found if row is not None and row["difference"] is not None]
        if not listed:
            continue
        size = reach(listed)
        rows.append(
            [
                tag("span", measure.title, title=measure.meaning),
                number(listed[0]["baseline"], measure.unit),
                *(_cell(row, size, is_neutral=measure.is_neutral) for row in found),
            ]
        )
    head: list[object] = ["index", "baseline", *(name_of(title_of(one)) for one in records)]
    return table(head, rows, caption=caption)


def _between(records: Sequence[Mapping[str, Any]], of: Quantity, service: str) -> Html:
    """Return the measures between groups that there are."""
    known = {row["measure"] for record in records for row in record["measures"]}
    names = [one for one in MEASURES if one in known and one.startswith(f"{of.name}_")]
    listed = [name for name in names if name in OF_EQUITY and "." in name]
    return tag(
        "details",
        tag("summary", "How far groups differ, by column"),
        _indices(records, listed, service, caption="Between groups, all residents"),
    )


def _cell(row: Row | None, size: float, *, is_neutral: bool) -> Html | str:
    if row is None or row["difference"] is None:
        return DASH
    return tag(
        "div",
        tag("span", number(row["scenario"], row["unit"]), class_="value"),
        tag("span", change(row["difference"], row["unit"]), class_="diff"),
        interval_plot(row, size=size),
        class_="cell neutral" if is_neutral else "cell",
    )


def _gaps(records: Sequence[Mapping[str, Any]], of: Quantity, service: str) -> Html:
    """Return each group's gap to everybody else before and after, with the interval."""
    found: dict[str, list[Row | None]] = {}
    for place, record in enumerate(records):
        for row in record["measures"]:
            is_shown = row["measure"] == f"{of.name}_gap_s" and row["service"] == service
            if is_shown and row["difference"] is not None and _is_listed(row["group"]):
                found.setdefault(row["group"], [None] * len(records))[place] = row
    listed = [row for rows in found.values() for row in rows if row is not None]
    size = max((_end(row) for row in listed), default=0.0) or 1.0
    rows: list[list[object]] = [
        [
            _capital(subject(group)),
            *(_gap(row, size) for row in of_group),
        ]
        for group, of_group in found.items()
    ]
    head: list[object] = ["group", *(name_of(title_of(one)) for one in records)]
    return table(head, rows, caption=f"Gap in {of.noun} of a {of.whose}", class_="forest gaps")


def _is_listed(group: str) -> bool:
    """Return whether a group is no ward and not the mirror of another one."""
    return "," in group or not (group.startswith("zone=") or group.endswith("=false"))


def _end(row: Row) -> float:
    ends = [row["ci_low"], row["ci_high"], row["difference"], 0.0]
    return float(max(abs(row["baseline"] + end) for end in ends if end is not None))


def _gap(row: Row | None, size: float) -> Html | str:
    if row is None:
        return DASH
    same_age = row[STANDARDISED]
    beside = (
        f" ({number(same_age['scenario'], 's', is_difference=True)})"
        if same_age and same_age["scenario"] is not None
        else ""
    )
    after = number(row["scenario"], "s", is_difference=True)
    moved = f"{difference(row)}, {interval(row)}"
    return tag(
        "div",
        _gap_plot(row, size, said=f"{after} after a change of {moved}"),
        tag("span", f"{after}{beside}", class_="diff", title=moved),
        class_="cell forest",
    )


def _gap_plot(row: Row, size: float, *, said: str) -> Html:
    half = WIDTH / 2 - _MARGIN

    def place(value: float) -> float:
        return round(WIDTH / 2 + half * value / size, 1)

    before, after = place(row["baseline"]), place(row["baseline"] + row["difference"])
    low, high = (
        place(row["baseline"] + (row["difference"] if row[end] is None else row[end]))
        for end in ("ci_low", "ci_high")
    )
    y = HEIGHT / 2
    return tag(
        "svg",
        tag("title", said),
        tag("line", x1=WIDTH / 2, x2=WIDTH / 2, y1=2, y2=HEIGHT - 2, class_="zero"),
        tag("line", x1=before, x2=after, y1=y, y2=y, class_="way"),
        tag("rect", x=low, y=y - 3, width=max(high - low, 1.5), height=6, rx=3, class_="bar"),
        tag("circle", cx=before, cy=y, r=4.5, class_="ring"),
        tag("circle", cx=after, cy=y, r=3),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=WIDTH,
        height=HEIGHT,
        role="img",
        class_="plot gap",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
