from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import InputError
from twin.population.columns import BY_NAME, GROUP_COLUMNS
from twin.population.groups import N_CELLS, cell_column, cell_labels, group_codes, group_mask


def test_each_cell_is_one_combination() -> None:
    labels = cell_labels()
    assert len(labels) == len(set(labels)) == N_CELLS == 3 * 2 * 2 * 3 * 2 * 2 * 2
    assert labels[0] == (
        "age_band=0-14,sex=female,registration=registered,income_band=low,"
        "has_car=false,has_ebike=false,is_informed=false"
    )


@given(st.integers(0, N_CELLS - 1))
def test_a_cells_label_selects_that_cell(cell: int) -> None:
    assert np.flatnonzero(group_mask(cell_labels()[cell])).tolist() == [cell]


def test_codes_of_residents_are_the_cells_of_their_columns() -> None:
    columns = {name: cell_column(name) for name in GROUP_COLUMNS}
    codes = group_codes(columns)
    assert codes.dtype == np.uint16
    assert codes.tolist() == list(range(N_CELLS))


@given(
    st.sampled_from(GROUP_COLUMNS).flatmap(
        lambda name: st.tuples(
            st.just(name), st.lists(st.sampled_from(BY_NAME[name].words), min_size=1, unique=True)
        )
    )
)
def test_bars_mean_or_and_the_rest_is_the_complement(choice: tuple[str, list[str]]) -> None:
    name, words = choice
    mask = group_mask(f"{name}={'|'.join(words)}")
    assert np.array_equal(mask, np.any([group_mask(f"{name}={word}") for word in words], axis=0))
    others = [word for word in BY_NAME[name].words if word not in words]
    rest = group_mask(f"{name}={'|'.join(others)}") if others else group_mask("none")
    assert np.array_equal(rest, ~mask)


def test_commas_mean_and() -> None:
    both = group_mask(" registration = registered , age_band = 0-14|60+ ")
    assert np.array_equal(
        both, group_mask("registration=registered") & group_mask("age_band=0-14|60+")
    )
    assert int(both.sum()) == N_CELLS // 3


def test_all_and_none() -> None:
    assert group_mask("all").all()
    assert not group_mask("none").any()
    assert group_mask("has_car=true").sum() == N_CELLS // 2


@pytest.mark.parametrize(
    ("condition", "found", "hint"),
    [
        ("", "condition ``", ""),
        ("registered", "condition `registered`", ""),
        ("age_band=", "condition `age_band=`", ""),
        ("sex=female,", "condition `sex=female,`", ""),
        ("registraton=migrant", "`registraton`", "did you mean `registration`?"),
        ("zone=1", "`zone` is no column", ""),
        ("registration=migrants", "`migrants` is no category", "did you mean `migrant`?"),
        ("has_car=True", "`True` is no category", "did you mean `true`?"),
        ("sex=female,sex=male", "`sex` stands twice", "`sex=a|b`"),
    ],
)
def test_bad_conditions_are_explained(condition: str, found: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        group_mask(condition, where="interventions[2].eligible")
    assert caught.value.where == "interventions[2].eligible"
    assert found in caught.value.found
    assert hint in caught.value.hint
    assert caught.value.expected


def test_unknown_cell_column() -> None:
    with pytest.raises(InputError, match="groups residents"):
        cell_column("zone")
