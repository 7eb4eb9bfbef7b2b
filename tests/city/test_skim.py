"""The user's table of bus times: what it says, and what is refused with words."""
# ruff: noqa: E501 - golden texts are kept whole

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.fixtures.two_blocks import EAST_CLINIC, build_two_blocks
from tests.fixtures.worlds import two_blocks_scenario
from twin.city.city import City, load_city
from twin.city.storage import read_skim
from twin.engine.preparation import prepare
from twin.errors import InputError, InputErrors
from twin.experiment.design import resolved_document
from twin.model.city_model import CityModel
from twin.network.modes import BUS
from twin.scenario.compile import compile_scenario
from twin.scenario.load import load_scenario

GOOD: dict[str, list[Any]] = {
    "from": ["West", "East", "West"],
    "to": ["West", "West", "East"],
    "time_s": [120.0, 600.0, 660.5],
}


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> City:
    return load_city(build_two_blocks(tmp_path_factory.mktemp("map"), has_wards=True))


def written(folder: Path, columns: dict[str, list[Any]] | None = None) -> Path:
    path = folder / "bus.parquet"
    pq.write_table(pa.table(GOOD if columns is None else columns), path)
    return path


def ward_nodes(city: City) -> tuple[int, int]:
    """Return a western and an eastern node."""
    ids = city.graph.node_id
    return int(np.flatnonzero(ids == 6)[0]), int(np.flatnonzero(ids == 1006)[0])


def test_times_between_wards(tmp_path: Path, blocks: City) -> None:
    skim = read_skim(written(tmp_path), blocks, where="a test")
    west, east = ward_nodes(blocks)
    other = int(np.flatnonzero(blocks.graph.node_id == 7)[0])
    origins = np.array([west, other, east])
    assert skim.door(west).times_from(origins).tolist() == [0, 120_000, 600_000]
    # Within the east there is no bus, and nobody needs one to stay where he is.
    assert skim.door(east).times_from(origins).tolist() == [660_500, 660_500, 0]
    other = int(np.flatnonzero(blocks.graph.node_id == 1007)[0])
    assert skim.door(east).times_from(np.array([other])).tolist() == [-1]


def test_times_between_nodes(tmp_path: Path, blocks: City) -> None:
    columns = {"from": [6, 1006], "to": [1006, 6], "time_s": [300, 301]}
    skim = read_skim(written(tmp_path, columns), blocks, where="a test")
    west, east = ward_nodes(blocks)
    everywhere = np.arange(blocks.graph.n_nodes)
    times = skim.door(east).times_from(everywhere)
    assert times[west] == 300_000
    assert (times >= 0).sum() == 2


def changed(**columns: list[Any]) -> dict[str, list[Any]]:
    return {**GOOD, **columns}


