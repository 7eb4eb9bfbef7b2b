"""The arithmetic of joined groups."""

from __future__ import annotations

import numpy as np
import pytest

from twin.results.groups import (
    Category,
    as_category,
    columns_of,
    crossed,
    divided,
    named,
    parts_of,
    positions,
    quantile,
    recoded,
)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9, 1.0])
def test_quantiles_of_joined_groups(share: float) -> None:
    groups = [np.array([1.0, 5.0, 9.0]), np.array([]), np.array([2.0]), np.arange(40.0)]
    found = quantile(np.concatenate(groups), np.array([len(one) for one in groups]), share)
    for value, one in zip(found, groups, strict=True):
        if len(one):
            assert value == pytest.approx(np.quantile(one, share))
        else:
            assert np.isnan(value)


def test_no_value_at_all() -> None:
    assert np.isnan(quantile(np.array([]), np.array([0, 0]), 0.5)).all()
    assert np.isnan(divided(np.array([3.0]), np.array([0]))).all()


def test_columns_become_categories() -> None:
    assert as_category(np.array([True, False])).labels == ("false", "true")
    assert as_category(np.array([2, 0], dtype=np.int16)).labels == ("0", "1", "2")
    named = as_category(np.array(["b", "a", "b"]))
    assert (named.labels, named.codes.tolist()) == (("a", "b"), [1, 0, 1])


def test_codes_follow_the_labels_and_unknown_ones_are_minus_one() -> None:
    column = Category(np.array([0, 1, 2, -1]), ("x", "served", "forgone"))
    assert recoded(column, ("served", "forgone")).tolist() == [-1, 0, 1, -1]


def test_positions_of_uids_in_any_order() -> None:
    assert positions(np.array([7, 3, 5]), np.array([5, 5, 7])).tolist() == [2, 2, 0]


def test_crossed_groups_are_named_and_keep_the_missing() -> None:
    sex = named("sex", Category(np.array([0, 1, -1, 1]), ("female", "male")))
    car = named("has_car", Category(np.array([1, 0, 1, -1]), ("false", "true")))
    found = crossed([sex, car])
    names = [found.labels[code] if code >= 0 else None for code in found.codes]
    assert names == ["sex=female,has_car=true", "sex=male,has_car=false", None, None]
    assert columns_of("sex=male,has_car=false") == ("sex", "has_car")


def test_a_value_may_hold_a_comma() -> None:
    assert parts_of("zone=Larvotto, Bas,sex=male") == ["zone=Larvotto, Bas", "sex=male"]
    assert columns_of("all") == ()


def test_very_many_crossed_groups_do_not_overflow() -> None:
    wide = Category(np.array([0, 299]), tuple(f"a={n}" for n in range(300)))
    found = crossed([wide, wide])
    assert [found.labels[code] for code in found.codes] == ["a=0,a=0", "a=299,a=299"]
