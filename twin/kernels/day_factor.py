"""Factors of need that a city shares on a day, from addressed innovations.

The latent normal of a date is a moving sum of the innovations of that date and of
the days before,

    z(d) = c * sum over k = 0..L of phi**k * e(d - k),   c so that Var z = 1,

which is the autoregressive process of order 1 up to a rest of phi**L (Box and
Jenkins 1970). The innovation of a date is addressed by the date, never by the day
of the run, so that neither the length of a run nor its start changes a factor.
The factor is exp(sigma z - sigma**2 / 2): lognormal with mean 1.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, standard_normal, uniform53
from twin.streams import DAY_FACTOR_CUT

LAG_REST: Final = 1e-6
"""What an innovation still weighs when it is forgotten, against its first day."""


def n_lags(autocorrelation: float) -> int:
    """Return L, the number of days before that a day's factor remembers."""
    if autocorrelation <= 0.0:
        return 0
    return math.ceil(math.log(LAG_REST) / math.log(autocorrelation))


@kernel
def fill_day_factors(
    out: NDArray[np.float64],
    innovation: NDArray[np.float64],
    first_date: int,
    autocorrelation: float,
    sigma: float,
    word2: int,
    word3: int,
    key_low: int,
    key_high: int,
) -> None:
    """Write the factor of each day.

    Parameters
    ----------
    out : (n_days,) float64, updated
        Factors with mean 1; exactly 1 where `sigma` is 0.
    innovation : (n_lags + n_days,) float64, updated
        Scratch.
    first_date : int
        Number of the first day's date; those before it count down.
    autocorrelation : float
        phi, 0 or more and below 1.
    sigma : float
        Standard deviation of the factor's logarithm.
    word2, word3, key_low, key_high : int
        Address: stream, uid of the service or of the shared factor, run seed.
    """
    n_lags = innovation.size - out.size
    for i in range(innovation.size):
        date = np.uint64(first_date - n_lags + i)
        r0, r1, r2, r3 = philox4x32(
            date, np.uint64(0), np.uint64(word2), np.uint64(word3),
            np.uint64(key_low), np.uint64(key_high),
        )  # fmt: skip
        innovation[i] = standard_normal(uniform53(r0, r1), uniform53(r2, r3))
    variance = 0.0
    weight = 1.0
    for _ in range(n_lags + 1):
        variance += weight * weight
        weight *= autocorrelation
    scale = 1.0 / math.sqrt(variance)
    for day in range(out.size):
        z = 0.0
        # Horner's rule, the oldest first.
        for lag in range(n_lags, -1, -1):
            z = z * autocorrelation + innovation[day + n_lags - lag]
        z = min(max(z * scale, -DAY_FACTOR_CUT), DAY_FACTOR_CUT)
        out[day] = math.exp(sigma * z - 0.5 * sigma * sigma)
