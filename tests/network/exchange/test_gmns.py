"""GMNS: what other people's tables mean, and that a map survives going out and coming back."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.small_network import square, write_csv
from tests.fixtures.two_blocks import build_two_blocks
from twin.errors import MapError
from twin.network.access import time_of
from twin.network.exchange.export import export_map
from twin.network.exchange.export_gmns import KMH_PER_MPS, car_kmh, safe_text
from twin.network.map_parts import MapParts
from twin.network.sources import Wishes, build_map
from twin.network.storage import read_map
from twin.network.street_graph import StreetGraph

NODES = [
    {"node_id": 1, "x_coord": 10.0, "y_coord": 50.0},
    {"node_id": 2, "x_coord": 10.001, "y_coord": 50.0},
    {"node_id": 3, "x_coord": 10.001, "y_coord": 50.001},
]
COLUMNS = (
    *("link_id", "from_node_id", "to_node_id", "directed", "length", "free_speed"),
    *("facility_type", "allowed_uses", "dir_flag", "geometry"),
)
WEST_TO_EAST = "LINESTRING (10 50, 10.0005 50.0002, 10.001 50)"
LINKS: list[dict[str, Any]] = [
    dict(zip(COLUMNS, row, strict=True))
    for row in (
        (1, 1, 2, "TRUE", 0.05, 25, "Arterial", "AUTO, BIKE", 1, WEST_TO_EAST),
        (2, 2, 1, "TRUE", 0.05, 25, "Arterial", "AUTO, BIKE", -1, WEST_TO_EAST),
        (3, 2, 3, "false", "", 30, "local", "ALL", "", ""),
        (4, 1, 3, 0, "", "", "SIDEWALK", "", "", ""),
        (5, 3, 1, 1, "", 30, "local", "truck;auto", "", ""),
    )
]
CONFIG = [{"dataset_name": "x", "long_length": "mile", "speed": "mph", "crs": "4326"}]


def gmns(folder: Path, links: list[dict[str, Any]] = LINKS, **tables: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in ({"node": NODES, "link": links} | tables).items():
        write_csv(folder / f"{name}.csv", rows)
    return folder


def built(folder: Path, **tables: Any) -> MapParts:
    return build_map(gmns(folder, **tables), name="gmns")


def edges(graph: StreetGraph) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for row in range(graph.n_edges):
        pair = (
            int(graph.node_id[graph.edge_source[row]]),
            int(graph.node_id[graph.edge_target[row]]),
        )
        found.setdefault(pair, []).append(row)
    return found


def test_units_come_from_the_config(tmp_path: Path) -> None:
    graph = built(tmp_path, config=CONFIG).graph
    row = edges(graph)[1, 2][0]
    assert graph.edge_length_mm[row] == 80_467  # 0.05 miles
    assert graph.travel_time_s("car")[row] == pytest.approx(0.05 / 25 * 3600, abs=0.001)


def test_without_a_config_lengths_are_measured_and_speeds_read_as_kmh(tmp_path: Path) -> None:
    parts = built(tmp_path)
    graph = parts.graph
    row = edges(graph)[1, 2][0]
    assert 84_000 < graph.edge_length_mm[row] < 86_000
    speed = graph.edge_length_mm[row] / 1000 / graph.travel_time_s("car")[row] * 3.6
    assert speed == pytest.approx(25, rel=1e-3)
    assert any("no config tells: measured" in what for what in parts.report.repaired)
    assert any("no config tells: read as km/h" in what for what in parts.report.repaired)


def test_directed_binds_every_mode_and_undirected_none(tmp_path: Path) -> None:
    graph = built(tmp_path, config=CONFIG).graph
    by_ends = edges(graph)
    assert (2, 3) in by_ends
    assert (3, 2) in by_ends
    # 5 leads from 3 to 1 only; what leads back is the sidewalk.
    assert [int(graph.edge_modes[row]) for row in by_ends[1, 3]] == [1]
    assert sorted(int(graph.edge_modes[row]) for row in by_ends[3, 1]) == [1, 4]


def test_uses_are_read_in_any_spelling(tmp_path: Path) -> None:
    parts = built(tmp_path, config=CONFIG)
    graph = parts.graph
    assert int(graph.edge_modes[edges(graph)[1, 2][0]]) == 6
    assert int(graph.edge_modes[edges(graph)[2, 3][0]]) == 7
    assert parts.report.number("dropped", "uses that are none of our modes: truck") == 1
    assert (
        parts.report.number("repaired", "links without uses: open to whom their class lets in") == 1
    )


def test_groups_of_uses(tmp_path: Path) -> None:
    links = [dict(row, allowed_uses="SOFT") if row["link_id"] == 3 else row for row in LINKS]
    groups = [{"use_group": "soft", "uses": "walk,bike", "description": ""}]
    graph = built(tmp_path, links=links, use_group=groups, config=CONFIG).graph
    assert int(graph.edge_modes[edges(graph)[2, 3][0]]) == 3


def test_shapes_against_their_link_are_turned_by_the_flag(tmp_path: Path) -> None:
    parts = built(tmp_path, config=CONFIG)
    graph = parts.graph
    row = edges(graph)[2, 1][0]
    x_mm = graph.geometry_x_mm[graph.geometry_start[row] : graph.geometry_start[row + 1]]
    assert x_mm.size == 3
    assert (np.diff(x_mm) < 0).all()
    assert not any("turned round" in what for what in parts.report.repaired)


def test_shapes_of_a_table_of_their_own(tmp_path: Path) -> None:
    links = [
        row | {"geometry": "", "geometry_id": "a" if row["link_id"] < 3 else ""} for row in LINKS
    ]
    geometry = [{"geometry_id": "a", "geometry": WEST_TO_EAST}]
    own = built(tmp_path / "a", config=CONFIG).graph
    named = built(tmp_path / "b", links=links, geometry=geometry, config=CONFIG).graph
    assert named.digest == own.digest


def test_one_file_stands_for_its_folder_and_zones_become_wards(tmp_path: Path) -> None:
    zones = [{"zone_id": 7, "name": "Z", "boundary": square(9.9, 49.9, 0.3)}]
    folder = gmns(tmp_path, config=CONFIG, zone=zones)
    parts = build_map(folder / "link.csv", name="m", wishes=Wishes(attribution="somebody, CC0"))
    assert parts.wards.names == ("Z",)
    assert parts.attribution == "somebody, CC0"


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"long_length": "furlong"}, "is 'furlong'"),
        ({"speed": "warp"}, "is 'warp'"),
        ({"crs": "Lambert 93"}, "is 'Lambert 93'"),
        ({"crs": "32632"}, "lie within 1 m"),
    ],
)
def test_wrong_configs(tmp_path: Path, config: dict[str, str], found: str) -> None:
    with pytest.raises(MapError, match=found):
        built(tmp_path, config=[CONFIG[0] | config])


@pytest.mark.parametrize("column", ["directed", "from_node_id", "link_id"])
def test_a_required_column_is_missing(tmp_path: Path, column: str) -> None:
    links = [{key: cell for key, cell in row.items() if key != column} for row in LINKS]
    with pytest.raises(MapError, match=rf"link\.csv: column `{column}`: there is no such column"):
        built(tmp_path, links=links)


def test_a_flag_that_is_none(tmp_path: Path) -> None:
    links = [dict(row, directed="maybe") for row in LINKS]
    with pytest.raises(MapError, match=r"link\.csv:2: column `directed`: is 'maybe'"):
        built(tmp_path, links=links)


@pytest.fixture(scope="module")
def monaco(root: Path) -> MapParts:
    return read_map(root / "maps" / "monaco")


def test_out_and_back_nothing_but_shares_of_parts_is_lost(monaco: MapParts, tmp_path: Path) -> None:
    export_map(monaco, "gmns", tmp_path / "out")
    back = build_map(tmp_path / "out", name="back")
    for field in fields(StreetGraph):
        here, there = getattr(monaco.graph, field.name), getattr(back.graph, field.name)
        if field.name == "component_share":
            # The streets outside the largest parts stayed behind: what came back is whole.
            assert there == (1.0, 1.0, 1.0)
        elif isinstance(here, np.ndarray):
            assert np.array_equal(here, there), field.name
        else:
            assert here == there, field.name
    assert back.wards.names == tuple(sorted(monaco.wards.names))
    assert back.attribution == monaco.attribution


def test_an_export_is_whole_or_not_at_all(monaco: MapParts, tmp_path: Path) -> None:
    from twin.errors import InputError

    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("x")
    with pytest.raises(InputError, match="is not empty"):
        export_map(monaco, "gmns", tmp_path / "out")
    with pytest.raises(InputError, match="did you mean `gmns`"):
        export_map(monaco, "gmsn", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_population_of_wards_goes_out_and_comes_back(tmp_path: Path) -> None:
    from dataclasses import replace

    parts = read_map(build_two_blocks(tmp_path, has_wards=True))
    people = replace(parts.wards, population=np.array([12, 30], np.int64))
    export_map(replace(parts, wards=people), "gmns", tmp_path / "out")
    back = build_map(tmp_path / "out", name="back")
    assert back.wards.population is not None
    found = dict(zip(back.wards.names, back.wards.population.tolist(), strict=True))
    assert found == dict(zip(parts.wards.names, (12, 30), strict=True))


@given(
    st.lists(st.tuples(st.integers(1, 5_000_000), st.floats(1.0, 130.0)), min_size=1, max_size=20)
)
def test_the_speed_that_goes_out_gives_the_time_again(links: list[tuple[int, float]]) -> None:
    length_mm = np.array([length for length, _ in links], np.int32)
    time_ms = time_of(length_mm, np.array([kmh for _, kmh in links]) / KMH_PER_MPS)
    kmh = np.clip(car_kmh(length_mm, time_ms), 1.0, 130.0)
    assert np.array_equal(time_of(length_mm, kmh / KMH_PER_MPS), time_ms)


def test_speeds_go_out_as_round_as_they_came_in() -> None:
    length_mm = np.array([100_000, 123_456, 30_000], np.int32)
    time_ms = time_of(length_mm, np.array([50.0, 37.5, 30.0]) / KMH_PER_MPS)
    assert car_kmh(length_mm, time_ms).tolist() == [50.0, 37.5, 30.0]
    assert np.isnan(car_kmh(length_mm[:1], np.array([-1], np.int32))[0])


def test_a_name_is_no_formula(tmp_path: Path) -> None:
    assert safe_text("=1+1") == " =1+1"
    assert safe_text("Main Street") == "Main Street"
    links = [dict(row, name="=cmd()") for row in LINKS]
    parts = built(tmp_path / "in", links=links, config=CONFIG)
    export_map(parts, "gmns", tmp_path / "out")
    with (tmp_path / "out" / "link.csv").open(encoding="utf-8") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {" =cmd()"}
    assert build_map(tmp_path / "out", name="m").graph.names == ("=cmd()",)
