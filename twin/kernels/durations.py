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
def draw_duration(
    distribution: int,
    mean: float,
    cv: float,
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
        EXPONENTIAL, DETERMINISTIC, LOGNORMAL or GAMMA.
    mean : float
        Mean duration.
    cv : float
        Coefficient of variation; used by LOGNORMAL and GAMMA.
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
    sigma2 = math.log(1.0 + cv * cv)
    z = standard_normal(uniform53(r0, r1), uniform53(r2, r3))
    return mean * math.exp(math.sqrt(sigma2) * z - 0.5 * sigma2)
