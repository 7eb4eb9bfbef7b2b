"""``twin access``: how near services are to all residents, at once and without a run."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from twin.cli.output import note, say, write_json, write_table
from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.engine.preparation import Preparation

MOST_PLACES: Final = 30
"""Places that are shown in the terminal, those with the longest ways first."""
N_RESIDENTS: Final = 10_000
_SHARES: Final = tuple(f"access_share_{minutes}min" for minutes in (5, 10, 15, 30))
_TIMES: Final = ("access_mean_s", "access_p90_s")
_UNEQUAL: Final = {"Gini": "access_gini", "if alike": "access_kp_ede_s"}
"""Measures of how unequal the times are, by what stands above them."""
_HEAD: Final = ("residents", "5 min", "10 min", "15 min", "30 min", "none", "mean", "90 %")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(access)


def access(  # noqa: PLR0913 - one option each
    source: Annotated[Path, typer.Argument(metavar="MAP_OR_SCENARIO", help="Folder or file.")],
    *,
    service: Annotated[
        list[str] | None, typer.Option("--service", help="A service; not given: all there are.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Places: ward or h3 (needs twin[h3]).")] = "ward",
    resolution: Annotated[int, typer.Option("--resolution", help="Of H3 cells.")] = 9,
    method: Annotated[str, typer.Option("--method", help="Score: e2sfca or 2sfca.")] = "e2sfca",
    catchment: Annotated[
        float, typer.Option("--catchment", metavar="MIN", help="Minutes that the score looks.")
    ] = 30.0,
    day: Annotated[
        int | None, typer.Option("--day", help="Day of the run; else the end of what is measured.")
    ] = None,
    hour: Annotated[
        float | None, typer.Option("--hour", help="Hour of that day, as busy as it is; else noon.")
    ] = None,
    residents: Annotated[
        int, typer.Option("--residents", min=1, help="Residents of a map without a scenario.")
    ] = N_RESIDENTS,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY.PATH=VALUE", help="Lay a value over the file."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write tables and a picture here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Tell how near services are to all residents, by group, mode and place, without a run.

    Example:  twin access scenarios/monaco/baseline.toml --service primary_care --out access
    """
    from rich.console import Console  # noqa: PLC0415 - `twin --help` does without

    with Console(stderr=True).status("reading the city") as status:
        prep = _prepared(source, service or [], residents, settings or [])
        status.update("measuring access")
        from twin.experiment.access import access_document  # noqa: PLC0415 - kernels

        document = access_document(
            prep,
            services=service or (),
            by=by,
            method=method,
            catchment_min=catchment,
            day=day,
            hour=hour,
            resolution=resolution,
        )
    written = [] if out is None else _written(out, document, prep)
    if as_json:
        write_json(document)
    else:
        _tell(document)
    for path in written:
        note(f"wrote {path}")


def _prepared(
    source: Path, services: Sequence[str], residents: int, settings: Sequence[str]
) -> Preparation:
    from twin.engine.preparation import prepare  # noqa: PLC0415 - kernels
    from twin.scenario.inspection import city_of, inspected  # noqa: PLC0415 - heavy

    if source.is_dir():
        if settings:
            raise InputError("--set", "a map has no settings", expected="a scenario file")
        return _prepared_map(source, services, residents)
    from twin.scenario.load import load_scenario  # noqa: PLC0415 - heavy

    scenario = load_scenario(source, settings)
    city = city_of(scenario)
    inspected(scenario, city)
    return prepare(city, scenario)


def _prepared_map(source: Path, services: Sequence[str], residents: int) -> Preparation:
    """Return a map with residents along its homes and the facilities that it knows."""
    from twin.city.city import load_city  # noqa: PLC0415 - arrays
    from twin.engine.preparation import prepare  # noqa: PLC0415 - kernels
    from twin.scenario.bare import bare_scenario  # noqa: PLC0415 - heavy

    city = load_city(source)
    scenario = bare_scenario(city, source, services=services, residents=residents)
    note(
        f"a map without a scenario: {residents:,} assumed residents, alike in their needs; "
        "hours and staff that the map does not know are assumed too"
    )
    return prepare(city, scenario)


