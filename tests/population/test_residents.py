from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from twin.population.groups import cell_column
from twin.population.residents import Residents


def test_storage_order_moves_rows_not_residents(residents: Residents) -> None:
    order = np.arange(len(residents))[::-1].copy()
    turned = residents.permuted(order)
    for each in fields(Residents):
        assert np.array_equal(turned.column(each.name)[::-1], residents.column(each.name))
    turned.has_car[:] = True
    assert not residents.has_car.all()


def test_only_permutations_are_taken(few: Residents) -> None:
    with pytest.raises(ValueError, match="not a permutation of 200 rows"):
        few.permuted(np.zeros(200, dtype=np.int64))


def test_columns_made_with_the_city_are_read_only(few: Residents) -> None:
    with pytest.raises(ValueError, match="read-only"):
        few.age_band[0] = 1
    few.has_car[0] = True


def test_wrong_columns_are_refused(few: Residents) -> None:
    with pytest.raises(ValueError, match=r"column sex: int64\(200,\), declared int8"):
        replace(few, sex=few.sex.astype(np.int64))
    with pytest.raises(ValueError, match=r"column sex: int8\(3,\)"):
        replace(few, sex=few.sex[:3])


def test_group_follows_the_columns(few: Residents) -> None:
    assert np.array_equal(cell_column("age_band")[few.group], few.age_band)
    few.has_car[:] = ~few.has_car
    few.refresh_groups()
    assert np.array_equal(cell_column("has_car")[few.group] == 1, few.has_car)


def test_prints_itself(few: Residents) -> None:
    assert repr(few).startswith("Residents: 200 in ")
    assert repr(few).endswith("households, 27 bytes each")
