"""Damaged tables and networks end in a typed error or in a sound map, never in anything else."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.small_network import LINKS, NODES, RECIPE, square, write_recipe
from tests.fixtures.sumo_town import EDGES, SUMO_NODES
from twin.errors import InputErrors, MapError
from twin.network.map_parts import MapParts
from twin.network.sources import build_map

SHAPED = [row | {"shape": "LINESTRING (10 50, 10.0005 50.0005, 10.001 50)"} for row in LINKS]
ZONES = [{"zone": 1, "people": 30, "area": square(9.99, 49.99, 0.05)}]
VALUES = ["", "-1", "nan", "inf", "1e400", "0", "9" * 30, "𝟙", "x", "\u202e", "[]", "true", "2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def assert_sound(parts: MapParts) -> None:
    graph = parts.graph
    assert graph.n_edges > 0
    assert (graph.edge_length_mm >= 0).all()
    assert ((graph.edge_time_ms >= 1) | (graph.edge_time_ms == -1)).all()
    assert (graph.edge_time_ms.max(axis=0) > 0).all()
    assert parts.wards.population is None or (parts.wards.population >= 0).all()


def tried(source: Path) -> None:
    with contextlib.suppress(MapError, InputErrors):
        assert_sound(build_map(source, name="m"))


@settings(max_examples=60)
@given(
    table=st.sampled_from(["nodes", "links", "zones"]),
    row=st.integers(0, 3),
    column=st.integers(0, 8),
    value=st.sampled_from(VALUES),
)
def test_wrong_cells(folder: Path, table: str, row: int, column: int, value: str) -> None:
    tables = {"nodes": NODES, "links": SHAPED, "zones": ZONES}
    rows = [dict(one) for one in tables[table]]
    names = list(rows[0])
    rows[row % len(rows)][names[column % len(names)]] = value
    tables[table] = rows
    source = write_recipe(
        folder / "cells",
        nodes=tables["nodes"],
        links=tables["links"],
        zones=tables["zones"],
        recipe=RECIPE + 'geometry = "shape"\n',
    )
    tried(source)


@settings(max_examples=25)
@given(position=st.integers(0, 600), removed=st.integers(0, 20), inserted=st.text(max_size=6))
def test_damaged_recipes(folder: Path, position: int, removed: int, inserted: str) -> None:
    source = write_recipe(folder / "recipes")
    text = RECIPE[:position] + inserted + RECIPE[position + removed :]
    source.write_text(text, "utf-8", errors="ignore")
    tried(source)


@settings(max_examples=60)
@given(
    is_node=st.booleans(),
    position=st.integers(0, 900),
    removed=st.integers(0, 20),
    inserted=st.binary(max_size=6),
)
def test_damaged_sumo_files(
    folder: Path, *, is_node: bool, position: int, removed: int, inserted: bytes
) -> None:
    texts = {"town.nod.xml": SUMO_NODES.encode(), "town.edg.xml": EDGES.encode()}
    name = "town.nod.xml" if is_node else "town.edg.xml"
    text = texts[name]
    texts[name] = text[:position] + inserted + text[position + removed :]
    for file, content in texts.items():
        (folder / file).write_bytes(content)
    tried(folder / "town.nod.xml")
