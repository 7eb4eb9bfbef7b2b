"""Fits on arrays, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from twin.errors import InputError
from twin.parts import fit_list, fit_margins, synthesise

SEED = [[40, 30], [35, 50]]
INCIDENCE = [[1, 1, 0, 0], [0, 0, 1, 1], [0, 2, 0, 3]]
CONTROLS = [40.0, 60.0, 150.0]
FIRST = [10.0, 10.0, 10.0, 10.0]


def test_margins_may_name_their_axes_in_any_order():
    target = np.array([[30.0, 20.0], [25.0, 25.0]])
    there = fit_margins(SEED, [([0, 1], target)]).table
    back = fit_margins(SEED, [([1, 0], target.T)]).table
    assert np.array_equal(there, target)
    assert np.array_equal(back, target)


@pytest.mark.parametrize("method", ["entropy", "ipu"])
def test_replications_are_near_the_weights_and_meet_the_controls(method):
    weight = fit_list(INCIDENCE, CONTROLS, FIRST, method=method).weight
    made = synthesise(INCIDENCE, CONTROLS, FIRST, seed=3, method=method, n_replications=20)
    assert made.shape == (20, 4)
    assert np.abs(made - weight).max() < 1.0
    assert np.abs(made @ np.array(INCIDENCE).T - CONTROLS).max() <= 2.0
    again = synthesise(INCIDENCE, CONTROLS, FIRST, seed=3, method=method, n_replications=5)
    assert np.array_equal(again, made[:5])


def test_soft_controls_that_conflict_end_between():
    fit = fit_list([[1, 1], [1, 1]], [10, 20], [1, 1], hardness=[1e6, 1e6])
    assert 13.0 < fit.weight.sum() < 15.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_margins([[1, -1]], []), "fit_margins: seed: holds a negative number"),
        (lambda: fit_margins([["a"]], []), "fit_margins: seed: is no array of numbers"),
        (lambda: fit_margins(SEED, [([2], [1, 2])]), "margins[0]: found 2"),
        (lambda: fit_margins(SEED, [([0, 0], [1, 2])]), "different axes"),
        (lambda: fit_margins(SEED, [([0], [1, 2, 3])]), "margins[0]: shape (3,)"),
        (lambda: fit_list(INCIDENCE, [1, 2], FIRST), "incidence: shape (3, 4)"),
        (lambda: fit_list(INCIDENCE, CONTROLS, FIRST, method="ipf"), "found 'ipf'"),
        (
            lambda: fit_list(INCIDENCE, CONTROLS, FIRST, method="ipu", hardness=[1, 1, 1]),
            "hardness: is given",
        ),
        (lambda: fit_list(INCIDENCE, CONTROLS, FIRST, hardness=[1]), "hardness: shape (1,)"),
        (lambda: fit_list(INCIDENCE, CONTROLS, FIRST, hardness=[1, 0, 1]), "hardness[1]: found 0"),
        (lambda: synthesise(INCIDENCE, CONTROLS, FIRST, seed=-1), "seed: found -1"),
        (
            lambda: synthesise(INCIDENCE, CONTROLS, FIRST, seed=1, n_replications=0),
            "n_replications: found 0",
        ),
    ],
)
def test_what_is_wrong_is_told(call, words):
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value)