def _tell(document: Mapping[str, Any]) -> None:
    """Show what there is to say of each service, places with the longest ways first."""
    for one in document["services"]:
        name = one["title"] or one["service"].replace("_", " ")
        say(
            f"{name}: {one['n_facilities']} facilities in operation,"
            f" {one['server_hours']:,.0f} server-hours a week;"
            f" travel of at most {one['cutoff_s'] / 60:g} min, parking included"
        )
        groups = _by_group(one["measures"])
        write_table(
            ("who", *_HEAD, *_UNEQUAL),
            # Wards have a table of their own.
            [_group_line(label, row) for label, row in groups.items() if "zone=" not in label],
            title=f"{name}, {document['date']}: share of all residents within minutes",
        )
        _tell_places(document, one, name)
    say(f"score: {document['score']['method']}, {document['score']['unit']}")


def _tell_places(document: Mapping[str, Any], one: Mapping[str, Any], name: str) -> None:
    score = document["score"]
    places = sorted(one["places"], key=_remoteness)
    write_table(
        (document["by"], *_HEAD, "score"),
        [
            [place["place"], *_cells(place, place["n_residents"]), _number(place["score"], 1)]
            for place in places[:MOST_PLACES]
        ],
        title=(
            f"{name} by {document['by']}; score {_number(one['score'], 1)} in all, "
            f"{score['method']} within {score['catchment_min']:g} min"
        ),
    )
    if len(places) > MOST_PLACES:
        say(f"... and {len(places) - MOST_PLACES} more (--json or --out has all)")
    if one["n_hidden"]:
        say(f"not shown, in places of fewer than five residents: {one['n_hidden']}")


def _remoteness(place: Mapping[str, Any]) -> tuple[float, float]:
    return -place["access_none_share"], -(place["access_mean_s"] or 0.0)


def _by_group(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the values of each group, those by mode right after everybody."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["group"] != "all", "mode=" not in row["group"])):
        values = found.setdefault(row["group"], {})
        values[row["measure"]] = row["value"]
        if row["measure"] == _SHARES[0]:
            values["n"] = row["n"]
    return found


def _group_line(label: str, values: Mapping[str, Any]) -> list[str]:
    gini, alike = (values.get(name) for name in _UNEQUAL.values())
    unequal = [_number(gini, 3), _minutes(alike)]
    return [label.replace("=", " ").replace("_", " "), *_cells(values, values["n"]), *unequal]


def _cells(values: Mapping[str, Any], n: int) -> list[str]:
    shares = [_share(values[name]) for name in (*_SHARES, "access_none_share")]
    return [f"{n:,}", *shares, *(_minutes(values[name]) for name in _TIMES)]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value / 60:.1f} min"


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:,.{decimals}f}"


def _written(out: Path, document: Mapping[str, Any], prep: Preparation) -> list[Path]:
    """Write the document, a page and, for cells, their outlines; return the files."""
    from twin.cli.preflight import check_folder  # noqa: PLC0415
    from twin.network.cells import cells_geojson  # noqa: PLC0415
    from twin.report.access_page import access_page  # noqa: PLC0415
    from twin.results.storage import write_bytes_atomically  # noqa: PLC0415

    check_folder(out)
    made = {
        "access.json": json.dumps(document, indent=2, allow_nan=False),
        "access.html": access_page(document, prep.city),
    }
    for one in document["services"] if document["by"] == "h3" else ():
        cells = cells_geojson([place["place"] for place in one["places"]], one["places"])
        made[f"access_{one['service']}.geojson"] = json.dumps(cells, allow_nan=False)
    # Everything is made before anything is written.
    for name, text in made.items():
        write_bytes_atomically(out / name, text.encode())
    return [out / name for name in made]
