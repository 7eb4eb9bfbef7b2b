from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.city.edits import EDITABLE, AppliedEdit, Edit, EditValue, check_edit, compile_edits
from twin.errors import InputError

SET = Edit(86_400.0, "facilities", "a/primary_care", "servers", "set", 3, "more")
ADD = replace(SET, op="add", value=1)
A_VALUE: dict[type, object] = {int: 1, bool: True, str: "all", float: 1.5}


@pytest.mark.parametrize(
    ("table", "column"), [(table, name) for table, cells in EDITABLE.items() for name in cells]
)
def test_every_declared_cell_can_be_set(table: str, column: str) -> None:
    value = A_VALUE[EDITABLE[table][column]]
    check_edit(Edit(0.0, table, "x", column, "set", value))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (replace(SET, table="facility"), "no such cell"),
        (replace(SET, column="server"), "no such cell"),
        (replace(SET, value=3.0), "a value of type int"),
        (replace(SET, value=True), "a value of type int"),
        (replace(SET, value="3"), "a value of type int"),
        (replace(SET, column="is_active", value=1), "a value of type bool"),
        (replace(ADD, column="is_active", value=True), "`add` on a bool"),
        (replace(ADD, column="hours", value="24/7"), "`add` on a str"),
        (replace(SET, op="remove"), "`set` or `add`"),  # type: ignore[arg-type]
        (replace(SET, time_s=-1.0), "not before the run's start"),
        (replace(SET, time_s=math.nan), "not before the run's start"),
        (replace(SET, time_s=math.inf), "not before the run's start"),
    ],
)
def test_impossible_edits_are_refused(edit: Edit, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        compile_edits([edit])
    assert "`more`" in caught.value.where


def test_two_setters_of_one_cell_are_refused() -> None:
    other = replace(SET, value=4, cause="other")
    with pytest.raises(InputError, match="both set") as caught:
        compile_edits([SET, other])
    assert "`more`" in str(caught.value)
    assert "`other`" in str(caught.value)
    assert len(compile_edits([SET, replace(other, time_s=SET.time_s + 1)])) == 2
    assert len(compile_edits([SET, replace(other, column="waiting_room")])) == 2


def test_two_additions_add_up() -> None:
    assert len(compile_edits([ADD, replace(ADD, cause="other")])) == 2


def test_setters_a_fraction_of_a_microsecond_apart_are_at_one_time() -> None:
    with pytest.raises(InputError):
        compile_edits([SET, replace(SET, time_s=SET.time_s + 1e-8, cause="other")])


def test_nothing_is_the_baseline() -> None:
    assert compile_edits([]) == ()


@given(
    st.lists(
        st.builds(
            Edit,
            st.sampled_from([0.0, 60.0, 86_400.0]),
            st.just("facilities"),
            st.sampled_from(["a", "b"]),
            st.sampled_from(["servers", "waiting_room"]),
            st.just("add"),
            st.integers(-3, 3),
            st.uuids().map(str),
        ),
        max_size=12,
    ),
    st.data(),
)
def test_order_in_the_file_does_not_matter(edits: list[Edit], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(edits))
    compiled = compile_edits(edits)
    assert compiled == compile_edits(shuffled)
    assert [e.time_us for e in compiled] == sorted(e.time_us for e in edits)


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        (AppliedEdit(ADD, old=2, new=3), ("add", -1)),
        (AppliedEdit(SET, old=2, new=3), ("set", 2)),
        # Five were added to two before: of seven, two had been set.
        (AppliedEdit(SET, old=7, new=8), ("set", 2)),
        (AppliedEdit(replace(SET, column="hours", value="24/7"), "off", "24/7"), ("set", "off")),
    ],
)
def test_undo_restores_what_stood_there(
    applied: AppliedEdit, expected: tuple[str, EditValue]
) -> None:
    undone = applied.undone(172_800.0)
    assert (undone.op, undone.value, undone.time_s) == (*expected, 172_800.0)
    edit = applied.edit
    assert (undone.table, undone.uid, undone.column) == (edit.table, edit.uid, edit.column)
    check_edit(undone)
