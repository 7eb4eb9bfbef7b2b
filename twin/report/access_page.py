"""Access to services as one page that needs no network: a map of places, tables by group."""

from __future__ import annotations

from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.experiment.words import number, service_words, subject
from twin.network.cells import cell_outline
from twin.report.html import Html, escape, join, name_of, section, table, tag
from twin.report.picture import MOST_POINTS, place_m
from twin.report.places import map_credit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.city.city import City

WIDTH: Final = 900
CLASSES_MIN: Final = (5, 10, 15, 30)
COLOURS: Final = ("#1b5e8a", "#5b9bc0", "#b8d3e2", "#f0c48a", "#c8641e")
"""Dark blue is near, orange far; told apart also without seeing red or green."""
NOWHERE: Final = "#8a8a8a"
_WORDS: Final = (
    *(f"up to {minutes} min" for minutes in CLASSES_MIN),
    f"above {CLASSES_MIN[-1]} min",
)
_SHARES: Final = tuple(f"access_share_{minutes}min" for minutes in CLASSES_MIN)
_COLUMNS: Final = (*_SHARES, "access_none_share", "access_mean_s", "access_p90_s")
_HEAD: Final = ("residents", "5 min", "10 min", "15 min", "30 min", "none", "mean", "9 in 10")


def access_page(document: Mapping[str, Any], city: City) -> str:
    """Return the page as text.

    Parameters
    ----------
    document
        Of `twin.experiment.access.access_document`.
    city
        City that it is about.
    """
    title = f"Access to services: {document['map']}"
    body = join(
        tag(
            "header",
            tag("p", "Before anything is run", class_="eyebrow"),
            tag("h1", name_of(title)),
            tag("p", _lead(document), class_="lead"),
        ),
        tag("main", *(_service(document, one, city) for one in document["services"])),
        tag(
            "footer",
            f"{map_credit(city)} Residents are synthetic; no place or "
            "group of fewer than five of them is shown.",
        ),
    )
    static = resources.files("twin.report") / "static"
    template = Template((static / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title),
        style=(static / "page.css").read_text(encoding="utf-8"),
        script="",
        body=body,
        data="",
    )


def _lead(document: Mapping[str, Any]) -> str:
    score = document["score"]
    return (
        f"Time of each of the {document['n_residents']:,} residents of scenario "
        f"{document['scenario']} to the nearest facility in operation that admits him or her, on "
        f"free streets, {document['date']}, by the best of {', '.join(document['modes'])} that is "
        "at hand, parking included. Everybody counts, whether or not a need arises; beyond the "
        f"cut-off is out of reach. The score ({score['method']}, {score['catchment_min']:g} min) "
        f"is {score['unit']}: it sees that neighbours share a facility."
    )


def _service(document: Mapping[str, Any], one: Mapping[str, Any], city: City) -> Html:
    name = service_words(one["service"])
    return section(
        one["service"],
        name.capitalize(),
        _map(one, city, by=document["by"]),
        _legend(),
        table(
            [document["by"], *_HEAD, "score"],
            [
                [
                    name_of(place["place"]),
                    f"{place['n_residents']:,}",
                    *_values(place),
                    "–" if place["score"] is None else f"{place['score']:,.1f}",
                ]
                for place in one["places"]
            ],
            caption=f"{name.capitalize()} by {document['by']}",
        ),
        table(
            ["who", *_HEAD, "Gini", "if alike"],
            _group_rows(one["measures"]),
            caption=(
                "By mode and by group; how unequal the times are of those who reach one: Gini "
                "index, and the time that would be as bad if all had it (Kolm-Pollak)"
            ),
        ),
    )


def _group_rows(rows: Sequence[Mapping[str, Any]]) -> list[list[object]]:
    values: dict[str, dict[str, Any]] = {}
    for row in rows:
        found = values.setdefault(row["group"], {})
        found[row["measure"]] = row["value"]
        if row["measure"] == _SHARES[0]:
            found["n"] = row["n"]
    return [
        [_who(group), f"{found['n']:,}", *_values(found), *_unequal(found)]
        for group, found in values.items()
    ]


def _unequal(values: Mapping[str, Any]) -> list[str]:
    """Return the Gini index and the Kolm-Pollak equivalent of the times, where there are any."""
    listed = (("access_gini", "index"), ("access_kp_ede_s", "s"))
    return [number(values.get(name), unit) for name, unit in listed]


def _who(group: str) -> str:
    words = "all residents" if group == "all" else subject(group)
    return words[:1].upper() + words[1:]


