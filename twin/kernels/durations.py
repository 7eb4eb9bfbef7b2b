"""How long a service takes: durations addressed by need, not by server."""

from __future__ import annotations

import math

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.random import exponential, philox4x32, standard_normal, uniform32, uniform53

EXPONENTIAL = 0
DETERMINISTIC = 1
LOGNORMAL = 2
GAMMA = 3
HYPEREXPONENTIAL = 4
BALANCED = 0.0
_DRAW_STEP = np.uint64(1 << 8)


@kernel(is_internal=True)
def _standard_gamma(
    shape: float,
    w0: np.uint64,
    w1: np.uint64,
    w2: np.uint64,
    w3: np.uint64,
    k0: np.uint64,
    k1: np.uint64,
) -> float:
    """Return a gamma variate with unit scale (Marsaglia and Tsang 2000).

    Each round of the rejection has its own address (the draw byte of word 2),
    so that another round never reads a neighbour's words.
    """
    boosted = shape if shape >= 1.0 else shape + 1.0
    d = boosted - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    value = d
    word2 = w2
    for _ in range(200):
        word2 = word2 + _DRAW_STEP
        r0, r1, r2, r3 = philox4x32(w0, w1, word2, w3, k0, k1)
        x = standard_normal(uniform32(r0), uniform32(r1))
        t = 1.0 + c * x
        v = t * t * t
        if v > 0.0 and math.log(uniform32(r2)) < 0.5 * x * x + d - d * v + d * math.log(v):
            value = d * v
            if shape < 1.0:
                value *= uniform32(r3) ** (1.0 / shape)
            break
    return value


@kernel
def balanced_share(cv: float) -> float:
    """Return the share of short services at which short and long ones add up to the same time."""
    return 0.5 + 0.5 * math.sqrt((cv * cv - 1.0) / (cv * cv + 1.0))


@kernel(is_internal=True)
def _mixed_mean(mean: float, cv: float, share: float, u: float) -> float:
    """Return the mean of the branch that a uniform falls on.

    Short with probability p, ``mean (1 - sqrt(q / p) s)``, else ``mean (1 + sqrt(p / q) s)``,
    ``s**2 = (cv**2 - 1) / 2``: mean and cv of the mixture are then as asked.
    """
    p = balanced_share(cv) if share <= BALANCED else share
    spread = math.sqrt(0.5 * (cv * cv - 1.0))
    if u < p:
        return mean * max(0.0, 1.0 - math.sqrt((1.0 - p) / p) * spread)
    return mean * (1.0 + math.sqrt(p / (1.0 - p)) * spread)


@kernel
def draw_duration(
    distribution: int,
    mean: float,
    cv: float,
    share: float,
    w0: np.uint64,
    w1: np.uint64,
    w2: np.uint64,
    w3: np.uint64,
    k0: np.uint64,
    k1: np.uint64,
) -> float:
    """Return the duration at an address, in the unit of `mean`.

    Parameters
    ----------
    distribution : int
        EXPONENTIAL, DETERMINISTIC, LOGNORMAL, GAMMA or HYPEREXPONENTIAL.
    mean : float
        Mean duration.
    cv : float
        Coefficient of variation; used by all but the first two, above 1 for the last.
    share : float
        Of HYPEREXPONENTIAL durations, those of the shorter kind; BALANCED for that at
        which both kinds add up to the same time.
    w0, w1, w2, w3 : uint64
        Counter words of the address, draw 0.
    k0, k1 : uint64
        Key words.
    """
    # Below 1e-8 the square of a cv is lost beside 1, further below it is 0.
    if distribution == DETERMINISTIC or (distribution == GAMMA and cv < 1e-8):
        return mean
    if distribution == GAMMA:
        shape = 1.0 / (cv * cv)
        return mean / shape * _standard_gamma(shape, w0, w1, w2, w3, k0, k1)
    r0, r1, r2, r3 = philox4x32(w0, w1, w2, w3, k0, k1)
    if distribution == EXPONENTIAL:
        return mean * exponential(uniform53(r0, r1))
    if distribution == HYPEREXPONENTIAL:
        branch = _mixed_mean(mean, cv, share, uniform53(r2, r3))
        return branch * exponential(uniform53(r0, r1))
    sigma2 = math.log(1.0 + cv * cv)
    z = standard_normal(uniform53(r0, r1), uniform53(r2, r3))
    return mean * math.exp(math.sqrt(sigma2) * z - 0.5 * sigma2)
