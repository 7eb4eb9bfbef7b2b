"""`by` of questions and measures: one column, several, or lists of several."""

from __future__ import annotations

from collections.abc import Callable

import jsonschema  # type: ignore[import-untyped]
import pytest

from twin.errors import InputError, InputErrors
from twin.experiment.asked import asked_crossings, crossing
from twin.results.equity import AVERSION_PER_H
from twin.scenario.document import Scenario
from twin.scenario.schema import file_schema

Load = Callable[..., Scenario]


def question(by: str) -> str:
    return (
        f'[[questions]]\nid = "q"\nmeasure = "burden_gini"\nby = {by}\nbetter = "lower"\n'
        "smallest_effect = 0.01\n"
    )


@pytest.mark.parametrize(
    "by",
    ['"registration,age_band,has_car"', '["registration", "age_band", "has_car"]'],
)
def test_a_question_crosses_columns_by_text_or_by_list(load: Load, by: str) -> None:
    (asked,) = load(question(by)).resolved["questions"]
    assert asked["by"] == "registration,age_band,has_car"
    assert crossing(asked) == ("registration", "age_band", "has_car")


def test_a_question_about_one_column_is_as_it_was(load: Load) -> None:
    (asked,) = load(question('"registration"')).resolved["questions"]
    assert asked["by"] == "registration"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ('["registration", "has_car"]', [["registration", "has_car"]]),
        ('[["registration", "has_car"]]', [["registration", "has_car"]]),
        ('[["sex", "zone"], ["sex", "has_car"]]', [["sex", "zone"], ["sex", "has_car"]]),
        ("[]", []),
    ],
)
def test_measures_are_grouped_by_one_crossing_or_several(
    load: Load, by: str, expected: list[list[str]]
) -> None:
    document = load(f"[measures]\nby = {by}\n").resolved
    assert document["measures"]["by"] == expected
    assert asked_crossings(document) == [tuple(one) for one in expected]


def test_what_is_crossed_anyway_is_not_asked_twice(load: Load) -> None:
    text = '[measures]\nby = ["sex", "has_car"]\n' + question('["sex", "has_car"]')
    assert asked_crossings(load(text).resolved) == [("sex", "has_car")]


def test_the_aversion_has_a_default_and_can_be_declared(load: Load) -> None:
    assert load().measures.inequality_aversion_per_h == AVERSION_PER_H
    text = "[measures]\ninequality_aversion_per_h = 0\nsmallest_group = 20\n"
    measures = load(text.replace("= 0\n", "= 0.0\n")).measures
    assert (measures.inequality_aversion_per_h, measures.smallest_group) == (0.0, 20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (question('["registration"]'), ["questions.q.by", "two columns of residents or more"]),
        (question('["sex", 3]'), ["questions.q.by", "two columns of residents or more"]),
        (question('["sex", "sex"]'), ["questions.q.by", "each column once"]),
        (question('["sex", "hascar"]'), ["unknown column of residents `hascar`", "`has_car`"]),
        ('[measures]\nby = ["sex", "hascar"]\n', ["measures.by", "did you mean `has_car`"]),
        ('[measures]\nby = [["sex"]]\n', ["measures.by", "two columns of residents or more"]),
        ('[measures]\nby = "sex"\n', ["measures.by"]),
        ("[measures]\nsmallest_group = 4\n", ["measures.smallest_group", "5"]),
        ("[measures]\ninequality_aversion_per_h = -1.0\n", ["inequality_aversion_per_h", "0"]),
        (
            question('"sex"').replace("burden_gini", "burden_widest_gap_s.sex"),
            ["`burden_widest_gap_s.sex` has no groups", "of how groups differ"],
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(load: Load, text: str, words: list[str]) -> None:
    with pytest.raises((InputError, InputErrors)) as told:
        load(text)
    for word in words:
        assert word in str(told.value)


def test_the_schema_takes_both_ways() -> None:
    found = file_schema()["$defs"]["Question"]
    by = {"$defs": file_schema()["$defs"], **found["properties"]["by"]}
    for value in ("sex", ["sex", "zone"], None):
        jsonschema.validate(value, by)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(["sex"], by)
