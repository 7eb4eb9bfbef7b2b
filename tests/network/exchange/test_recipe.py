"""Recipes: tables of anybody become a map, and every slip is told with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.small_network import LINKS, NODES, RECIPE, square, write_csv, write_recipe
from twin.errors import InputErrors, MapError
from twin.network.map_parts import MapParts
from twin.network.sources import build_map
from twin.network.storage import read_map, write_map
from twin.network.street_graph import StreetGraph
from twin.network.travel import times_to

Rows = list[dict[str, Any]]


def built(folder: Path, **tables: Any) -> MapParts:
    return build_map(write_recipe(folder, **tables), name="square")


def edge(graph: StreetGraph, source: int, target: int) -> int:
    ends = zip(graph.node_id[graph.edge_source], graph.node_id[graph.edge_target], strict=True)
    rows = [row for row, pair in enumerate(ends) if pair == (source, target)]
    assert len(rows) == 1, (source, target, rows)
    return rows[0]


def changed(rows: Rows, row: int, **cells: object) -> Rows:
    return [one | cells if i == row else dict(one) for i, one in enumerate(rows)]


def test_what_the_tables_say_is_what_the_map_has(tmp_path: Path) -> None:
    parts = built(tmp_path)
    graph = parts.graph
    assert sorted(graph.node_id.tolist()) == [1, 2, 3, 4]
    south = edge(graph, 1, 2)
    assert graph.edge_length_mm[south] == 80_000
    assert graph.travel_time_s("car")[south] == pytest.approx(80 / (50 / 3.6), abs=0.001)
    assert graph.highway_class(south) == "primary"
    assert graph.ways_named("South") == [10]
    # Without a stated length the shape tells it; without a speed the class does.
    assert graph.edge_length_mm[edge(graph, 2, 3)] == pytest.approx(111_195, rel=1e-3)
    assert graph.travel_time_s("car")[edge(graph, 3, 4)] == pytest.approx(
        70 / (30 / 3.6), abs=0.001
    )
    assert parts.report.number("repaired", "links without `kmh`: class default taken") == 1
    assert (parts.attribution, parts.notes) == ("drawn for a test", ("lies in a field",))


def test_one_way_binds_vehicles_and_not_people_on_foot(tmp_path: Path) -> None:
    graph = built(tmp_path).graph
    # 40 is drawn from 1 to 4 and leads from 4 to 1.
    assert graph.edge_modes[edge(graph, 4, 1)] == 7
    assert graph.edge_modes[edge(graph, 1, 4)] == 1
    assert graph.edge_modes[edge(graph, 4, 3)] == 1
    bound = built(tmp_path, recipe=RECIPE + 'one_way_for = ["walk", "bicycle", "car"]\n').graph
    assert bound.n_edges == graph.n_edges - 2


def test_a_map_is_written_and_read_with_its_wards_and_notes(tmp_path: Path) -> None:
    zones = [
        {"zone": 10, "people": 30, "area": square(9.99, 49.99, 0.05)},
        {"zone": 2, "people": 70, "area": square(11.0, 49.99, 0.05)},
    ]
    parts = built(tmp_path / "source", zones=zones)
    write_map(tmp_path / "map", parts)
    back = read_map(tmp_path / "map")
    # 2 before 10: numbers are no words.
    assert back.wards.names == ("2", "10")
    assert back.wards.population is not None
    assert back.wards.population.tolist() == [70, 30]
    assert back.notes == parts.notes
    assert back.graph.digest == parts.graph.digest


def test_the_order_of_rows_leaves_no_trace(tmp_path: Path) -> None:
    one = built(tmp_path / "a").graph
    other = built(tmp_path / "b", nodes=NODES[::-1], links=LINKS[::-1]).graph
    assert one.digest == other.digest


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    one = built(tmp_path / "a").graph
    folder = tmp_path / "b"
    path = write_recipe(folder, recipe=RECIPE.replace(".csv", ".parquet"))
    for name, rows in (("nodes", NODES), ("links", LINKS)):
        columns = {
            key: pa.array([None if row[key] == "" else row[key] for row in rows]) for key in rows[0]
        }
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    assert build_map(path, name="square").graph.digest == one.digest


def test_shapes_as_text_and_as_bytes_are_one(tmp_path: Path) -> None:
    line = shapely.from_wkt("LINESTRING (10 50, 10.0005 50.0003, 10.001 50)")
    with_shape = changed(LINKS, 0, shape=line.wkt, m="")
    recipe = RECIPE + 'geometry = "shape"\n'
    for link in with_shape[1:]:
        link["shape"] = ""
    text = built(tmp_path / "a", links=with_shape, recipe=recipe)
    graph = text.graph
    row = edge(graph, 1, 2)
    assert graph.geometry_start[row + 1] - graph.geometry_start[row] == 3
    assert 96_000 < graph.edge_length_mm[row] < 100_000  # 71.5 m straight
    assert (
        text.report.number("repaired", "links without a shape that can be read: drawn straight")
        == 3
    )
    folder = tmp_path / "b"
    path = write_recipe(folder, recipe=recipe.replace("links.csv", "links.parquet"))
    columns = {
        key: pa.array([None if r[key] == "" else r[key] for r in with_shape]) for key in LINKS[0]
    }
    columns["shape"] = pa.array([line.wkb, None, None, None], pa.binary())
    pq.write_table(pa.table(columns), folder / "links.parquet")
    assert build_map(path, name="square").graph.digest == graph.digest


@pytest.mark.parametrize(
    ("wkt", "what"),
    [
        ("LINESTRING (10.001 50, 10.0005 50.0003, 10 50)", "shapes drawn from the other end"),
        ("LINESTRING (20 50, 20.0005 50.0003)", "shapes far from their nodes"),
        ("POINT (10 50)", "shapes that are no single line"),
        ("MULTILINESTRING ((10 50, 10.0001 50), (10.0009 50, 10.001 50))", "no single line"),
        ("LINESTRING (10 50, oops)", "without a shape that can be read"),
        ("LINESTRING (10 50, nan nan, 10.001 50)", "shape"),
    ],
)
def test_shapes_that_do_not_fit_are_repaired_and_counted(
    tmp_path: Path, wkt: str, what: str
) -> None:
    links = [dict(row, shape="") for row in changed(LINKS, 0, m="")]
    links[0]["shape"] = wkt
    parts = built(tmp_path, links=links, recipe=RECIPE + 'geometry = "shape"\n')
    assert any(what in words for words in parts.report.repaired)
    row = edge(parts.graph, 1, 2)
    assert 71_000 < parts.graph.edge_length_mm[row] < 110_000


def test_projected_coordinates(tmp_path: Path) -> None:
    recipe = RECIPE.replace("[nodes]", 'crs = "EPSG:32632"\n[nodes]', 1)
    # 10 degrees east, 50 north in UTM zone 32.
    nodes = [row | {"x": 571_666.45 + 72 * i, "y": 5_539_109.82} for i, row in enumerate(NODES)]
    graph = built(tmp_path, nodes=nodes, recipe=recipe).graph
    first = int(np.flatnonzero(graph.node_id == 1)[0])
    assert graph.node_lon_e7[first] / 1e7 == pytest.approx(10.0, abs=1e-6)
    assert graph.node_lat_e7[first] / 1e7 == pytest.approx(50.0, abs=1e-6)


def test_rows_that_the_recipe_skips(tmp_path: Path) -> None:
    nodes = [dict(row, kind="real") for row in NODES]
    nodes.append({"id": 9, "x": 10.0005, "y": 50.0005, "kind": "centroid"})
    links = [*LINKS, changed(LINKS, 0, id=99, to=9)[0]]
    recipe = RECIPE.replace('y    = "y"', 'y    = "y"\nskip = {kind = ["centroid"]}')
    parts = built(tmp_path, nodes=nodes, links=links, recipe=recipe)
    assert parts.report.number("dropped", "nodes whose kind is centroid") == 1
    assert parts.report.number("dropped", "links to nodes that are left out") == 1
    assert 9 not in parts.graph.node_id


def test_letters_of_modes_and_what_the_class_adds(tmp_path: Path) -> None:
    links = [dict(row, modes="ct") for row in LINKS]
    links[0] |= {"class": "motorway"}
    recipe = (
        RECIPE + 'modes = "modes"\n[modes]\nby_class = ["walk"]\nwords = {c = ["car"], t = []}\n'
    )
    parts = built(tmp_path, links=links, recipe=recipe)
    graph = parts.graph
    assert graph.edge_modes[edge(graph, 1, 2)] == 4
    assert graph.edge_modes[edge(graph, 2, 3)] == 5
    assert parts.report.number("repaired", "links open to walk by their class (assumed)") == 3


def test_ids_may_be_words_and_overflow_is_no_way(tmp_path: Path) -> None:
    nodes = [row | {"id": f"n{row['id']}"} for row in NODES]
    links = [
        row | {"from": f"n{row['from']}", "to": f"n{row['to']}", "osm": 2147483647 if i else 77}
        for i, row in enumerate(LINKS)
    ]
    parts = built(tmp_path, nodes=nodes, links=links, recipe=RECIPE + 'way = "osm"\n')
    assert parts.graph.node_id.tolist().count(1) == 1
    assert parts.report.number("repaired", "nodes whose ids are no whole numbers: numbered by text")
    what = "ids of ways that overflowed 32 bits: taken as missing"
    assert parts.report.number("repaired", what) == 3
    assert set(parts.graph.edge_way.tolist()) == {77, -20, -30, -40}


@settings(max_examples=15)
@given(st.permutations(range(4)), st.integers(0, 3))
def test_times_do_not_depend_on_how_links_are_drawn(order: list[int], flipped: int) -> None:
    import tempfile

    links = [dict(LINKS[i]) for i in order]
    turned = links[flipped]
    turned["from"], turned["to"], turned["dir"] = turned["to"], turned["from"], -turned["dir"]
    with tempfile.TemporaryDirectory() as name:
        one = built(Path(name) / "a").graph
        other = built(Path(name) / "b", links=links).graph
    for mode in ("walk", "bicycle", "car"):
        for node in range(one.n_nodes):
            assert np.array_equal(times_to(one, node, mode), times_to(other, node, mode))


WRONG_TABLES: list[tuple[Callable[[], tuple[Rows, Rows]], str, str]] = [
    (lambda: (changed(NODES, 1, x="nan"), LINKS), "nodes.csv:3: column `x`", "is nan"),
    (lambda: (changed(NODES, 1, x=""), LINKS), "nodes.csv:3: column `x`", "is empty"),
    (lambda: (changed(NODES, 1, x="1e400"), LINKS), "nodes.csv:3", "infinite"),
    (lambda: (changed(NODES, 1, x="east"), LINKS), "nodes.csv:3", "'east'"),
    (lambda: (changed(NODES, 1, y=91), LINKS), "nodes.csv:3", "no place in OGC:CRS84"),
    (lambda: (changed(NODES, 1, x=50, y=110), LINKS), "nodes.csv:3", "exchanged"),
    (lambda: (changed(NODES, 2, id=1), LINKS), "nodes.csv:4: column `id`", "'1' is given twice"),
    (lambda: (changed(NODES, 2, id="1.0"), LINKS), "nodes.csv:4: column `id`", "given twice"),
    (lambda: (changed(NODES, 2, id=""), LINKS), "nodes.csv:4: column `id`", "is empty"),
    (lambda: (NODES, changed(LINKS, 2, id=10)), "links.csv:4: column `id`", "given twice"),
    (lambda: (NODES, changed(LINKS, 2, to=5)), "links.csv:4: column `to`", "there is no node '5'"),
    (lambda: (NODES, changed(LINKS, 2, to="")), "links.csv:4: column `to`", "is empty"),
    (lambda: (NODES, changed(LINKS, 0, m=-1)), "links.csv:2: column `m`", "the length is -1 m"),
    (lambda: (NODES, changed(LINKS, 0, m=1e9)), "links.csv:2: column `m`", "1e+09 m"),
    (lambda: (NODES, changed(LINKS, 0, dir=2)), "links.csv:2: column `dir`", "is 2"),
    (lambda: (NODES, changed(LINKS, 0, dir="")), "links.csv:2: column `dir`", "is empty"),
    (lambda: (NODES, changed(LINKS, 1, **{"class": "x"})), "links.csv:3", "'x' (1)"),
    (lambda: (NODES, changed(LINKS, 1, kmh="fast")), "links.csv:3: column `kmh`", "'fast'"),
    (lambda: (changed(NODES, 3, x=30), LINKS), "node/", "km"),
]


@pytest.mark.parametrize(("tables", "where", "found"), WRONG_TABLES)
def test_wrong_cells_are_told_with_their_place(
    tmp_path: Path, tables: Callable[[], tuple[Rows, Rows]], where: str, found: str
) -> None:
    nodes, links = tables()
    with pytest.raises(MapError) as caught:
        built(tmp_path, nodes=nodes, links=links)
    assert where in caught.value.where
    assert found in str(caught.value)
    assert caught.value.expected or caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ('id   = "id"', 'idd  = "id"', "recipe.toml:8: nodes.idd", "did you mean `id`?"),
        ('x    = "x"\n', "", "recipe.toml:6: nodes", "says not once where a node is"),
        ('direction = "dir"\n', "", "recipe.toml:12: links", "which way a link leads"),
        ('class     = "class"\n', "", "recipe.toml:12: links", "no class of street"),
        ("[links]", '[links]\nlength_unit = "metre"', "links.length_unit", "m, km, ft or mi"),
        ("[links]", '[classes]\na = "primry"\n[links]', "classes.a", "did you mean `primary`?"),
        ('title       = "A square"\n', "", "title", "is missing"),
        ('"A square"', "3", "recipe.toml:2: title", "a text in quotes"),
        ("[nodes]", 'crs = "Gauss"\n[nodes]', "crs", "an EPSG code"),
        ('"nodes.csv"', '"nodes.xls"', "nodes.file", "a .csv or .parquet file"),
        ("[links]", "[lines]", "recipe.toml:12: lines", "did you mean `links`?"),
    ],
)
def test_wrong_recipes(tmp_path: Path, old: str, new: str, where: str, words: str) -> None:
    with pytest.raises(InputErrors) as caught:
        built(tmp_path, recipe=RECIPE.replace(old, new, 1))
    told = str(caught.value)
    assert where in told
    assert words in told
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("recipe", "found"),
    [
        ("title = ", "is not TOML"),
        (RECIPE.replace('"nodes.csv"', '"../nodes.csv"'), "outside the recipe's folder"),
        (RECIPE.replace('"nodes.csv"', '"node.csv"'), "did you mean `nodes.csv`?"),
        (RECIPE.replace('x    = "x"', 'x    = "lon"'), "there is no such column"),
        (RECIPE.replace("[nodes]", 'crs = "EPSG:999999"\n[nodes]'), "is no known projection"),
        (RECIPE + 'modes = "name"\n', "does not translate"),
    ],
)
def test_recipes_that_do_not_fit_their_tables(tmp_path: Path, recipe: str, found: str) -> None:
    with pytest.raises(MapError) as caught:
        built(tmp_path, recipe=recipe)
    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"area": "POINT (10 50)"}, "is a Point"),
        ({"area": ""}, "cannot be read"),
        ({"area": "POLYGON ((10 50, 11 50, 10 50))"}, "has no area"),
        ({"people": -1}, "is -1"),
        ({"people": "9" * 30}, "is 1e\\+30"),
        ({"people": ""}, "is empty"),
        ({"zone": ""}, "is empty"),
        ({"zone": "b"}, "given twice"),
        ({"area": square(200.0, 50.0, 1.0)}, "no place on earth"),
    ],
)
def test_wrong_zones(tmp_path: Path, cells: dict[str, object], found: str) -> None:
    zone = {"zone": "a", "people": 30, "area": square(9.99, 49.99, 0.05)} | cells
    other = {"zone": "b", "people": 30, "area": square(9.99, 49.99, 0.05)}
    with pytest.raises(MapError, match=found):
        built(tmp_path, zones=[other, zone])


def test_text_that_is_no_table(tmp_path: Path) -> None:
    path = write_recipe(tmp_path)
    for content, found in (
        (b"", "the file is empty"),
        (b"id,x,y\n1,2\n", "2 cells"),
        (b"id,id,y\n1,2,3\n", "named twice"),
        (b"id,x,y\n", "holds no node"),
        (b"id,x,y\n\xff,1,2\n", "not UTF-8"),
        (b'id,x,y\n"1,1,2\n', "cannot be read as CSV"),
    ):
        (tmp_path / "nodes.csv").write_bytes(content)
        with pytest.raises(MapError, match=found):
            build_map(path, name="m")
    (tmp_path / "nodes.csv").unlink()
    with pytest.raises(MapError, match="no such file"):
        build_map(path, name="m")
    path = write_recipe(tmp_path, recipe=RECIPE.replace("nodes.csv", "nodes.parquet"))
    (tmp_path / "nodes.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(MapError, match="cannot be read as Parquet"):
        build_map(path, name="m")


def test_no_way_back_is_no_street(tmp_path: Path) -> None:
    links = [{**LINKS[0], "dir": 1}]
    with pytest.raises(MapError, match="holds no connected streets"):
        built(tmp_path, links=links, recipe=RECIPE + 'one_way_for = ["walk", "bicycle", "car"]\n')


def test_names_are_cleaned(tmp_path: Path) -> None:
    graph = built(tmp_path, links=changed(LINKS, 0, name="a\u202eb")).graph
    assert "a b" in graph.names


def test_tables_beside_each_other_need_no_header_order(tmp_path: Path) -> None:
    path = write_recipe(tmp_path)
    before = build_map(path, name="m").graph.digest
    write_csv(tmp_path / "nodes.csv", [dict(reversed(row.items())) for row in NODES])
    assert build_map(path, name="m").graph.digest == before