def _values(values: Mapping[str, Any]) -> list[str]:
    return [number(values[name], "s" if name.endswith("_s") else "share") for name in _COLUMNS]


def _map(one: Mapping[str, Any], city: City, *, by: str) -> Html:
    """Return the places coloured by mean time, with streets and facilities, as SVG."""
    graph = city.graph
    x_m, y_m = ((axis - axis.min()) // 1000 for axis in (graph.node_x_mm, graph.node_y_mm))
    width, height = max(1, int(x_m.max())), max(1, int(y_m.max()))
    colours = {place["place"]: _colour(place) for place in one["places"]}
    words = {place["place"]: _tip(place) for place in one["places"]}
    shapes = [
        tag(
            "path",
            tag("title", words[name]),
            # Numbers alone, and more of them than a text may have.
            d=Html(" ".join(_path(ring, height) for ring in rings)),
            fill=colours[name],
            fill_opacity="0.75",
            stroke="#fff",
            stroke_width=round(width / WIDTH, 2),
            fill_rule="evenodd",
        )
        for name, rings in _outlines(city, list(colours), by)
    ]
    dots = [
        tag(
            "circle",
            tag("title", name_of(place.name or place.uid)),
            cx=at[0],
            cy=height - at[1],
            r=round(5 * width / WIDTH, 1),
            fill="#111",
        )
        for place in city.facilities_of(one["service"])
        for at in [place_m(city, place.lon, place.lat)]
    ]
    return tag(
        "svg",
        *shapes,
        _streets(city, x_m, y_m, height=height, stroke=round(0.8 * width / WIDTH, 2)),
        *dots,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label="mean time to the nearest facility by place; the table holds the same",
        style="width:100%;max-height:80vh;background:#f4f2ee",
    )


def _outlines(
    city: City, names: Sequence[str], by: str
) -> list[tuple[str, list[list[tuple[int, int]]]]]:
    """Return the rings of each place in metres from the south-west corner."""
    if by == "h3":
        return [
            (name, [[place_m(city, lon, lat) for lon, lat in cell_outline(name)]]) for name in names
        ]
    origin = int(city.graph.node_x_mm.min()), int(city.graph.node_y_mm.min())
    rings_of = dict(zip(city.wards.names, city.wards.rings, strict=True))
    return [
        (
            name,
            [
                [((int(x) - origin[0]) // 1000, (int(y) - origin[1]) // 1000) for x, y in ring]
                for ring in rings_of[name]
            ],
        )
        for name in names
        if name in rings_of
    ]


def _streets(
    city: City,
    x_m: np.ndarray[Any, np.dtype[np.int64]],
    y_m: np.ndarray[Any, np.dtype[np.int64]],
    *,
    height: int,
    stroke: float,
) -> Html:
    """Return street links as straight lines, each direction once; none where too many."""
    graph = city.graph
    ends = np.sort(np.stack([graph.edge_source, graph.edge_target], axis=1), axis=1)
    links = np.unique(ends, axis=0)
    links = links if links.size <= MOST_POINTS else links[:0]
    lines = " ".join(
        f"M{x0} {height - y0}L{x1} {height - y1}"
        for (x0, x1), (y0, y1) in zip(x_m[links].tolist(), y_m[links].tolist(), strict=True)
    )
    return tag(
        "path", d=Html(lines), fill="none", stroke="#555", stroke_width=stroke, opacity="0.5"
    )


def _path(ring: Sequence[tuple[int, int]], height: int) -> str:
    return "M" + "L".join(f"{x} {height - y}" for x, y in ring) + "Z"


def _colour(place: Mapping[str, Any]) -> str:
    mean = place["access_mean_s"]
    if mean is None:
        return NOWHERE
    return COLOURS[sum(mean > 60 * minutes for minutes in CLASSES_MIN)]


def _tip(place: Mapping[str, Any]) -> str:
    mean = number(place["access_mean_s"], "s")
    none = number(place["access_none_share"], "share")
    return f"{place['place']}: mean {mean}, {none} out of reach, {place['n_residents']:,} residents"


def _legend() -> Html:
    def entry(colour: str, words: str) -> Html:
        box = f"display:inline-block;width:1em;height:1em;margin:0 .4em 0 1em;background:{colour}"
        return tag("span", tag("span", style=box), words)

    return tag(
        "p",
        "Mean time:",
        *(entry(colour, words) for colour, words in zip(COLOURS, _WORDS, strict=True)),
        entry(NOWHERE, "none within the cut-off"),
        ". Dots are facilities of the map.",
        class_="small",
    )
