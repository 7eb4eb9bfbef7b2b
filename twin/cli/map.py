"""``twin map``: build a map folder from an OpenStreetMap extract, and look at one."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.map_synth import SYNTH_EXAMPLE, synth

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from twin.network.import_report import ImportReport
    from twin.network.map_parts import MapParts

app = typer.Typer(
    name="map",
    help="Build maps from OpenStreetMap extracts, and look at them.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def register(parent: typer.Typer) -> None:
    """Add the sub-commands of ``map`` to `parent`."""
    app.command("synth", epilog=SYNTH_EXAMPLE)(synth)
    parent.add_typer(app, name="map")


@app.command("build", epilog="Example: twin map build extract.osm.pbf --out maps/mycity")
def build(
    source: Annotated[
        Path, typer.Argument(help="An extract: .osm, .osm.gz, .osm.bz2 or .osm.pbf.")
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
    *,
    as_json: Json = False,
) -> None:
    """Import an OpenStreetMap extract; print what was kept, repaired and dropped."""
    from rich.console import Console  # noqa: PLC0415 - 0.1 s that --help need not pay

    from twin.network.map_import import import_map  # noqa: PLC0415
    from twin.network.storage import check_target, read_manifest, write_map  # noqa: PLC0415

    _require_file(source)
    check_target(out)
    with Console(stderr=True).status(f"reading {source.name}") as status:
        parts = import_map(
            source,
            name=out.name,
            ward_level=ward_level,
            home_country=home_country,
            progress=status.update,
        )
        status.update(f"writing {out}")
        write_map(out, parts, source=source)
    if as_json:
        typer.echo(json.dumps(read_manifest(out), ensure_ascii=False))
        return
    console = Console()
    _show_report(console, parts.report)
    console.print(f"map written to {out}", style="bold", markup=False, highlight=False)


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


def _require_file(source: Path) -> None:
    from twin.errors import InputError  # noqa: PLC0415

    if not source.is_file():
        raise InputError(
            str(source),
            "is a folder" if source.is_dir() else "no such file",
            expected="an OpenStreetMap extract: .osm, .osm.gz, .osm.bz2 or .osm.pbf",
            hint="place names are not looked up: download an extract and give its path",
        )


def _show_facts(console: Console, parts: MapParts, facts: dict[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=_text(f"map {parts.name}"), show_header=False, title_justify="left")
    table.add_column()
    table.add_column(overflow="fold")
    for key, value in facts.items():
        if key != "report":
            table.add_row(_text(key.replace("_", " ")), _text(_plain(value)))
    console.print(table)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value)
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
