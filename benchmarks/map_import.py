"""From an extract to a usable city, and a built map read again."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.record import ROOT, Row, Skipped, Timing, timed, timed_command

PORTO: Final = ROOT.parent / "shared" / "maps" / "reference" / "porto_portugal.osm.pbf"
MONACO: Final = ROOT / "maps" / "monaco" / "monaco.osm.pbf"
_BYTES_A_KIB: Final = 1024
_MODES: Final = ("walk", "bicycle", "car")


def measure() -> list[Row]:
    """Measure the import of Porto, its second load, and Monaco's against osmnx."""
    rows = _against_osmnx()
    if not PORTO.is_file():
        reason = f"{PORTO.name} stands beside the project where its owners put it"
        raise Skipped(reason)
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "porto-{repeat}")
        build = timed_command(["-m", "twin", "map", "build", str(PORTO), "--out", out, "--json"])
        peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _BYTES_A_KIB / 1e9
        rows += [
            Row(
                f"Porto, extract to written map, peak {peak_gb:.2f} GB",
                build,
                goal="wall <= 20 s, <= 2 GB",
            ),
            Row("Porto, second load", _loaded(Path(folder) / "porto-1"), goal="wall <= 0.3 s"),
        ]
    return rows


def _loaded(folder: Path) -> Timing:
    from twin.network.storage import read_map  # noqa: PLC0415 - imports are no part of it

    return timed(lambda: read_map(folder))


def _against_osmnx() -> list[Row]:
    """Import the streets of Monaco in all modes, as osmnx does it and as we do."""
    from twin.network.osm import reference_graph  # noqa: PLC0415 - osmnx takes seconds
    from twin.network.street_graph import StreetGraph  # noqa: PLC0415

    peer = timed(lambda: [reference_graph(MONACO, mode) for mode in _MODES], n_repeats=5)
    ours = timed(lambda: StreetGraph.from_osm(MONACO), n_repeats=5)
    return [
        Row("Monaco, streets of three modes, osmnx", peer),
        Row(
            "Monaco, streets of three modes, twin",
            ours,
            ratio=peer.cpu_s / ours.cpu_s,
            against="osmnx",
        ),
    ]
