"""Philox4x32-10 and the variates made from its words.

Counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
numbers: as easy as 1, 2, 3", SC 2011. Known-answer vectors of Random123 are in
the tests. Every function is pure: address in, variate out.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.streams import pack_stream, split_key

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_INV32 = 2.0**-32
_INV52 = 2.0**-52
_SHIFT6 = np.uint64(6)
_SHIFT26 = np.uint64(26)
EULER_GAMMA = 0.5772156649015329


@kernel(is_inlined=True)
def philox4x32(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four 32-bit words at an address, each held in a uint64.

    Parameters
    ----------
    c0, c1, c2, c3 : uint64 below 2**32
        Counter words.
    k0, k1 : uint64 below 2**32
        Key words.
    """
    for _ in range(10):
        # Masked, so that the compiler sees products of 32 bits and makes eight at once.
        p0 = _M0 * (c0 & _LOW)
        p1 = _M1 * (c2 & _LOW)
        c0 = (p1 >> _SHIFT) ^ c1 ^ k0
        c1 = p1 & _LOW
        c2 = (p0 >> _SHIFT) ^ c3 ^ k1
        c3 = p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@kernel
def uniform32(word: np.uint64) -> float:
    """Return a uniform in the open interval (0, 1) from one 32-bit word."""
    return (float(word) + 0.5) * _INV32


@kernel
def uniform53(high: np.uint64, low: np.uint64) -> float:
    """Return a uniform in the open interval (0, 1) from two words.

    One of the 2**52 odd multiples of 2**-53: 53 bits are all a float holds, and with
    53 random ones before the half, the largest would round to 1 and its logarithms
    to infinity.
    """
    bits = ((high >> _SHIFT6) << _SHIFT26) | (low >> _SHIFT6)
    return (float(bits) + 0.5) * _INV52


@kernel
def exponential(u: float) -> float:
    """Return a unit exponential by inversion."""
    return -math.log(u)


@kernel
def gumbel(u: float) -> float:
    """Return a Gumbel variate with mean zero and scale one by inversion."""
    return -math.log(-math.log(u)) - EULER_GAMMA


@kernel
def standard_normal(u: float, v: float) -> float:
    """Return a standard normal (Box and Muller 1958) from two uniforms."""
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@kernel
def log_positive_stable(alpha: float, u: float, e: float) -> float:
    """Return the logarithm of a positive alpha-stable variate, 0 < alpha < 1.

    Kanter (1975): with U uniform on (0, pi) and E a unit exponential,
    ``S = sin(alpha U) / sin(U)**(1/alpha) * (sin((1-alpha) U) / E)**((1-alpha)/alpha)``
    has Laplace transform ``exp(-s**alpha)``. In logarithms nothing overflows.
    """
    angle = math.pi * u
    ratio = (1.0 - alpha) / alpha
    value = math.log(math.sin(alpha * angle)) - math.log(math.sin(angle)) / alpha
    return value + ratio * (math.log(math.sin((1.0 - alpha) * angle)) - math.log(e))


@kernel
def fill_uniforms(
    out: NDArray[np.float64],
    word0: NDArray[np.uint32],
    word2: int,
    word3: int,
    k0: int,
    k1: int,
) -> None:
    """Write one uniform per word 0, under fixed words 2 and 3, to `out`."""
    zero = np.uint64(0)
    c2 = np.uint64(word2)
    c3 = np.uint64(word3)
    for i in range(word0.size):
        r0, r1, _, _ = philox4x32(np.uint64(word0[i]), zero, c2, c3, np.uint64(k0), np.uint64(k1))
        out[i] = uniform53(r0, r1)


def addressed_uniforms(
    seed: int, stream: int, word0: NDArray[np.uint32], *, draw: int = 0, word3: int = 0
) -> NDArray[np.float64]:
    """Return one uniform per address, for set-up work on whole columns.

    Parameters
    ----------
    seed
        64-bit key.
    stream
        Number from `twin.streams.STREAMS`.
    word0 : (n,) uint32
        Household, resident or replicate.
    draw
        Number of the question asked of the stream, 0..255.
    word3
        Uid of the facility or service, 0 where the stream has none.

    Returns
    -------
    (n,) float64
        Uniforms in the open interval (0, 1).
    """
    out = np.empty(word0.size, dtype=np.float64)
    k0, k1 = split_key(seed)
    words = np.ascontiguousarray(word0, dtype=np.uint32)
    fill_uniforms(out, words, pack_stream(stream, draw), word3, k0, k1)
    return out
