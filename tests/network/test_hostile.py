"""Every hostile file ends in a `MapError` or in a map whose repairs are counted, soon and small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SECONDS = 10
BYTES = 1 << 30

REFUSED = {
    "billion_laughs.osm": "DOCTYPE",
    "deep_nesting.osm.gz": "nest deeper",
    "empty.osm": "empty",
    "gz_notgz.osm.gz": "cannot be read",
    "gz_truncated.osm.gz": "ends too early",
    "gzbomb.osm.gz": "times its size",
    "huge_coords.osm": "node/6",
    "huge_id.osm": "id is",
    "id_missing.osm": "id is missing",
    "lat_91.osm": "node/6",
    "latin1_bytes.osm": "not readable as XML",
    "long_attr.osm.gz": "times its size",
    "missing_lat.osm": "node/1",
    "nan_coords.osm": "node/6",
    "no_nodes.osm": "holds no nodes",
    "not_xml.osm": "not readable as XML",
    "quadratic_blowup.osm": "DOCTYPE",
    "tag_no_v.osm": "node/1",
    "truncated.osm": "not readable as XML",
    "xxe_external_entity.osm": "DOCTYPE",
}
"""What the message names."""

COUNTED = {
    "disconnected.osm": ("dropped", "street nodes outside the main network", 2),
    "dup_node_ids.osm": ("repaired", "duplicate node id: one kept", 1),
    "lanes_garbage.osm": ("kept", "street nodes", 7),
    "maxspeed_0.osm": ("repaired", "unreadable maxspeed: class default taken", 1),
    "maxspeed_11.osm": ("repaired", "unreadable maxspeed: class default taken", 1),
    "maxspeed_2.osm": ("repaired", "unreadable maxspeed: class default taken", 1),
    "maxspeed_3.osm": ("repaired", "unreadable maxspeed: class default taken", 1),
    "maxspeed_4.osm": ("repaired", "unreadable maxspeed: class default taken", 1),
    "maxspeed_5.osm": ("repaired", "unreadable maxspeed: class default taken", 1),
    "maxspeed_6.osm": ("kept", "street nodes", 7),
    "maxspeed_8.osm": ("kept", "street nodes", 7),
    "maxspeed_9.osm": ("kept", "street nodes", 7),
    "missing_node_ref.osm": ("dropped", "references to nodes the extract lacks", 1),
    "neg_ids.osm": ("kept", "street nodes", 2),
    "ok.osm": ("kept", "street nodes", 7),
    "oneway_0.osm": ("kept", "street nodes", 7),
    "oneway_1.osm": ("repaired", "one-way streets that change direction: taken as two-way", 1),
    "oneway_3.osm": ("repaired", "unreadable oneway: taken as absent", 1),
    "repeat_node.osm": ("repaired", "ways that repeat a node", 1),
    "self_loop.osm": ("dropped", "ways of fewer than 2 nodes", 1),
    "way_no_nodes.osm": ("dropped", "ways of fewer than 2 nodes", 1),
    "xss_name.osm": ("kept", "street nodes", 7),
}
"""A count each report must hold."""

# Imports one file after the other, as `twin map build` does, and tells of each at once: a
# file that kills the process is the first without an outcome. `ok.osm` comes first and pays
# for loading the libraries; peak memory is that of all files so far, an upper bound.
PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from twin.errors import MapError
from twin.network.map_import import import_map
from twin.network.storage import write_map
for path in map(Path, sys.argv[2:]):
    begun = time.perf_counter()
    try:
        parts = import_map(path)
    except MapError as error:
        out = {"error": str(error), "hint": error.hint, "code": error.exit_code}
    else:
        write_map(Path(sys.argv[1]) / path.name, parts)
        graph = parts.graph
        out = {"report": parts.report.to_dict(), "nodes": graph.n_nodes, "names": graph.names,
               "ms": graph.edge_time_ms.tolist(), "mm": graph.edge_length_mm.tolist()}
    out |= {"file": path.name, "seconds": time.perf_counter() - begun,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    sys.stdout.write(json.dumps(out) + chr(10))
    sys.stdout.flush()
"""

Outcome = dict[str, Any]


@pytest.fixture(scope="module")
def outcomes(
    shared: Path, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("hostile")
    files = sorted(shared.glob("hostile/*.osm*"), key=lambda path: (path.name != "ok.osm", path))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), *map(str, files)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS * len(files),
        check=False,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    written = {path.name for path in folder.iterdir()}
    return {row["file"]: row | {"is_written": row["file"] in written} for row in rows}


def checked(outcomes: dict[str, Outcome], name: str) -> Outcome:
    assert name in outcomes, "the import ended without a word"
    assert outcomes[name]["peak"] < BYTES
    assert name == "ok.osm" or outcomes[name]["seconds"] < SECONDS
    return outcomes[name]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = checked(outcomes, name)
    assert REFUSED[name] in outcome["error"]
    assert name in outcome["error"]
    assert outcome["hint"]
    assert outcome["code"] == 2
    assert not outcome["is_written"]


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_read_and_counted(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = checked(outcomes, name)
    verdict, what, number = COUNTED[name]
    assert outcome["report"][verdict][what]["count"] == number
    assert 0 < outcome["nodes"] <= 7
    # Nothing absurd: streets of this map are 50 to 500 m long, the slowest mode walks.
    assert all(50_000 < mm < 500_000 for mm in outcome["mm"])
    assert all(ms == -1 or 1 <= ms < 500_000 for row in outcome["ms"] for ms in row)
    assert outcome["is_written"]


def test_every_hostile_file_is_tried(shared: Path) -> None:
    found = {path.name for path in (shared / "hostile").iterdir() if ".osm" in path.name}
    assert found <= REFUSED.keys() | COUNTED.keys()


def test_markup_in_a_name_stays_text(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["xss_name.osm"]["names"] == ["<script>alert(1)</script>"]
