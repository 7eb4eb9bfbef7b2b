"""``twin map synth``: a synthetic city of any size."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated, Final

import typer

from twin.network.synthetic.request import DEFAULT_LAT, DEFAULT_LON, CityRequest

SYNTH_EXAMPLE: Final = (
    "Example: twin map synth --area-km2 4 --residents 30000 --grids 4 --out maps/newtown"
)


def synth(  # noqa: PLR0913, PLR0917 - typer reads one parameter an option
    area_km2: Annotated[float, typer.Option("--area-km2", help="Area of the city, its river too.")],
    residents: Annotated[int, typer.Option("--residents", help="People its homes have room for.")],
    grids: Annotated[int, typer.Option("--grids", help="Governance grids: the wards of the map.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the map.")],
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another city.")] = 1,
    districts: Annotated[
        int | None,
        typer.Option("--districts", help="Districts of whole grids; one for 18 if not given."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the map, that of the folder otherwise.")
    ] = None,
    lon: Annotated[
        float, typer.Option("--lon", help="Centre, degrees east; open sea if not given.")
    ] = DEFAULT_LON,
    lat: Annotated[float, typer.Option("--lat", help="Centre, degrees north.")] = DEFAULT_LAT,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Make a synthetic city: streets, land use, buildings, grids and services by standard."""
    from rich.console import Console  # noqa: PLC0415 - 0.1 s that --help need not pay

    from twin.cli.map import _show_report  # noqa: PLC0415 - it imports this module
    from twin.network.storage import check_target, read_manifest, write_map  # noqa: PLC0415
    from twin.network.synthetic.city import synthetic_map  # noqa: PLC0415

    request = CityRequest(
        area_km2=area_km2,
        residents=residents,
        grids=grids,
        seed=seed,
        districts=districts,
        name=name or out.name,
        lon=lon,
        lat=lat,
    )
    request.check()
    check_target(out)
    with Console(stderr=True).status("planning") as status:
        parts = synthetic_map(request, progress=status.update)
        status.update(f"writing {out}")
        write_map(out, parts)
    if as_json:
        typer.echo(json.dumps(read_manifest(out), ensure_ascii=False))
        return
    console = Console()
    _show_report(console, parts.report, title="synthetic city")
    console.print(f"map written to {out}", style="bold", markup=False, highlight=False)
