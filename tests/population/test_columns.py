from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from twin.errors import InputError
from twin.population.columns import BY_NAME, COLUMNS, GROUP_COLUMNS, column
from twin.population.residents import Residents


def test_every_column_is_declared_once_and_described() -> None:
    names = [one.name for one in COLUMNS]
    assert len(set(names)) == len(names)
    assert names == [each.name for each in fields(Residents)]
    assert all(one.meaning for one in COLUMNS)
    assert all(BY_NAME[name].words for name in GROUP_COLUMNS)


def test_names_and_codes_go_both_ways() -> None:
    age = column("age_band", where="x")
    codes = age.encode(["60+", "0-14"], where="x")
    assert codes.tolist() == [2, 0]
    assert codes.dtype == np.int8
    assert age.decode(codes).tolist() == ["60+", "0-14"]


def test_what_does_not_fit_is_explained() -> None:
    with pytest.raises(InputError, match="did you mean `migrant`"):
        column("registration", where="x").encode("migrants", where="x")
    with pytest.raises(InputError, match="values of type bool"):
        column("has_car", where="x").encode("yes", where="x")
    with pytest.raises(InputError, match="did you mean `age_band`"):
        column("age_bnd", where="x")
