"""GeoParquet: what goes out is read by others as it was meant."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from tests.fixtures.two_blocks import build_two_blocks
from twin.errors import RunError
from twin.network.exchange import export_geoparquet
from twin.network.exchange.export import export_map
from twin.network.map_parts import MapParts
from twin.network.storage import read_map


@pytest.fixture(scope="module")
def monaco(root: Path) -> MapParts:
    return read_map(root / "maps" / "monaco")


@pytest.fixture(scope="module")
def folder(monaco: MapParts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "geo"
    names = export_map(monaco, "geoparquet", out)
    assert sorted(names) == sorted(path.name for path in out.iterdir())
    return out


def test_metadata_is_that_of_geoparquet(folder: Path) -> None:
    for path in folder.iterdir():
        metadata = pq.ParquetFile(path).schema_arrow.metadata
        geo = json.loads(metadata[b"geo"])
        assert geo["version"] == "1.1.0"
        column = geo["columns"][geo["primary_column"]]
        assert column["encoding"] == "WKB"
        assert len(column["geometry_types"]) == 1
        west, south, east, north = column["bbox"]
        assert 7.3 < west < east < 7.5
        assert 43.6 < south < north < 43.8
        assert "OpenStreetMap" in metadata[b"attribution"].decode()


def test_geopandas_reads_what_the_map_holds(folder: Path, monaco: MapParts) -> None:
    geopandas = pytest.importorskip("geopandas")
    graph = monaco.graph
    edges = geopandas.read_parquet(folder / "edges.parquet")
    assert edges.crs == "OGC:CRS84"
    assert len(edges) == graph.n_edges
    assert edges.geometry.is_valid.all()
    projected = edges.to_crs(graph.crs)
    # A UTM zone is at most 0.1 % off its sphere's lengths here, and degrees are whole centimetres.
    assert np.allclose(projected.length, edges["length_m"], rtol=5e-3, atol=0.1)
    cars = edges["car_s"].to_numpy(dtype=np.float64)
    assert np.array_equal(np.isnan(cars), np.isnan(graph.travel_time_s("car")))
    wards = geopandas.read_parquet(folder / "wards.parquet").to_crs(graph.crs)
    assert np.allclose(wards.area, monaco.wards.area_m2, rtol=1e-3)
    buildings = geopandas.read_parquet(folder / "buildings.parquet")
    assert len(buildings) == len(monaco.buildings)
    assert (buildings["ward"].isna() == (monaco.buildings.ward < 0)).all()
    facilities = geopandas.read_parquet(folder / "facilities.parquet")
    assert len(facilities) == len(monaco.facilities)


def test_ends_of_edges_are_their_nodes(folder: Path, monaco: MapParts) -> None:
    lines = shapely.from_wkb(
        pq.ParquetFile(folder / "edges.parquet").read()["geometry"].to_pylist()
    )
    graph = monaco.graph
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    assert np.array_equal(first[:, 0], graph.node_lon_e7[graph.edge_source] / 1e7)
    assert np.array_equal(first[:, 1], graph.node_lat_e7[graph.edge_source] / 1e7)


def test_tables_without_rows_are_left_out(tmp_path: Path) -> None:
    parts = read_map(build_two_blocks(tmp_path, has_clinics=False))
    assert "facilities.parquet" not in export_map(parts, "geoparquet", tmp_path / "out")


def test_a_full_disk_leaves_nothing(
    monaco: MapParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_geoparquet, "write_geoparquet", fail)
    with pytest.raises(RunError, match="No space"):
        export_map(monaco, "geoparquet", tmp_path / "out")
    assert not list(tmp_path.iterdir())
