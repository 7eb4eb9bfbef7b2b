"""`report.html`: one file that needs no network, from run folders and the map folder."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path  # noqa: TC003 - the annotation of a public function
from string import Template
from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import MINUS
from twin.report import cards, sections
from twin.report.html import Html, data_island, escape, join, name_of, switch, tag
from twin.report.picture import picture, place_m
from twin.results.storage import write_bytes_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.city.city import City
    from twin.experiment.comparison import Comparison

NAME: Final = "report.html"
MAP_LABEL: Final = (
    "Map of the mean change of burden by cell of homes; the tables of who gains and who loses "
    "hold the same by ward. Arrow keys move, plus and minus zoom."
)


def write_report(comparison: Comparison, path: Path, *, map_folder: Path | None = None) -> Path:
    """Write the report and return its path; a folder gets ``report.html``.

    Parameters
    ----------
    comparison
        Comparison of finished runs.
    path
        File or folder.
    map_folder
        Map of the city; without it the report has no picture and says so.
    """
    target = path if path.suffix == ".html" else path / NAME
    city = None
    if map_folder is not None:
        from twin.city.city import load_city  # noqa: PLC0415 - projections take 0.3 s

        city = load_city(map_folder)
    write_bytes_atomically(target, page(comparison, city).encode())
    return target


def page(comparison: Comparison, city: City | None = None) -> str:
    """Return the page as text."""
    services = [
        str(one["id"])
        for one in comparison.scenario_document(comparison.baseline).get("services", [])
    ]
    drawn = None if city is None else _drawn(comparison, city, services)
    names = {} if city is None else {one.uid: one.name for one in city.facilities}
    tags = (
        Counter()
        if city is None
        else Counter(one.tag for one in city.facilities if one.service in services)
    )
    notes = [] if city is None else list(city.notes)
    body = join(
        sections.heading(comparison),
        tag(
            "main",
            cards.verdicts(comparison),
            _map_section(comparison, drawn),
            sections.measures_table(comparison),
            sections.groups(comparison),
            sections.changes(comparison, names),
            sections.assumed(comparison, tags),
            sections.warnings(comparison, notes),
            sections.provenance(comparison),
        ),
        _footer(),
    )
    static = resources.files("twin.report") / "static"
    template = Template((static / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(f"Comparison with {comparison.baseline}"),
        style=(static / "page.css").read_text(encoding="utf-8"),
        script=(static / "page.js").read_text(encoding="utf-8"),
        body=body,
        data="" if drawn is None else data_island("map-data", drawn),
    )


def _drawn(comparison: Comparison, city: City, services: Sequence[str]) -> dict[str, Any]:
    gains = {name: comparison.gains(name) for name in comparison.scenarios}
    found = picture(city, gains, services)
    found["planned"] = {
        name: _planned(city, comparison.scenario_document(name)) for name in comparison.scenarios
    }
    return found


def _planned(city: City, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the facilities that a scenario's interventions act on, with what they do."""
    return [
        place
        for intervention in document.get("interventions") or []
        for uid in _uids(intervention.get("facility"))
        if (place := _place(city, intervention, uid)) is not None
    ]


def _uids(named: object) -> list[str]:
    """Return the facilities that an intervention names: none, one or several."""
    listed = named if isinstance(named, list | tuple) else [named]
    return [str(uid) for uid in listed if uid]


def _place(city: City, intervention: Mapping[str, Any], uid: str) -> dict[str, Any] | None:
    known = next((one for one in city.facilities if one.uid == uid), None)
    lon, lat = intervention.get("lon"), intervention.get("lat")
    if (lon is None or lat is None) and known is not None:
        lon, lat = known.lon, known.lat
    if lon is None or lat is None:
        return None
    x, y = place_m(city, float(lon), float(lat))
    name = intervention.get("title") or (known.name if known else "")
    what = f"{intervention.get('kind', '')} from day {intervention.get('from_day', 0):g}"
    return {
        "name": str(name or uid),
        "service": str(intervention.get("service") or (known.service if known else "")),
        "x": x,
        "y": y,
        "planned": what.replace("_", " "),
    }


def _map_section(comparison: Comparison, drawn: Mapping[str, Any] | None) -> Html:
    heading = tag("h2", "Where gains and losses fall")
    if drawn is None:
        note = (
            "The map folder was not at hand when this page was made: "
            "`twin report DIR --map FOLDER` draws the map."
        )
        return tag("section", heading, tag("p", note, class_="muted"), id="where")
    records = comparison.document["scenarios"]
    options = [(record["name"], cards.title_of(record)) for record in records]
    hidden = drawn["n_hidden"]
    left_out = f" {hidden:,} residents in cells of fewer than five are not drawn." if hidden else ""
    lead = (
        "Mean change of burden (delay, travel, wait, unmet needs) of the residents of each "
        f"{drawn['cell_m']} m cell, over {len(comparison.seeds)} paired seeds; one scale for all "
        f"scenarios.{left_out}"
    )
    return tag(
        "section",
        heading,
        tag("p", lead, class_="lead"),
        tag(
            "div",
            tag(
                "div",
                switch("map-scenario", "scenario", options, id_="map-scenario"),
                class_="bar-top",
            ),
            _stage(),
            _legend(),
            tag(
                "noscript",
                tag(
                    "p", "The map needs scripts; the tables below hold the same by group and ward."
                ),
            ),
            class_="map",
        ),
        id="where",
    )


def _stage() -> Html:
    """Return the canvas with its buttons and the place of the hover text."""
    canvas = tag(
        "canvas",
        id="map",
        tabindex=0,
        role="img",
        aria_label=MAP_LABEL,
    )
    buttons = [
        tag("button", sign, type="button", id=f"zoom-{word}", aria_label=label)
        for sign, word, label in (
            ("+", "in", "zoom in"),
            (MINUS, "out", "zoom out"),
            ("⤢", "fit", "show all"),
        )
    ]
    return tag(
        "div",
        canvas,
        tag("div", *buttons, class_="zoom"),
        tag("div", class_="tip", id="tip", hidden=True),
        class_="stage",
    )


def _legend() -> Html:
    ramp = tag(
        "div",
        tag("span", "less burden"),
        tag("canvas", id="ramp", aria_hidden="true"),
        tag("span", "more burden"),
        tag(
            "div",
            tag("span", id="ramp-low"),
            tag("span", "0"),
            tag("span", id="ramp-high"),
            class_="ticks",
        ),
        class_="ramp",
    )
    marks = (
        ("", "facility"),
        (" assumed", "facility, place or size assumed"),
        (" planned", "acted on by the scenario"),
    )
    return tag(
        "div",
        ramp,
        *(tag("span", tag("span", class_=f"mark{kind}"), words) for kind, words in marks),
        tag("span", "Ctrl + wheel or buttons zoom; drag to move"),
        class_="legend",
    )


def _footer() -> Html:
    return tag(
        "footer",
        "Made by ",
        name_of("twin"),
        " from the run folders beside this file. Map data © OpenStreetMap contributors, ODbL. "
        "Residents are synthetic; no cell of fewer than five of them is shown.",
    )
