from __future__ import annotations

import numpy as np
import pytest

from twin.errors import InputError
from twin.population.groups import cell_column
from twin.population.residents import Residents
from twin.population.view import ResidentSet, ResidentView


@pytest.fixture
def everybody(few: Residents) -> ResidentSet:
    return ResidentSet(few, state={"burden_s": np.arange(200, dtype=np.float64)})


def test_a_set_is_a_sequence_of_rows(everybody: ResidentSet) -> None:
    assert len(everybody) == 200
    assert [one.uid for one in everybody] == list(range(200))
    assert everybody[17].uid == everybody[17].resident == 17
    assert everybody[-1].uid == 199
    assert [one.uid for one in everybody[3:6]] == [3, 4, 5]
    assert everybody[5] in everybody[3:6]
    assert everybody[6] not in everybody[3:6]
    assert 5 not in everybody
    with pytest.raises(IndexError):
        everybody[200]


def test_rows_read_names(everybody: ResidentSet, few: Residents) -> None:
    one = everybody[0]
    assert one.age_band in {"15-59", "60+"}
    assert isinstance(one.age_band, str)
    assert isinstance(one.has_car, bool)
    assert one.home_node == few.home_node[0]
    assert everybody[12].burden_s == 12.0
    assert repr(one).startswith("Resident 0: age_band=")
    assert {"age_band", "burden_s", "uid"} <= set(dir(one))


def test_rows_write_dynamic_columns(everybody: ResidentSet, few: Residents) -> None:
    everybody[9].is_informed = True
    assert bool(few.is_informed[9])
    assert cell_column("is_informed")[few.group[9]] == 1
    with pytest.raises(InputError, match="cannot be written"):
        everybody[9].age_band = "60+"
    with pytest.raises(InputError, match="did you mean `has_car`"):
        everybody[9].has_cr = True
    with pytest.raises(AttributeError, match="did you mean `age_band`"):
        _ = everybody[9].age_bnd


def test_rows_are_equal_by_resident(everybody: ResidentSet) -> None:
    assert everybody[3] == everybody[3]
    assert everybody[3] != everybody[4]
    assert len({everybody[3], everybody[3], everybody[4]}) == 2
    assert everybody[3] != 3


def test_select(everybody: ResidentSet, few: Residents) -> None:
    migrants = few.registration == 1
    assert len(everybody.select("registration=migrant")) == migrants.sum()
    assert len(everybody.select(registration="migrant")) == migrants.sum()
    assert len(everybody.select(migrants)) == migrants.sum()
    assert len(everybody.select(lambda one: one.registration == "migrant")) == migrants.sum()
    assert len(everybody.select("none")) == 0
    assert len(everybody.select(at_most=7)) == 7
    older = everybody.select("age_band=60+", has_car=True, zone=[0, 1])
    assert np.array_equal(
        older.rows, np.flatnonzero((few.age_band == 2) & few.has_car & (few.zone >= 0))
    )
    assert older.select("age_band=0-14").rows.size == 0
    assert everybody.select(age_band=["0-14", "60+"]).get("age_band").tolist().count("15-59") == 0


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("registration=migrnt", "did you mean `migrant`"),
        (np.ones(3, dtype=np.bool_), r"bool, \(200,\)"),
        (np.ones(200), "a mask of type float64"),
    ],
)
def test_bad_selections(everybody: ResidentSet, condition: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        everybody.select(condition)  # type: ignore[arg-type]


def test_bad_keywords(everybody: ResidentSet) -> None:
    with pytest.raises(InputError, match="did you mean `zone`"):
        everybody.select(zne=1)
    with pytest.raises(InputError, match="did you mean `female`"):
        everybody.select(sex="femal")


def test_get(everybody: ResidentSet, few: Residents) -> None:
    assert set(everybody.get("sex")) == {"female", "male"}
    several = everybody[:5].get(["sex", "burden_s"])
    assert several["burden_s"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    everybody.get("has_car")[:] = True
    assert not few.has_car.all()


def test_set(everybody: ResidentSet, few: Residents) -> None:
    older = everybody.select("age_band=60+")
    assert older.set("has_car", value=False) is older
    assert not few.has_car[few.age_band == 2].any()
    assert np.array_equal(cell_column("has_car")[few.group] == 1, few.has_car)
    everybody.set("has_car", np.arange(200) % 2 == 0)
    assert everybody[4].has_car
    with pytest.raises(InputError, match="cannot be written"):
        everybody.set("burden_s", 0.0)
    with pytest.raises(InputError, match="values of type bool"):
        everybody.set("has_car", "yes")


def test_agg(everybody: ResidentSet, few: Residents) -> None:
    assert everybody.agg("burden_s", "mean") == 99.5
    assert everybody.agg("has_car", "mean") == few.has_car.mean()
    assert everybody.agg("burden_s", ["min", np.max]) == [0.0, 199.0]
    with pytest.raises(InputError, match="did you mean `mean`"):
        everybody.agg("burden_s", "meen")


def test_groupby(everybody: ResidentSet, few: Residents) -> None:
    groups = everybody.groupby("registration")
    assert list(groups) == ["registered", "migrant"]
    assert groups.count() == {
        "registered": int((few.registration == 0).sum()),
        "migrant": int((few.registration == 1).sum()),
    }
    assert groups.agg("burden_s", "max")["migrant"] == np.flatnonzero(few.registration).max()
    crossed = everybody.groupby(["sex", "has_car"])
    assert sum(crossed.count().values()) == 200
    assert set(crossed) == {(sex, car) for sex in ("female", "male") for car in (False, True)}
    assert set(crossed["male", True].get("sex")) == {"male"}
    assert repr(groups).startswith("registered: ")
    assert len(everybody.select("none").groupby("sex")) == 0


def test_nothing_shows_how_rows_are_stored(few: Residents) -> None:
    order = np.arange(200) * 77 % 200  # 77 and 200 have no common factor
    plain, stored = ResidentSet(few), ResidentSet(few.permuted(order))
    for name in ("resident", "age_band", "building", "group"):
        assert np.array_equal(plain.get(name), stored.get(name))
    assert stored[17].uid == 17
    assert stored.select("sex=male").get("resident").tolist() == (
        plain.select("sex=male").get("resident").tolist()
    )
    shown = stored.groupby("age_band")["60+"].get("resident")
    assert shown.tolist() == plain.groupby("age_band")["60+"].get("resident").tolist()


def test_state_columns_have_a_value_a_resident(few: Residents) -> None:
    with pytest.raises(ValueError, match="state column burden_s"):
        ResidentSet(few, state={"burden_s": np.zeros(3)})
    with pytest.raises(ValueError, match="a name that is taken"):
        ResidentSet(few, state={"sex": np.zeros(200)})


def test_prints_itself(everybody: ResidentSet) -> None:
    assert repr(everybody[:3]) == "ResidentSet: 3 of 200 residents"
    assert isinstance(everybody[0], ResidentView)
