"""The door of `match`: what it takes, what it refuses, what it counts."""

from __future__ import annotations

import numpy as np
import pytest

from twin.errors import InputError
from twin.parts import match


def test_lists_may_be_an_array_filled_up():
    array = match(np.array([[1, 0], [0, -1], [-1, -1]]), [1, 1])
    lists = match([[1, 0], [0], []], [1, 1])
    assert array.school.tolist() == lists.school.tolist() == [[1, 0, -1]]
    assert array.rank.tolist() == [[1, 1, 0]]
    assert array.n_listed.tolist() == [2, 1, 0]


def test_counts():
    found = match([[0, 1], [0, 1], [0]], [1, 1], priority=[[0, 0], [1, 1], [2, 2]])
    assert found.placed_share.tolist() == [2 / 3]
    assert found.first_choice_share.tolist() == [1 / 3]
    assert found.rank_mean.tolist() == [1.5]


def test_nobody_and_no_school():
    assert match([], [1]).school.shape == (1, 0)
    assert np.isnan(match([], [1]).placed_share).all()
    nobody = match([[]], [])
    assert nobody.school.tolist() == [[-1]]
    assert np.isnan(nobody.rank_mean).all()


def test_a_rank_counts_schools_that_would_not_admit():
    found = match([[0, 1]], [1, 1], priority=[[float("nan"), 0.0]])
    assert found.school.tolist() == [[1]]
    assert found.rank.tolist() == [[2]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"preferences": [[0]], "places": [1], "mechanism": "boston"}, "mechanism: found 'boston'"),
        ({"preferences": [[0]], "places": [1], "lottery": "none"}, "lottery: found 'none'"),
        ({"preferences": [[0]], "places": [-1]}, "places: -1 to -1"),
        ({"preferences": [[0]], "places": [[1]]}, r"places: shape \(1, 1\)"),
        ({"preferences": [[0]], "places": [1.5]}, "places: values of type float64"),
        ({"preferences": [[0]], "places": [[1], [1, 2]]}, "places: is no array"),
        ({"preferences": [[1]], "places": [1]}, r"preferences\[0\]: school 1"),
        ({"preferences": [[0], [0, 0]], "places": [1]}, r"preferences\[1\]: school 0 twice"),
        ({"preferences": np.array([[-1, 0]]), "places": [1]}, "preferences: a gap in a list"),
        ({"preferences": np.array([0]), "places": [1]}, r"preferences: shape \(1,\)"),
        ({"preferences": "ab", "places": [1]}, "preferences: found 'ab'"),
        ({"preferences": [["a"]], "places": [1]}, r"preferences\[0\]: values of type"),
        ({"preferences": [[0]], "places": [1], "priority": [[0, 1]]}, r"priority: shape \(1, 2\)"),
        ({"preferences": [[0]], "places": [1], "priority": [["a"]]}, "priority: is no array"),
        ({"preferences": [[0]], "places": [1], "pupils": ["a", "b"]}, "pupils: found"),
        ({"preferences": [[0], [0]], "places": [1], "pupils": ["a", "a"]}, "comes twice"),
        ({"preferences": [[0]], "places": [1], "schools": "a"}, "schools: found 'a'"),
        ({"preferences": [[0]], "places": [1], "seed": -1}, "seed: found -1"),
        ({"preferences": [[0]], "places": [1], "n_replications": 0}, "n_replications: found 0"),
    ],
)
def test_wrong_arguments_are_told(arguments, words):
    with pytest.raises(InputError, match=f"match: .*{words}|match: {words}"):
        match(**arguments)
