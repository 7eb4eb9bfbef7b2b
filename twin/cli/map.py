"""``twin map``: build a map folder from a source of any kind, look at one, export it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from twin.cli.map_synth import SYNTH_EXAMPLE, synth
from twin.cli.output import plain, say, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.text import Text

    from twin.network.import_report import ImportReport
    from twin.network.map_parts import MapParts

app = typer.Typer(
    name="map",
    help="Build maps from OpenStreetMap and other networks, look at them, export them.",
    no_args_is_help=True,
)

EXTRACTS: Final = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf")

MOST_NAMED: Final = 20
"""Names of one list that are shown; ``--json`` has all."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def register(parent: typer.Typer) -> None:
    """Add the sub-commands of ``map`` to `parent`."""
    app.command("synth", epilog=SYNTH_EXAMPLE)(synth)
    parent.add_typer(app, name="map")


@app.command("build", epilog="Example: twin map build extract.osm.pbf --out maps/mycity")
def build(
    source: Annotated[
        str,
        typer.Argument(
            help="An extract (.osm, .osm.gz, .osm.bz2, .osm.pbf), a recipe (.toml), a folder of"
            " GMNS tables, SUMO's .nod.xml, or the name of a place (asks OpenStreetMap)."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the map.")],
    ward_level: Annotated[
        str | None,
        typer.Option(
            "--ward-level", help="admin_level of a ward (the finest of 10 and 9 if not given)."
        ),
    ] = None,
    home_country: Annotated[
        str | None,
        typer.Option("--home-country", help="Two-letter code of homes outside complete wards."),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option("--crs", help="EPSG code of GMNS or SUMO coordinates, such as EPSG:32650."),
    ] = None,
    attribution: Annotated[
        str | None,
        typer.Option("--attribution", help="Whom to name for GMNS or SUMO data, and its licence."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Build a map of streets, buildings, wards and facilities; say what was kept and dropped.

    Only the name of a place goes online: one question to Nominatim, one to Overpass.
    """
    from rich.console import Console  # noqa: PLC0415 - 0.1 s that --help need not pay

    from twin.network.sources import Wishes, build_map, is_extract  # noqa: PLC0415
    from twin.network.storage import check_target, read_manifest, write_map  # noqa: PLC0415

    check_target(out)
    with Console(stderr=True).status("reading") as status:

        def told(words: str) -> None:
            status.update(_text(plain(words)))

        path = _found(source, out, ward_level, told)
        wishes = Wishes(ward_level, home_country, crs, attribution)
        parts = build_map(path, name=out.name, wishes=wishes, progress=told)
        told(f"writing {out}")
        write_map(out, parts, source=path if is_extract(path) else None)
    if as_json:
        typer.echo(json.dumps(read_manifest(out), ensure_ascii=False))
        return
    console = Console()
    _show_report(console, parts.report)
    console.print(f"map written to {out}", style="bold", markup=False, highlight=False)


@app.command("export", epilog="Example: twin map export maps/monaco --format gmns --out gmns")
def export(
    folder: Annotated[Path, typer.Argument(metavar="MAP", help="A map folder.")],
    form: Annotated[str, typer.Option("--format", help="gmns or geoparquet.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write; new or empty.")],
    *,
    as_json: Json = False,
) -> None:
    """Write a map in a format that other programs read."""
    from twin.network.exchange.export import export_map  # noqa: PLC0415
    from twin.network.storage import read_map  # noqa: PLC0415

    names = export_map(read_map(folder), form, out)
    if as_json:
        write_json({"folder": str(out), "format": form, "files": names})
        return
    for name in names:
        say(str(out / name))


@app.command("info", epilog="Example: twin map info maps/monaco")
def info(
    folder: Annotated[Path, typer.Argument(metavar="MAP", help="A map folder.")],
    *,
    as_json: Json = False,
) -> None:
    """Print the facts of a map, verified against its digest."""
    from rich.console import Console  # noqa: PLC0415 - 0.1 s that --help need not pay

    from twin.network.facts import map_facts  # noqa: PLC0415
    from twin.network.storage import read_map  # noqa: PLC0415

    parts = read_map(folder)
    facts = map_facts(parts)
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    console = Console()
    _show_facts(console, parts, facts)
    _show_report(console, parts.report)


def _found(source: str, out: Path, ward_level: str | None, told: Callable[[str], None]) -> Path:
    """Return the file or folder of a source; fetches an extract if it names a place."""
    from twin.errors import InputError  # noqa: PLC0415
    from twin.network.sources import is_place_name  # noqa: PLC0415

    path = Path(source)
    try:
        is_there = path.exists()
    except (OSError, ValueError) as error:  # too long, or a zero byte
        raise InputError(repr(source[:80]), "is no path and no place") from error
    if not is_there and is_place_name(source):
        from twin.network.place import extract_of_place  # noqa: PLC0415

        return extract_of_place(source, ward_level=ward_level, progress=told)
    folder = path if path.is_dir() else path.parent
    if is_there and folder.resolve() == out.resolve() and not source.lower().endswith(EXTRACTS):
        raise InputError(
            source,
            "its tables lie in the folder of the map, which would be replaced",
            expected="sources in a folder of their own",
            hint=f"move them to {out / 'source'}",
        )
    return path


def _show_facts(console: Console, parts: MapParts, facts: dict[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=_text(f"map {parts.name}"), show_header=False, title_justify="left")
    table.add_column()
    table.add_column(overflow="fold")
    for key, value in facts.items():
        if key != "report" and value not in (None, []):
            table.add_row(_text(key.replace("_", " ")), _text(_plain(value)))
    console.print(table)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        more = f" and {len(value) - MOST_NAMED:,} more" if len(value) > MOST_NAMED else ""
        return ", ".join(_plain(part) for part in value[:MOST_NAMED]) + more
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _text(words: str) -> Text:
    """Return words as they are: names in a map are no markup."""
    from rich.text import Text  # noqa: PLC0415

    return Text(words)


def _show_report(console: Console, report: ImportReport, title: str = "import") -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("what")
    table.add_column("number", justify="right")
    table.add_column("for example")
    for verdict, what, number, examples in report.rows():
        table.add_row(verdict, _text(what), f"{number:,}", _text(", ".join(examples[:2])))
    console.print(table)
