"""H3 cells of nodes, their outlines, and a machine without the library."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.fixtures.small_town import streets
from twin.errors import InputError
from twin.network.cells import cell_outline, cells_geojson, node_cells
from twin.network.projection import unproject

h3 = pytest.importorskip("h3", reason="the extra [h3] is not installed")


def test_each_node_lies_in_its_cell():
    graph = streets().graph
    nodes = np.array([3, 0, 3, graph.n_nodes - 1])
    codes, names = node_cells(graph, nodes, resolution=10)
    assert list(names) == sorted(set(names))
    assert codes[0] == codes[2]
    lon, lat = unproject(graph.crs, graph.node_x_mm[nodes], graph.node_y_mm[nodes])
    for code, x, y in zip(codes, lon, lat, strict=True):
        assert names[code] == h3.latlng_to_cell(y, x, 10)
        ring = np.array(cell_outline(names[code]))
        assert ring[:, 0].min() <= x <= ring[:, 0].max()
        assert ring[:, 1].min() <= y <= ring[:, 1].max()


def test_coarser_cells_are_fewer():
    graph = streets().graph
    nodes = np.arange(graph.n_nodes)
    counts = [len(node_cells(graph, nodes, resolution=r)[1]) for r in (12, 10, 8)]
    assert counts[0] > counts[1] > counts[2] >= 1


def test_geojson_is_a_closed_polygon_a_cell():
    _, names = node_cells(streets().graph, np.array([0]))
    made = cells_geojson(names, [{"share": 0.5}])
    (feature,) = made["features"]
    (ring,) = feature["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert feature["properties"] == {"h3": names[0], "share": 0.5}


@pytest.mark.parametrize("resolution", [4, 13])
def test_a_resolution_out_of_range_is_refused(resolution):
    with pytest.raises(InputError, match=f"found {resolution}"):
        node_cells(streets().graph, np.array([0]), resolution=resolution)


def test_without_the_library_one_line_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "h3", None)
    with pytest.raises(InputError, match="not installed") as caught:
        node_cells(streets().graph, np.array([0]))
    assert "twin[h3]" in str(caught.value)
