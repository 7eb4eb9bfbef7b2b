"""Choice and nearest-facility cases: the searches are exact, wrong cases are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin.errors import InputError
from twin.validation import process
from twin.validation.cases import Case


def case_of(model, **inputs):
    return Case(model, "process", model, inputs, {"x": 1.0}, {"kind": "simulation"}, "c", Path())


def test_ways_along_the_streets_are_manhattan_distances():
    rng = np.random.Generator(np.random.Philox(5))
    for _ in range(20):
        facilities, homes = (tuple(rng.integers(0, 50, (2, n))) for n in (4, 30))
        table = sum(np.abs(h[:, None] - f[None, :]) for h, f in zip(homes, facilities, strict=True))
        found = process._along_streets(facilities, homes) * process.UNIT_MM
        assert found == pytest.approx(table.min(axis=1).mean(), rel=1e-12)


def test_straight_lines_are_those_of_pythagoras():
    facility = (np.array([0]), np.array([0]))
    homes = (np.array([3, 6]), np.array([4, 8]))
    assert process._straight(facility, homes) * process.UNIT_MM == pytest.approx(7.5)


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_distances_scale_with_the_case(scale):
    near = process.square_mean(case_of("square_mean", a=1.0))(1, 3)
    far = process.square_mean(case_of("square_mean", a=scale))(1, 3)
    for name, values in near.items():
        np.testing.assert_allclose(far[name], scale * values)
    # Along streets it is never nearer than in a straight line.
    assert (near["manhattan"] > near["euclid"]).all()


def test_nearest_of_a_field_scales_with_its_density():
    dense = process.nearest_poisson(case_of("nearest_poisson", density=4.0))(1, 2)
    thin = process.nearest_poisson(case_of("nearest_poisson", density=1.0))(1, 2)
    for name in ("euclid", "manhattan"):
        np.testing.assert_allclose(thin[name], 2 * dense[name])
    np.testing.assert_allclose(thin["euclid"], 0.5, rtol=0.15)


def test_huff_is_the_logit_of_its_attractions():
    inputs = {"size": [100, 250], "time": [5, 10], "lam": 1.5}
    shares = process.huff(case_of("huff", **inputs))(3, 4)
    utility = (np.log([100, 250]) - 1.5 * np.log([5, 10])).tolist()
    same = process.logit(case_of("logit", utility=utility))(3, 4)
    np.testing.assert_array_equal(shares["share_1"], same["share_1"])


@pytest.mark.parametrize(
    ("model", "inputs", "message"),
    [
        ("logit", {}, "inputs.utility: is missing"),
        ("huff", {"size": [1, 2], "time": [1], "lam": 1}, "2 sizes and 1 times"),
        ("huff", {"size": [1], "time": [0], "lam": 1}, "1 sizes and 1 times"),
        ("nearest_poisson", {"density": 0}, "density: found 0"),
        ("square_mean", {"a": -1}, "a: found -1"),
    ],
)
def test_a_wrong_case_is_told(model, inputs, message):
    with pytest.raises(InputError, match=message):
        process.ADAPTERS["process", model](case_of(model, **inputs))
