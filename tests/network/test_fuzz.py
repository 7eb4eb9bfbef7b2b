"""Damage of any kind ends in a `MapError` or in a sound map, never in anything else."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.two_blocks import two_blocks
from twin.errors import MapError
from twin.network.map_import import import_map
from twin.network.map_parts import MapParts

SKETCH = two_blocks(has_wards=True)
TEXT = SKETCH.xml().encode()
VALUES = ["", "-1", "yes", "nan", "1e400", "0", "9" * 30, "𝟙", "50;30", "no", "\u202ex", "relation"]
ATTRIBUTES = ["v", "k", "id", "ref", "lat", "lon", "type", "role"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def assert_sound(parts: MapParts) -> None:
    graph, buildings = parts.graph, parts.buildings
    assert graph.n_edges > 0
    assert (graph.edge_length_mm >= 0).all()
    assert ((graph.edge_time_ms >= 1) | (graph.edge_time_ms == -1)).all()
    assert (graph.edge_time_ms.max(axis=0) > 0).all()
    assert np.isfinite(buildings.floor_area_m2).all()
    assert (buildings.footprint_m2 >= 0).all()
    assert (buildings.levels >= 1).all()


@settings(max_examples=60, deadline=None)
@given(
    position=st.integers(0, len(TEXT) - 1),
    removed=st.integers(0, 30),
    inserted=st.binary(max_size=8),
)
def test_damaged_bytes(folder: Path, position: int, removed: int, inserted: bytes) -> None:
    path = folder / "bytes.osm"
    path.write_bytes(TEXT[:position] + inserted + TEXT[position + removed :])
    with contextlib.suppress(MapError):
        assert_sound(import_map(path))


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, len(SKETCH.elements) - 1),
            st.sampled_from(ATTRIBUTES),
            st.sampled_from(VALUES),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_absurd_values(folder: Path, changes: list[tuple[int, str, str]]) -> None:
    elements = list(SKETCH.elements)
    for row, attribute, value in changes:
        head, mark, tail = elements[row].partition(f' {attribute}="')
        if mark:
            elements[row] = f"{head}{mark}{value}{tail[tail.index(chr(34)) :]}"
    path = folder / "values.osm"
    path.write_text(type(SKETCH)(elements).xml(), "utf-8")
    with contextlib.suppress(MapError):
        assert_sound(import_map(path))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, len(SKETCH.elements) - 1), max_size=60))
def test_missing_elements(folder: Path, missing: set[int]) -> None:
    rows = [row for row in range(len(SKETCH.elements)) if row not in missing]
    with contextlib.suppress(MapError):
        assert_sound(import_map(SKETCH.write(folder / "missing.osm", rows)))
