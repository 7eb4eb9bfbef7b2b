"""Tables of margins and samples: read in any form, and every mistake told where it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.population.fitting import towns
from twin.errors import InputError, InputErrors
from twin.population.fit_settings import MarginSettings, SampleSettings
from twin.population.fitting.household_types import independent_types
from twin.population.fitting.margins import read_margin
from twin.population.fitting.sample import sampled_types
from twin.population.fitting.zones import zones_of
from twin.population.homes import homes_of
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents

GOOD = "zone,age_band,count\nNorth,0-14,5\nNorth,60+,7\nEast,0-14,0\n102,60+,4\nSouth,60+,1\n"


def zones():
    return zones_of(towns.city().wards, np.array([True, True, True, False]), map_name="toy")


def margin(tmp_path, text, **more):
    path = tmp_path / "ages.csv"
    path.write_text(text, encoding="utf-8")
    given = {"id": "ages", "file": path, "of": "person", "columns": ["age_band"], **more}
    return read_margin(MarginSettings(**given), zones(), name="ages.csv")


def messages(error):
    found = getattr(error, "errors", None) or [error]
    return "\n".join(str(one) for one in found)


def test_cells_that_no_row_names_are_empty_and_zones_go_by_name_or_id(tmp_path):
    found = margin(tmp_path, GOOD)
    assert found.words == (("0-14", "60+"),)
    assert found.count.tolist() == [[5, 7], [0, 4], [0, 1], [0, 0]]
    assert found.labels() == ["age_band=0-14", "age_band=60+"]
    assert found.projected([]).count.tolist() == [12, 4, 1, 0]


def test_parquet_reads_as_csv_does(tmp_path):
    path = tmp_path / "ages.parquet"
    rows = [line.split(",") for line in GOOD.splitlines()[1:]]
    columns = {
        "zone": [row[0] for row in rows],
        "age_band": [row[1] for row in rows],
        "count": [float(row[2]) for row in rows],
    }
    pq.write_table(pa.table(columns), path)
    settings = MarginSettings(id="a", file=path, of="person", columns=("age_band",))
    found = read_margin(settings, zones(), name="ages.parquet")
    assert np.array_equal(found.count, margin(tmp_path, GOOD).count)
    path.write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="is no Parquet"):
        read_margin(settings, zones(), name="ages.parquet")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ages.csv: is empty"),
        ("zone,age_band,count\n", "ages.csv: has no rows"),
        (GOOD.replace("count", "n", 1), "ages.csv: has no column `count`"),
        (GOOD.replace("age_band", "age_bands", 1), "did you mean `age_bands`?"),
        (GOOD.replace("zone,", "count,", 1), "ages.csv:1: column `count` stands twice"),
        (GOOD.replace("North,0-14,5", "North,0-14"), "ages.csv:2: 2 cells\n  expected: 3"),
        (GOOD.replace("North,0-14,5", "North,0-14,five"), "ages.csv:2: count: found `five`"),
        (GOOD.replace("North,0-14,5", "North,0-14,-5"), "count: found `-5`"),
        (GOOD.replace("North,0-14,5", "North,0-14,nan"), "count: found `nan`"),
        (GOOD.replace("North,0-14", "Nort,0-14"), "ages.csv:2: zone: `Nort` is no zone of map toy"),
        (GOOD.replace("North,0-14", "Nort,0-14"), "did you mean `North`?"),
        (GOOD.replace("North,0-14", "North,0-15"), "ages.csv:2: age_band: `0-15` is no category"),
        (GOOD + "101,60+,3\n", "ages.csv:7: the same cell as ages.csv:3"),
        (GOOD.replace("South", "North").replace("60+,1", "15-59,1"), "says nothing of South"),
        ("zone,age_band,count\nNorth,60+,0\nEast,60+,0\nSouth,60+,0\n", "all counts are 0"),
    ],
)
def test_each_mistake_of_a_margin_is_told_with_its_place(tmp_path, text, words):
    with pytest.raises((InputError, InputErrors)) as caught:
        margin(tmp_path, text)
    assert words in messages(caught.value)


def test_two_wards_of_one_name_go_by_their_ids():
    wards = towns.city(("Centre", "Centre")).wards
    found = zones_of(wards, np.ones(2, np.bool_), map_name="toy")
    assert found.row("102", where="here") == 1
    with pytest.raises(InputError, match="several zones are called `Centre`"):
        found.row("Centre", where="here")


def test_what_cannot_be_read_is_told(tmp_path):
    settings = MarginSettings(id="a", file=tmp_path / "none.csv", of="person")
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_margin(settings, zones(), name="none.csv")
    (tmp_path / "none.csv").write_bytes(b"zone,count\n\xff,1\n")
    with pytest.raises(InputError, match="byte 11 is not UTF-8"):
        read_margin(settings, zones(), name="none.csv")


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (("1", "2", "2+"), "overlap"),
        (("1", "3+", "5"), "overlap"),
        (("0", "1"), "`0` is no category"),
        (("1", "21"), "`21` is no category"),
        (("one",), "a size 1 to 20, or an open one such as 5+"),
    ],
)
def test_sizes_that_hold_each_other_or_are_none(tmp_path, sizes, words):
    text = "household_size,count\n" + "".join(f"{size},3\n" for size in sizes)
    with pytest.raises(InputErrors) as caught:
        margin(tmp_path, text, of="household", columns=["household_size"])
    assert words in messages(caught.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"columns": ["age"]}, "`age` is no column of a person"),
        ({"of": "household", "columns": ["age_band"]}, "`age_band` is no column of a household"),
        ({"columns": ["sex", "sex"]}, "one stands twice"),
        ({"weight": 0.0}, "greater than 0"),
    ],
)
def test_settings_of_a_margin_are_checked(more, words):
    given = {"id": "a", "file": Path("a.csv"), "of": "person", **more}
    with pytest.raises(ValueError, match=words):
        MarginSettings(**given)


def test_a_sample_or_zeros_without_margins_are_refused():
    with pytest.raises(ValueError, match="margins: none; expected at least one"):
        PopulationSettings(residents=10, zeros=("household_size=1",))


@pytest.mark.parametrize(
    ("zero", "words"),
    [
        ("sex=female", "`sex` is no column of a household"),
        ("household_size=x", "no size `x`"),
        ("registration=migrants", "did you mean `migrant`?"),
        ("household_size=1+", "leaves no household that can be"),
    ],
)
def test_zeros_that_cannot_be_are_told(zero, words):
    types = independent_types(PopulationSettings(residents=10), 1)
    with pytest.raises(InputError) as caught:
        types.without([zero], where="town.toml:3: population.zeros")
    assert words in str(caught.value)
    assert str(caught.value).startswith("town.toml:3: population.zeros: ")


def test_independent_types_have_the_shares_of_the_scenario_and_no_childrens_households():
    settings = PopulationSettings(residents=10)
    types = independent_types(settings, 7)
    people = types.seed @ types.n_members
    five = independent_types(settings, 1)
    share = five.seed @ five.n_members / (five.seed @ five.size)
    assert share == pytest.approx(list(settings.age_share.values()))
    assert types.size.max() == 7
    assert people.sum() > 0
    assert (types.n_members[:, 0] < types.size).all()
    assert five.seed.sum() == pytest.approx(1.0)


HOMES = (
    "household,registration,income_band,has_car,weight\n"
    "a,registered,low,false,2\nb,migrant,high,true,1\nc,registered,low,false,3\nd,migrant,low,true,1\n"
)
PEOPLE = (
    "household,age_band,sex\n"
    "a,15-59,female\na,0-14,male\nb,60+,male\nc,0-14,male\nc,15-59,female\nd,0-14,female\n"
)


def sample(tmp_path, homes=HOMES, people=PEOPLE):
    (tmp_path / "h.csv").write_text(homes)
    (tmp_path / "p.csv").write_text(people)
    return SampleSettings(households=tmp_path / "h.csv", persons=tmp_path / "p.csv")


def test_households_of_a_sample_that_are_alike_are_one_type(tmp_path):
    types, note = sampled_types(sample(tmp_path), name_of=lambda path: path.name)
    assert sorted(types.seed.tolist()) == [1.0, 5.0]
    assert types.columns[:2] == ("age_band", "sex")
    assert note == "h.csv: 4 households of 2 types; 1 of children only are left out"


@pytest.mark.parametrize(
    ("homes", "people", "words"),
    [
        (HOMES + "a,migrant,low,true,1\n", PEOPLE, "h.csv:6: household `a` stands in h.csv:2 too"),
        (HOMES.replace("high", "rich"), PEOPLE, "h.csv:3: income_band: `rich` is no category"),
        (HOMES.replace("true,1", "true,-1"), PEOPLE, "h.csv:3: weight: found `-1`"),
        (HOMES, PEOPLE + "z,60+,male\n", "p.csv:8: household: `z` is no household of h.csv"),
        (HOMES + "e,migrant,low,true,1\n", PEOPLE, "h.csv:6: 0 members"),
        (HOMES.replace("has_car", "cars"), PEOPLE, "h.csv: has no column `has_car`"),
        (
            HOMES,
            "household,age_band,sex\n" + "".join(f"{h},0-14,male\n" for h in "abcd"),
            "h.csv: no household has a grown member",
        ),
    ],
)
def test_each_mistake_of_a_sample_is_told(tmp_path, homes, people, words):
    with pytest.raises((InputError, InputErrors)) as caught:
        sampled_types(sample(tmp_path, homes, people), name_of=lambda path: path.name)
    assert words in messages(caught.value)


def test_residents_of_a_sample_are_households_of_the_sample(tmp_path):
    town = towns.city()
    rows = [("North", 200), ("East", 300), ("South", 100), ("West", 0)]
    file = towns.write(tmp_path / "all.csv", "zone,count", rows)
    settings = PopulationSettings(
        residents=600,
        margins=(MarginSettings(id="all", file=file, of="person"),),
        sample=sample(tmp_path),
    )
    people = build_residents(town, settings)
    assert np.bincount(people.zone).tolist() == [200, 300, 100]
    size = np.bincount(people.household)
    pairs = size[people.household] == 2
    assert not people.has_car[pairs].any()
    assert (people.sex[pairs & (people.age_band == 1)] == 0).all()
    # Two persons of every third household are one: 5 : 1 by weight.
    assert (size == 2).sum() / size.size == pytest.approx(5 / 6, abs=0.01)
    assert homes_of(town, settings).zone.max() == 3


def test_of_very_many_mistakes_the_first_are_told(tmp_path):
    with pytest.raises(InputErrors) as caught:
        margin(tmp_path, GOOD + "North,0-14,x\n" * 50)
    assert len(caught.value.errors) == 21
    assert str(caught.value.errors[-1]) == "ages.csv: and 30 more mistakes"


def test_zones_without_an_id_go_by_name():
    wards = replace(towns.city().wards, osm_id=np.zeros(4, np.int64))
    found = zones_of(wards, np.ones(4, np.bool_), map_name="toy")
    assert found.row("West", where="here") == 3
    with pytest.raises(InputError, match="`0` is no zone"):
        found.row("0", where="here")
