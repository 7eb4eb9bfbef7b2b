"""Which facilities are real and which are assumed: said before any verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import DASH, service_words
from twin.report.html import Html, join, name_of, table, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twin.city.city import City
    from twin.experiment.comparison import Comparison

Place = dict[str, Any]
REAL: Final = frozenset({"sourced", "derived"})
MOST_NAMED: Final = 8
"""Services of the map that are named in the notice; the table below has them all."""
MOST_ROWS: Final = 200


def simulated(comparison: Comparison, city: City | None) -> list[Place]:
    """Return the facilities that the baseline began with, from its runs or else the map."""
    listed = comparison.runs_of(comparison.baseline)[0].manifest.get("facilities")
    if listed:
        return [place for place in listed if place["is_active"]]
    services = _services(comparison)
    known = () if city is None else city.facilities
    names = ("uid", "service", "name", "lon", "lat", "tag", "source", "servers", "hours")
    return [
        {name: getattr(one, name) for name in names} for one in known if one.service in services
    ]


def notice(comparison: Comparison, city: City | None) -> Html | None:
    """Return what is assumed and what is real, in two sentences, or None without facilities."""
    places = simulated(comparison, city)
    if not places:
        return None
    sentences = [_assumed_words(places, service) for service in _services(comparison)]
    is_assumed = any(place["tag"] not in REAL for place in places)
    others = _others(comparison, city)
    return tag(
        "aside",
        tag("h2", "What is assumed and what is real"),
        *(tag("p", *words) for words in sentences if words),
        _real_words(city, others) if city is not None else None,
        class_="notice assumed" if is_assumed else "notice",
        aria_label="what is assumed and what is real",
    )


def _assumed_words(places: Sequence[Place], service: str) -> list[object]:
    """Return how many facilities of a service are assumed."""
    own = [place for place in places if place["service"] == service]
    if not own:
        return []
    n, is_one = sum(place["tag"] not in REAL for place in own), len(own) == 1
    what = f"{len(own):,} {service_words(service)} facilities"
    if is_one:
        what = f"only {service_words(service)} facility"
    verb = "is" if is_one else "are"
    if n == 0:
        return [f"The {what} {verb} real: OpenStreetMap or a sourced table says so."]
    whole = f"The {what} is" if is_one else f"All {what} are"
    some = whole if n == len(own) else f"{n:,} of the {what} are"
    what_it_means = (
        ", not real: their places, staff and hours were made up to have a case to compute. "
        "Their rings on the map are dashed."
    )
    return [tag("strong", f"{some} assumed", class_="bad"), what_it_means]


def _real_words(city: City, others: Counter[str]) -> Html:
    """Return what the map's source says: streets, buildings, wards and what is not simulated."""
    parts = [f"{city.graph.n_edges:,} street links"]
    if len(city.buildings.building_id):
        parts.append(f"{len(city.buildings.building_id):,} buildings")
    if city.wards.names:
        parts.append(f"{len(city.wards.names)} wards")
    listed = [f"{service_words(name)} {n:,}" for name, n in others.most_common(MOST_NAMED)]
    if len(others) > MOST_NAMED:
        listed.append("others")
    services = ""
    if listed:
        services = (
            f" So are {sum(others.values()):,} more facilities ({', '.join(listed)}): "
            "they are on the map, and this comparison simulates none of them."
        )
    source = "OpenStreetMap" if city.is_of_openstreetmap else "the source of the map"
    said = f", from {source}: {', '.join(parts)}.{services} Residents are synthetic. "
    if city.is_synthetic:
        said = f": the whole city is synthetic, {', '.join(parts)} and all residents. "
    return tag(
        "p",
        tag("strong", "Nothing here is real" if city.is_synthetic else "Real"),
        said,
        tag("a", "All facilities and assumptions", href="#assumptions"),
    )


def map_credit(city: City | None) -> str:
    """Return whom a reader must be told of for the map; OpenStreetMap where it is gone."""
    if city is not None and city.is_synthetic:
        return "The city is synthetic."
    if city is None or city.is_of_openstreetmap:
        return "Map data © OpenStreetMap contributors, ODbL."
    return f"Map data: {city.attribution.rstrip('.') or 'no source is named'}."


def facilities_table(comparison: Comparison, city: City | None) -> Html | None:
    """Return the simulated facilities with their tags, assumed ones first, and the map's others."""
    places = sorted(
        simulated(comparison, city), key=lambda one: (one["tag"] in REAL, one["service"])
    )
    if not places:
        return None
    rows: list[Sequence[object]] = [
        [
            name_of(one["name"] or one["uid"]),
            service_words(one["service"]),
            tag("span", one["tag"], class_=f"tagged {_word(one['tag'])}"),
            one["servers"] if one["servers"] is not None else DASH,
            one["hours"] or DASH,
        ]
        for one in places[:MOST_ROWS]
    ]
    cut = f"; the first {MOST_ROWS} of {len(places):,}" if len(places) > MOST_ROWS else ""
    return join(
        table(
            ["facility", "service", "tag", "servers", "hours"],
            rows,
            caption=f"Simulated facilities as the baseline begins{cut}",
            class_="wrap",
        ),
        _others_line(_others(comparison, city)),
    )


def _others_line(others: Mapping[str, int]) -> Html | None:
    if not others:
        return None
    counted = ", ".join(f"{service_words(name)} {n:,}" for name, n in sorted(others.items()))
    return tag("p", f"On the map, real and not simulated: {counted}.", class_="small")


def _others(comparison: Comparison, city: City | None) -> Counter[str]:
    """Return how many real facilities of services that are not simulated the map has."""
    services = _services(comparison)
    known: Iterable[Any] = () if city is None else city.facilities
    return Counter(one.service for one in known if one.service not in services and one.tag in REAL)


def _services(comparison: Comparison) -> list[str]:
    document = comparison.scenario_document(comparison.baseline)
    return [str(one["id"]) for one in document.get("services") or []]


def _word(text: str) -> str:
    return text if text in {"assumed", "fitted", "derived", "sourced"} else "other"
