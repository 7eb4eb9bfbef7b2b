"""A city of two dozen blocks, made on the spot, that uses every part of a run once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.network.map_import import import_map
from twin.network.storage import write_map

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N_SIDE: Final = 6
_STEP_DEG: Final = 0.001
_LON: Final = 7.42
_LAT: Final = 43.73
_FIRST_CORNER: Final = 10_000

SCENARIO: Final = """
name = "tiny"
map = "map"

[run]
start = 2024-01-08
days = 2
seeds = [1]

[population]
seed = 1
residents = 400

[[facilities]]
op = "add"
uid = "north"
service = "primary_care"
lon = 7.422
lat = 43.734
servers = 1

[[facilities]]
op = "add"
uid = "south"
service = "primary_care"
lon = 7.423
lat = 43.731
servers = 2

[[services]]
id = "primary_care"
needs_per_year = 60.0
service_time = {distribution = "lognormal", mean_s = 600, cv = 0.6}
default_hours = "Mo-Su 08:00-18:00"

[[interventions]]
id = "boards"
kind = "publish_waiting_times"
service = "primary_care"
from_day = 1

[[shocks]]
id = "works"
kind = "close_street"
ways = [1]
from_day = 1
to_day = 2
"""


def write_tiny_city(folder: Path) -> Path:
    """Write map and scenario below `folder`; return the scenario file."""
    source = folder / "tiny.osm"
    source.write_text("\n".join(_osm()), encoding="utf-8")
    write_map(folder / "map", import_map(source, name="tiny", home_country="MC"), source=source)
    scenario = folder / "tiny.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    return scenario


def _osm() -> Iterator[str]:
    """Yield the lines of an OSM file: a grid of streets, a house a block, one ward."""
    yield "<osm version='0.6'>"
    for row in range(N_SIDE):
        for column in range(N_SIDE):
            yield _node(_crossing(row, column), column, row)
    corners = [(-0.5, -0.5), (N_SIDE, -0.5), (N_SIDE, N_SIDE), (-0.5, N_SIDE)]
    for i, (x, y) in enumerate(corners):
        yield _node(_FIRST_CORNER + i, x, y)
    blocks = [(row, column) for row in range(N_SIDE - 1) for column in range(N_SIDE - 1)]
    for block, (row, column) in enumerate(blocks):
        for i, (x, y) in enumerate([(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]):
            yield _node(_first_of_house(block) + i, column + x, row + y)
    lines = range(N_SIDE)
    for line in lines:
        along = [_crossing(line, other) for other in lines]
        across = [_crossing(other, line) for other in lines]
        yield _way(1 + line, along, highway="residential", name=f"Street {line}")
        yield _way(100 + line, across, highway="residential", name=f"Avenue {line}")
    for block in range(len(blocks)):
        ring = [_first_of_house(block) + i for i in (0, 1, 2, 3, 0)]
        yield _way(1_000 + block, ring, building="apartments")
    yield _way(5_000, [_FIRST_CORNER + i for i in (0, 1, 2, 3, 0)], boundary="administrative")
    tags = _tags({"type": "boundary", "boundary": "administrative", "admin_level": "10"})
    yield f"<relation id='1'><member type='way' ref='5000' role='outer'/>{tags}</relation></osm>"


def _crossing(row: int, column: int) -> int:
    return 1 + row * N_SIDE + column


def _first_of_house(block: int) -> int:
    return 2 * _FIRST_CORNER + 4 * block


def _node(number: int, x: float, y: float) -> str:
    return (
        f"<node id='{number}' lon='{_LON + x * _STEP_DEG:.7f}' lat='{_LAT + y * _STEP_DEG:.7f}'/>"
    )


def _way(number: int, nodes: list[int], **tags: str) -> str:
    refs = "".join(f"<nd ref='{node}'/>" for node in nodes)
    return f"<way id='{number}'>{refs}{_tags(tags)}</way>"


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k='{key}' v='{value}'/>" for key, value in tags.items())