WRONG: dict[str, tuple[dict[str, list[Any]], str]] = {
    "no column": ({"from": ["West"], "to": ["East"], "time": [1.0]}, "no column `time_s` among from, to, time"),
    "an unknown ward": (changed(to=["West", "Wst", "East"]), "unknown ward `Wst`"),
    "nan": (changed(time_s=[1.0, float("nan"), 2.0]), "row 2: time_s nan from `East` to `West`"),
    "negative": (changed(time_s=[1.0, 2.0, -1.0]), "row 3: time_s -1 from `West` to `East`"),
    "too long": (changed(time_s=[1.0, 2.0, 1e9]), "row 3: time_s 1e+09"),
    "infinite": (changed(time_s=[float("inf"), 2.0, 1.0]), "row 1: time_s inf"),
    "a gap": (changed(time_s=[1.0, None, 2.0]), "row 2: no `time_s`"),
    "no name": (changed(to=["West", None, "East"]), "row 2: no `to`"),
    "words for times": (changed(time_s=["1", "2", "3"]), "`time_s` is string"),
    "a pair twice": (changed(to=["West", "West", "West"]), "rows 1 and 3 both say `West` to `West`"),
    "nodes and wards": (changed(to=[1, 2, 3]), "`from` is string and `to` is int64"),
    "an unknown node": ({"from": [6], "to": [5_000], "time_s": [1.0]}, "unknown node 5000"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told(tmp_path: Path, blocks: City, case: str) -> None:
    columns, message = WRONG[case]
    with pytest.raises(InputError) as error:
        read_skim(written(tmp_path, columns), blocks, where="travel.bus.skim")
    assert message in error.value.found
    assert error.value.where == "travel.bus.skim"
    assert error.value.expected
    assert error.value.exit_code == 2


def test_no_file_and_no_table(tmp_path: Path, blocks: City) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_skim(tmp_path / "none.parquet", blocks, where="a test")
    path = tmp_path / "bus.parquet"
    path.write_text("from,to,time_s\n")
    with pytest.raises(InputError, match="not readable"):
        read_skim(path, blocks, where="a test")
    with pytest.raises(InputError, match="not readable"):
        read_skim(tmp_path, blocks, where="a test")


def test_too_many_nodes(tmp_path: Path, blocks: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.city.storage.N_ZONES_MAX", 1)
    columns = {"from": [6, 1006], "to": [1006, 6], "time_s": [300, 301]}
    with pytest.raises(InputError, match="2 nodes"):
        read_skim(written(tmp_path, columns), blocks, where="a test")


def scenario(folder: Path, blocks: City, skim: str = "bus.parquet") -> Path:
    text = f"""
[[facilities]]
op = "remove"
uid = "{EAST_CLINIC}"
service = "primary_care"
[travel.bus]
skim = "{skim}"
"""
    path = two_blocks_scenario(folder, text, map_folder=blocks.path)
    words = path.read_text("utf-8").replace('modes = ["walk", "car"]', 'modes = ["walk", "bus"]', 1)
    path.write_text(words, encoding="utf-8")
    return path


def test_residents_ride_by_the_table(tmp_path: Path, blocks: City) -> None:
    """Whoever walks longer than the table says takes the bus, and arrives when it says."""
    (tmp_path / "below").mkdir()
    written(tmp_path)
    path = scenario(tmp_path / "below", blocks, "../bus.parquet")
    spec = load_scenario(path)
    prep = prepare(blocks, spec)
    visits = CityModel(preparation=prep, seed=1).run().tables()["visits"].to_pandas()
    rides = visits[visits["mode"] == "bus"]
    assert set(rides.travel_s.dropna()) == {120.0, 600.0}
    walks = visits[visits["mode"] == "walk"]
    east = blocks.graph.node_id[prep.residents.home_node[walks.resident.to_numpy()]] > 1000
    assert walks.travel_s[~east].max() <= 120
    assert not east.any()
    assert (prep.candidates().time_ms[:, BUS] >= 0).all()
    # The digest of a run knows what the table says, not where it lies.
    before = resolved_document(spec)["travel"]["bus"]["skim"]
    written(tmp_path, changed(time_s=[1.0, 2.0, 3.0]))
    after = resolved_document(spec)["travel"]["bus"]["skim"]
    assert before.startswith("bus.parquet sha256:")
    assert before != after
    assert spec.resolved["travel"]["bus"]["skim"] == "../bus.parquet"


def test_the_scenario_names_the_place(tmp_path: Path, blocks: City) -> None:
    path = scenario(tmp_path, blocks)
    with pytest.raises(InputError) as error:
        compile_scenario(load_scenario(path), blocks)
    assert ": travel.bus.skim" in error.value.where
    assert "bus.parquet: no such file" in error.value.found
    path.write_text(path.read_text("utf-8").replace('"walk", "bus"', '"walk"'), encoding="utf-8")
    warnings = compile_scenario(load_scenario(path), blocks).warnings
    assert any("not read: `bus` is not among the modes" in line for line in warnings)
    path.write_text(path.read_text("utf-8").replace('"bus.parquet"', '"a\\u0000b"'), "utf-8")
    with pytest.raises(InputErrors, match="null character"):
        load_scenario(path)
