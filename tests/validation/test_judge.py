from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from twin.validation.judge import Metric, judge_simulation, missing


def _sample(mean: float, sd: float, n: int = 40) -> NDArray[np.float64]:
    """Numbers of exactly this mean and standard deviation."""
    shape = stats.norm.ppf((np.arange(n) + 0.5) / n)
    shape = (shape - shape.mean()) / shape.std(ddof=1)
    return np.asarray(mean + sd * shape)


def _judge(sample: NDArray[np.float64], expected: float) -> Metric:
    return judge_simulation("Wq", expected, sample, max_rel_halfwidth=0.02)


def test_a_right_and_precise_answer_passes() -> None:
    metric = _judge(_sample(1.0, 0.02), 1.005)
    assert metric.ok
    assert metric.ci_low < 1.0 < metric.ci_high


def test_the_interval_is_student_s() -> None:
    sample = _sample(5.0, 0.1, n=33)
    metric = _judge(sample, 5.0)
    low, high = stats.t.interval(0.999, 32, loc=sample.mean(), scale=stats.sem(sample))
    assert (metric.ci_low, metric.ci_high) == pytest.approx((low, high))


def test_a_bias_fails() -> None:
    metric = _judge(_sample(1.02, 0.02), 1.0)
    assert not metric.ok
    assert metric.why == "outside the interval"


def test_a_bias_cannot_hide_behind_noise() -> None:
    metric = _judge(_sample(1.02, 0.2), 1.0)
    assert not metric.ok
    assert "not decided" in metric.why


def test_too_few_replications_fail() -> None:
    assert "30 are needed" in _judge(_sample(1.0, 0.001, n=29), 1.0).why
    assert _judge(np.empty(0), 1.0).ok is False


def test_zero_means_zero() -> None:
    assert _judge(np.zeros(40), 0.0).ok
    almost = np.zeros(40)
    almost[7] = 1e-300
    assert not _judge(almost, 0.0).ok


def test_nan_fails() -> None:
    sample = _sample(1.0, 0.001)
    sample[3] = np.nan
    assert not _judge(sample, 1.0).ok


def test_replications_that_agree_need_not_agree_to_the_last_bit() -> None:
    assert _judge(np.full(40, 0.1 + 0.2), 0.3).ok
    assert not _judge(np.full(40, 0.3001), 0.3).ok


def test_json_holds_no_nan_and_both_runs() -> None:
    first = _judge(_sample(1.0, 0.2), 1.0)
    again = Metric("Wq", 1.0, 1.0, 0.99, 1.01, 160, ok=True, first=first)
    made = json.loads(json.dumps(again.to_dict(), allow_nan=False))
    assert made["ok"] is True
    assert made["first"]["ok"] is False
    assert made["first"]["n_replications"] == 40
    gone = json.loads(json.dumps(missing("L", 2.0).to_dict(), allow_nan=False))
    assert gone["got"] is None
    assert "first run" in str(again)
