"""Steps of a service: work over staffed time, waits of those served, in the window alone."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from twin.results.by_step import by_step
from twin.results.groups import Category

STEPS = ("register", "check", "pay")


def labelled(codes, labels):
    return Category(np.array(codes, dtype=np.int32), tuple(labels))


HOURS = {
    "service": labelled([0, 0, 0, 1, 0], ["papers", "other"]),
    "stage": labelled([0, 1, 0, 0, 1], STEPS),
    "hour_s": np.array([3600.0, 3600.0, 7200.0, 3600.0, 90_000.0]),
    "open_servers": np.array([1.0, 2.0, 1.0, 9.0, 50.0]),
    "busy_s": np.array([1800.0, 7200.0, np.nan, 3600.0, 3600.0]),
}
VISITS = {
    "service": labelled([0, 0, 0, 1, 0, -1], ["papers", "other"]),
    "stage": labelled([0, 0, 1, 0, 0, -1], STEPS),
    "need_s": np.array([10.0, 20.0, 20.0, 20.0, 90_000.0, 30.0]),
    "wait_s": np.array([60.0, np.nan, 300.0, 9000.0, 9000.0, 9000.0]),
}
_steps = partial(by_step, service="papers", stages=STEPS, window_s=(0.0, 86_400.0))


def test_each_step_has_its_own_work_and_waits():
    register, check, pay = _steps(HOURS, VISITS)
    assert register == pytest.approx((0.25, 60.0))
    assert check == pytest.approx((1.0, 300.0))
    assert np.isnan(pay).all()


def test_without_visits_no_wait_is_known():
    found = _steps(HOURS, None)
    assert found[0].load == 0.25
    assert all(np.isnan(step.wait_mean_s) for step in found)
