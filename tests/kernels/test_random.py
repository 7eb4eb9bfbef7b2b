from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from twin import streams
from twin.kernels import random

N = 200_000
Words = tuple[int, int, int, int]

# Random123, kat_vectors, philox4x32 with 10 rounds: counter, key, answer.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: Words, key: tuple[int, int], answer: Words) -> None:
    words = random.philox4x32(*(np.uint64(word) for word in (*counter, *key)))
    assert tuple(int(word) for word in words) == answer


@pytest.fixture(scope="module")
def uniforms() -> NDArray[np.float64]:
    names = np.arange(N, dtype=np.uint32)
    return random.addressed_uniforms(7, streams.PERSON, names)


@pytest.fixture(scope="module")
def others() -> NDArray[np.float64]:
    names = np.arange(N, dtype=np.uint32)
    return random.addressed_uniforms(7, streams.PERSON, names, draw=1)


def test_uniforms_are_uniform(uniforms: NDArray[np.float64]) -> None:
    assert stats.kstest(uniforms, "uniform").pvalue > 1e-3


def test_questions_are_independent(
    uniforms: NDArray[np.float64], others: NDArray[np.float64]
) -> None:
    assert abs(np.corrcoef(uniforms, others)[0, 1]) < 4 / math.sqrt(N)
    cells = np.histogram2d(uniforms, others, bins=20, range=[[0, 1], [0, 1]])[0].ravel()
    assert stats.chisquare(cells).pvalue > 1e-3


def test_neighbouring_addresses_are_independent(uniforms: NDArray[np.float64]) -> None:
    assert abs(np.corrcoef(uniforms[:-1], uniforms[1:])[0, 1]) < 4 / math.sqrt(N)


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**64 - 1])
def test_an_address_answers_alone_as_in_company(seed: int) -> None:
    names = np.array([5, 17, 2**32 - 1], dtype=np.uint32)
    together = random.addressed_uniforms(seed, 3, names, word3=2**32 - 1)
    alone = [
        random.addressed_uniforms(seed, 3, names[i : i + 1], word3=2**32 - 1)[0] for i in range(3)
    ]
    assert together.tolist() == alone


def test_every_part_of_the_address_matters() -> None:
    names = np.zeros(1, dtype=np.uint32)
    answers = [
        random.addressed_uniforms(1, 3, names)[0],
        random.addressed_uniforms(2, 3, names)[0],
        random.addressed_uniforms(1 + 2**32, 3, names)[0],
        random.addressed_uniforms(1, 4, names)[0],
        random.addressed_uniforms(1, 3, names + np.uint32(1))[0],
        random.addressed_uniforms(1, 3, names, draw=1)[0],
        random.addressed_uniforms(1, 3, names, word3=1)[0],
    ]
    assert len(set(answers)) == len(answers)


@pytest.mark.parametrize("high", [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
@pytest.mark.parametrize("low", [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_uniforms_never_touch_their_ends(high: int, low: int) -> None:
    u = random.uniform53(np.uint64(high), np.uint64(low))
    assert 0.0 < u < 1.0
    assert math.isfinite(random.gumbel(u))
    assert math.isfinite(random.exponential(u))
    short = random.uniform32(np.uint64(high))
    assert 0.0 < short < 1.0
    assert math.isfinite(random.gumbel(short))
    assert math.isfinite(random.standard_normal(u, short))


def test_exponential(uniforms: NDArray[np.float64]) -> None:
    sample = np.array([random.exponential(u) for u in uniforms[:20_000]])
    assert stats.kstest(sample, "expon").pvalue > 1e-3


def test_gumbel_has_mean_zero_and_scale_one(uniforms: NDArray[np.float64]) -> None:
    sample = np.array([random.gumbel(u) for u in uniforms[:50_000]])
    assert stats.kstest(sample, "gumbel_r", args=(-random.EULER_GAMMA, 1.0)).pvalue > 1e-3
    assert sample.mean() == pytest.approx(0.0, abs=4 * math.pi / math.sqrt(6 * sample.size))


def test_standard_normal(uniforms: NDArray[np.float64], others: NDArray[np.float64]) -> None:
    sample = np.array(
        [random.standard_normal(u, v) for u, v in zip(uniforms[:50_000], others, strict=False)]
    )
    assert stats.kstest(sample, "norm").pvalue > 1e-3


@pytest.mark.parametrize("alpha", [0.3, 0.5, 0.9])
def test_positive_stable_has_its_laplace_transform(
    uniforms: NDArray[np.float64], others: NDArray[np.float64], alpha: float
) -> None:
    pairs = zip(uniforms[:50_000], others, strict=False)
    logs = np.array([random.log_positive_stable(alpha, u, random.exponential(v)) for u, v in pairs])
    for s in (0.1, 1.0, 10.0):
        transformed = np.exp(-s * np.exp(np.minimum(logs, 700.0)))
        error = transformed.std() / math.sqrt(transformed.size)
        assert transformed.mean() == pytest.approx(math.exp(-(s**alpha)), abs=4 * error)


def test_stable_times_gumbel_is_gumbel(
    uniforms: NDArray[np.float64], others: NDArray[np.float64]
) -> None:
    # The two-part taste: alpha * (G + log S) is a Gumbel of scale one again.
    alpha = 0.6
    n = 50_000
    names = np.arange(n, dtype=np.uint32)
    third = random.addressed_uniforms(7, streams.PERSON, names, draw=2)
    triples = zip(uniforms[:n], others[:n], third, strict=True)
    sample = np.array(
        [
            alpha
            * (
                -math.log(-math.log(w))
                + random.log_positive_stable(alpha, u, random.exponential(v))
            )
            for u, v, w in triples
        ]
    )
    assert stats.kstest(sample, "gumbel_r").pvalue > 1e-3
