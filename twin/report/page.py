"""`report.html`: one file that needs no network, from run folders and the map folder."""

from __future__ import annotations

from importlib import resources
from pathlib import Path  # noqa: TC003 - the annotation of a public function
from string import Template
from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import MINUS
from twin.report import cards, sections
from twin.report.by_group import groups
from twin.report.facilities import facilities
from twin.report.html import Html, data_island, escape, join, name_of, switch, tag
from twin.report.picture import picture
from twin.report.places import facilities_table, map_credit, notice, simulated
from twin.report.planned import planned
from twin.report.street_shocks import street_shocks
from twin.report.who_bears import who_bears
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
    places = simulated(comparison, city)
    names = {} if city is None else {one.uid: one.name for one in city.facilities}
    names |= {one["uid"]: one["name"] for one in places}
    drawn = None if city is None else _drawn(comparison, city, places)
    notes = [] if city is None else list(city.notes)
    body = join(
        sections.heading(comparison),
        tag(
            "main",
            notice(comparison, city),
            cards.verdicts(comparison),
            _map_section(comparison, drawn),
            street_shocks(comparison),
            facilities(comparison),
            sections.measures_table(comparison),
            groups(comparison),
            who_bears(comparison),
            sections.changes(comparison, names),
            sections.assumed(comparison, facilities_table(comparison, city)),
            sections.warnings(comparison, notes),
            sections.provenance(comparison),
        ),
        _footer(city),
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


def _drawn(
    comparison: Comparison, city: City, places: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    gains = {name: comparison.gains(name) for name in comparison.scenarios}
    found = picture(city, gains, places)
    found["planned"] = {
        name: planned(city, comparison.scenario_document(name), places)
        for name in comparison.scenarios
    }
    return found


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
        f"{drawn['cell_m']} m cell, over {len(comparison.seeds)} paired seeds. Each scenario has "
        f"its own scale: compare places within a map, and maps by their legends.{left_out}"
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
            *(tag("span", id=f"tick-{place}") for place in range(5)),
            class_="ticks",
        ),
        class_="ramp",
    )
    marks = (
        ("", "real facility"),
        (" assumed", "assumed facility, not a real one"),
        (" planned", "changed by the scenario"),
    )
    return tag(
        "div",
        ramp,
        *(tag("span", tag("span", class_=f"mark{kind}"), words) for kind, words in marks),
        tag("span", "Ctrl + wheel or buttons zoom; drag to move", class_="keys"),
        class_="legend",
    )


def _footer(city: City | None) -> Html:
    return tag(
        "footer",
        "Made by ",
        name_of("twin"),
        f" from the run folders beside this file. {map_credit(city)} "
        "Residents are synthetic; no cell or group of fewer than five of them is shown.",
    )
