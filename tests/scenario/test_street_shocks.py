"""Streets that close or slow down: which ones, from when to when, and what is refused."""

# ruff: noqa: E501 - golden texts are kept whole
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.osm_xml import LAT, LON, STEP
from tests.fixtures.two_blocks import build_two_blocks
from tests.fixtures.worlds import two_blocks_scenario
from twin.city.city import City, load_city
from twin.errors import InputErrors
from twin.network.street_rows import edges_of_row
from twin.scenario.compile import compile_scenario
from twin.scenario.load import load_scenario
from twin.units import DAY_US, HOUR_US


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> City:
    return load_city(build_two_blocks(tmp_path_factory.mktemp("map"), has_wards=True))


def square(west: float, south: float, east: float, north: float) -> str:
    """Corners in steps of the grid from its first node."""
    x = [LON + STEP * side for side in (west, east)]
    y = [LAT + STEP * side for side in (south, north)]
    corners = [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]]
    return f"area = {corners}\n"


# Around the crossing of Row 1 and Lane 1 of the western block, no other crossing in it.
CROSSING = square(0.6, 0.6, 1.4, 1.4)


def compiled(folder: Path, city: City, text: str):
    path = two_blocks_scenario(folder, text, map_folder=city.path)
    return compile_scenario(load_scenario(path), city)


def shock(kind: str = "close_street", **values: str) -> str:
    lines = ["[[shocks]]", 'id = "flood"', f'kind = "{kind}"', "from_day = 2"]
    return "\n".join(lines) + "\n" + "".join(f"{k} = {v}\n" for k, v in values.items())


def test_every_street_in_a_polygon_from_eight_to_six(tmp_path: Path, blocks: City) -> None:
    text = shock(from_time='"08:00"', to_time='"18:00"') + CROSSING
    edits = compiled(tmp_path, blocks, text).edits
    rows = {edit.uid for edit in edits}
    # Node 6 is the crossing; its four neighbours end the four sections.
    assert rows == {"way/101/5-6", "way/101/6-7", "way/151/2-6", "way/151/6-10"}
    moments = {(edit.time_us, edit.value) for edit in edits}
    assert moments == {(2 * DAY_US + 8 * HOUR_US, 1), (2 * DAY_US + 18 * HOUR_US, -1)}
    assert all(edges_of_row(blocks.graph, row).size == 2 for row in rows)


def test_a_ward_is_an_area(tmp_path: Path, blocks: City) -> None:
    edits = compiled(tmp_path, blocks, shock(wards='"West"')).edits
    rows = {edit.uid for edit in edits}
    western = {f"way/{n}" for n in (*range(100, 104), *range(150, 154))}
    # The bridge lies in both wards in part.
    assert rows == {*western, "way/900"}
    both = compiled(tmp_path, blocks, shock(wards='["West", "East"]')).edits
    assert {edit.uid for edit in both} == {f"way/{way}" for way in np.unique(blocks.graph.edge_way)}


def test_a_street_along_the_border_is_not_in_the_area(tmp_path: Path, blocks: City) -> None:
    edits = compiled(tmp_path, blocks, shock() + square(0.2, 0.2, 0.8, 1.5)).edits
    assert {edit.uid for edit in edits} == {"way/101/5-6"}


def test_slow_streets_are_cells_of_their_cause(tmp_path: Path, blocks: City) -> None:
    text = shock("slow_street", factor="2.5", ways="[900]", to_day="3")
    edits = compiled(tmp_path, blocks, text).edits
    assert [(e.table, e.uid, e.column, e.op, e.value) for e in edits] == [
        ("slowdowns", "way/900@flood", "any_mode", "set", 2.5),
        ("slowdowns", "way/900@flood", "any_mode", "set", 1.0),
    ]
    some = shock("slow_street", factor="2", ways="[900]", modes='["car", "bus"]')
    assert [e.column for e in compiled(tmp_path, blocks, some).edits] == ["bus", "car"]


WRONG = {
    "nothing": (shock(), "none of `street`, `ways`, `area`, `wards`"),
    "two": (shock(ways="[900]", wards='"West"'), "`ways` and `wards`"),
    "a line": (shock(area="[[113.0, 40.0], [113.1, 40.0]]"), "shocks.flood.area: 2 corners"),
    "no pair": (
        shock(area="[[1.0], [2.0], [3.0]]"),
        "shocks.flood.area[0]: [1.0]\n  expected: a place [lon, lat] in degrees",
    ),
    "off the globe": (shock(area="[[200.0, 1.0], [1, 1], [2, 2]]"), "180 or less"),
    "a speeding": (
        shock("slow_street", ways="[900]", factor="0.5"),
        "factor: 0.5\n  expected: 1 or more",
    ),
    "a crawl": (shock("slow_street", ways="[900]", factor="1e9"), "expected: 100 or less"),
    "no factor": (shock("slow_street", ways="[900]"), "factor: missing"),
    "a mode twice": (
        shock("slow_street", ways="[900]", factor="2", modes='["car", "car"]'),
        "shocks.flood.modes: a word twice",
    ),
    "an unknown mode": (
        shock("slow_street", ways="[900]", factor="2", modes='["tram"]'),
        "expected: one of walk, bicycle, car, bus",
    ),
    "an unknown ward": (
        shock(wards='"Wst"'),
        "unknown ward `Wst`\n  expected: East, West\n  hint: did you mean `West`?",
    ),
    "a bow": (
        shock()
        + f"area = [[{LON}, {LAT}], [{LON + STEP}, {LAT + STEP}], [{LON + STEP}, {LAT}], [{LON}, {LAT + STEP}]]\n",
        "shocks.flood.area: its border crosses itself",
    ),
    "the sea": (
        shock() + square(50, 50, 51, 51),
        "shocks.flood.area: no street of the map reaches into it\n  expected: a place in two_blocks\n  hint: lon first",
    ),
    "a time on a part of a day": (
        shock(ways="[900]", from_time='"08:00"').replace("from_day = 2", "from_day = 2.5"),
        "from_day 2.5 and from_time `08:00`",
    ),
    "no such time": (
        shock(ways="[900]", from_time='"8am"'),
        "shocks.flood.from_time: `8am`\n  expected: a time of day such as",
    ),
    "midnight past": (shock(ways="[900]", from_time='"24:30"'), "`24:30`"),
    "an end before the start": (
        shock(ways="[900]", from_time='"18:00"', to_time='"08:00"'),
        "is not after from_day",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told(tmp_path: Path, blocks: City, case: str) -> None:
    text, message = WRONG[case]
    with pytest.raises(InputErrors) as error:
        compiled(tmp_path, blocks, text)
    assert message in str(error.value)
    assert "bridge.toml:" in str(error.value)


def test_times_of_day_also_date_interventions(tmp_path: Path, blocks: City) -> None:
    clinic = blocks.facilities_of("primary_care")[0]
    text = (
        '[[interventions]]\nid = "more"\nkind = "add_servers"\nservers = 1\nservice = "primary_care"\n'
        f'facility = "{clinic.uid}"\nfrom_day = 1\nfrom_time = "07:30"\nto_day = 3\nto_time = "24:00"\n'
    )
    found = compiled(tmp_path, blocks, text)
    half_hour = HOUR_US // 2
    assert [e.time_us for e in found.edits] == [DAY_US + 15 * half_hour, 4 * DAY_US]
    (more,) = found.scenario.interventions
    assert type(more).model_validate(more.model_dump()) == more
