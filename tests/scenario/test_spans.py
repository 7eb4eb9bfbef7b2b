"""Edit algebra: what several interventions do to one cell, and that ends undo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twin.city.edits import Edit, EditValue
from twin.errors import InputError
from twin.scenario.interventions import Span
from twin.scenario.spans import joined_edits
from twin.units import DAY_S

BASE = "base"


def span(cause: str, from_day: float, to_day: float | None, value: EditValue = "") -> Span:
    return Span(
        "facilities", "x/clinic", "hours", "set", value or cause, BASE, from_day, to_day, cause
    )


def value_at(edits: list[Edit], day: float) -> EditValue:
    """Apply edits up to and including a day."""
    value: EditValue = BASE
    for edit in sorted(edits, key=lambda one: one.time_s):
        if edit.time_s <= day * DAY_S:
            value = edit.value
    return value


def test_an_end_restores_the_one_that_still_holds() -> None:
    edits = joined_edits([span("long", 1, None), span("short", 3, 5)])
    assert [value_at(edits, day) for day in (0, 1, 3, 5, 9)] == [
        BASE,
        "long",
        "short",
        "long",
        "long",
    ]


def test_an_end_leaves_a_later_one_alone() -> None:
    edits = joined_edits([span("first", 1, 5), span("second", 3, None)])
    assert [(one.time_s / DAY_S, one.value) for one in edits] == [(1, "first"), (3, "second")]


def test_one_ends_as_the_next_begins() -> None:
    edits = joined_edits([span("first", 1, 3), span("second", 3, 5)])
    assert [
        (one.time_s / DAY_S, one.value) for one in sorted(edits, key=lambda one: one.time_s)
    ] == [
        (1, "first"),
        (3, "second"),
        (5, BASE),
    ]


def test_the_end_bears_the_name_of_what_ended() -> None:
    edits = joined_edits([span("first", 1, 3)])
    assert [one.cause for one in edits] == ["first", "first"]


def test_additions_add_up_and_vanish() -> None:
    def added(cause: str, from_day: float, to_day: float, n: int) -> Span:
        return Span("facilities", "x/clinic", "servers", "add", n, 1, from_day, to_day, cause)

    edits = joined_edits([added("a", 1, 4, 2), added("b", 2, 3, 5)])
    assert sum(int(one.value) for one in edits) == 0
    assert all(one.op == "add" for one in edits)
    at_2 = sum(int(one.value) for one in edits if one.time_s <= 2 * DAY_S)
    assert at_2 == 7


def test_cells_do_not_touch_each_other() -> None:
    other = Span("facilities", "y/clinic", "hours", "set", "z", "own", 2, 6, "b")
    edits = joined_edits([span("a", 1, 5), other])
    assert {(one.uid, one.value) for one in edits if one.time_s >= 5 * DAY_S} == {
        ("x/clinic", BASE),
        ("y/clinic", "own"),
    }


_spans = st.lists(
    st.tuples(st.integers(0, 12), st.none() | st.integers(1, 6)),
    max_size=6,
    unique_by=lambda pair: pair[0],
).map(
    lambda pairs: [
        span(f"s{number}", start, None if length is None else start + length)
        for number, (start, length) in enumerate(pairs)
    ]
)


@given(_spans, st.integers(0, 20))
def test_the_newest_span_that_holds_decides(spans: list[Span], day: int) -> None:
    holding = [
        one for one in spans if one.from_day <= day and (one.to_day is None or day < one.to_day)
    ]
    expected = max(holding, key=lambda one: one.from_day).value if holding else BASE
    assert value_at(joined_edits(spans), day) == expected


@given(_spans)
def test_when_all_have_ended_the_city_is_as_before(spans: list[Span]) -> None:
    if all(one.to_day is not None for one in spans):
        assert value_at(joined_edits(spans), 100) == BASE


@given(_spans)
def test_the_order_in_the_file_does_not_matter(spans: list[Span]) -> None:
    from twin.city.edits import compile_edits

    try:
        assert compile_edits(joined_edits(spans)) == compile_edits(joined_edits(reversed(spans)))
    except InputError as error:  # pragma: no cover - starts differ, so nothing may conflict
        raise AssertionError from error
