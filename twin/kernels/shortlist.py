"""The candidates of one choice: what bounds their utility, and the words of their tastes.

Logarithms and sines of the tastes of 16 candidates cost more than everything else of a
visit. Both parts of a taste grow with their uniforms, so the top bits of the random words
bound it from above by a table; whoever cannot be the best even so is never worked out.
The bounds only decide what is worked out, never what is chosen.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import (
    EULER_GAMMA,
    exponential,
    log_positive_stable,
    philox4x32,
    uniform53,
)
from twin.streams import (
    FORGO_NEED,
    FORGO_PERMANENT,
    NEST_TASTE,
    TASTE_NEED,
    TASTE_PERMANENT,
    pack_stream,
)

_FORGO_PERMANENT = np.uint64(pack_stream(FORGO_PERMANENT))
_FORGO_NEED = np.uint64(pack_stream(FORGO_NEED))
_NEST_NEED = np.uint64(pack_stream(NEST_TASTE))
_NEST_PERMANENT = np.uint64(pack_stream(NEST_TASTE, draw=1))
_TASTE_PERMANENT = np.uint64(pack_stream(TASTE_PERMANENT))
_TASTE_NEED = np.uint64(pack_stream(TASTE_NEED))
_GAMMA = EULER_GAMMA
_ZERO = np.uint64(0)
_LOW = np.uint64(0xFFFFFFFF)
# Cells of the tables of bounds: by the top 10 bits of a word. 1,024 numbers stay in the
# nearest cache; one candidate in 1,024 falls in the last cell, which has no bound.
BOUND_BITS = 10
N_BOUNDS = 1 << BOUND_BITS
_TO_BOUND = np.uint64(32 - BOUND_BITS)
# Far above the rounding of a taste (1e-14), far below what matters for speed.
SLACK = 1e-9
N_WORDS = 6


class Shortlist(NamedTuple):
    """Scratch for one choice: a row a candidate that admits the resident and can be reached.

    Attributes
    ----------
    row : (n,) int64
        Row among the candidates.
    mode : (n,) int64
    general_ms : (n,) int64
        Generalised travel time.
    certain : (n,) float64
        Utility that neither wait, delay nor taste decide.
    scale, shift : (n,) float64
        What a nest makes of a taste: ``scale * taste + shift``.
    bound : (n,) float64
        Never below the utility; -inf once a candidate is done with.
    uid : (n,) uint64
    word : (N_WORDS, n) uint64
        Random words of the need's part and of the permanent part of the taste.
    """

    row: NDArray[np.int64]
    mode: NDArray[np.int64]
    general_ms: NDArray[np.int64]
    certain: NDArray[np.float64]
    scale: NDArray[np.float64]
    shift: NDArray[np.float64]
    bound: NDArray[np.float64]
    uid: NDArray[np.uint64]
    word: NDArray[np.uint64]


@kernel(is_inlined=True)
def taste_of_words(
    r0: np.uint64,
    r1: np.uint64,
    p0: np.uint64,
    p1: np.uint64,
    p2: np.uint64,
    p3: np.uint64,
    need_share: float,
) -> float:
    """Return the taste that belongs to the words of its two parts.

    ``lambda G + lambda log S``, centred, with G Gumbel and S positive lambda-stable.
    """
    value = -math.log(-math.log(uniform53(r0, r1)))
    if need_share < 1.0:
        value += log_positive_stable(need_share, uniform53(p0, p1), exponential(uniform53(p2, p3)))
    return need_share * value - _GAMMA


@kernel(is_internal=True)
def draw_words(
    word: NDArray[np.uint64],
    uid: NDArray[np.uint64],
    n: int,
    resident: np.uint64,
    day_slot: np.uint64,
    need_share: float,
    k0: np.uint64,
    k1: np.uint64,
) -> None:
    """Draw the words of `n` tastes; plain loops, which the compiler makes four abreast."""
    # The masks tell the compiler that 32-bit products will do.
    key0 = k0 & _LOW
    key1 = k1 & _LOW
    for i in range(n):
        r0, r1, _, _ = philox4x32(resident & _LOW, day_slot & _LOW, _TASTE_NEED, uid[i], key0, key1)
        word[0, i] = r0
        word[1, i] = r1
    if need_share < 1.0:
        for i in range(n):
            r0, r1, r2, r3 = philox4x32(
                resident & _LOW, _ZERO, _TASTE_PERMANENT, uid[i], key0, key1
            )
            word[2, i] = r0
            word[3, i] = r1
            word[4, i] = r2
            word[5, i] = r3


@kernel(is_internal=True)
def bound_tastes(
    shortlist: Shortlist,
    n: int,
    need_share: float,
    gumbel_bound: NDArray[np.float64],
    stable_bound: NDArray[np.float64],
) -> None:
    """Write the bound of each utility: its certain part and the most its taste can be."""
    word = shortlist.word
    ratio = (1.0 - need_share) / need_share
    for i in range(n):
        value = gumbel_bound[word[0, i] >> _TO_BOUND]
        if need_share < 1.0:
            value += stable_bound[word[2, i] >> _TO_BOUND]
            value += ratio * gumbel_bound[word[4, i] >> _TO_BOUND]
        # The slack comes first: from here on both sides are rounded alike.
        value = need_share * value - _GAMMA + SLACK
        value = shortlist.scale[i] * value + shortlist.shift[i]
        shortlist.bound[i] = shortlist.certain[i] + value


@kernel(is_internal=True)
def most_promising(bound: NDArray[np.float64], n: int) -> int:
    """Return the row of the greatest bound, -1 if all are done with."""
    first = np.int64(-1)
    most = -math.inf
    for i in range(n):
        if bound[i] > most:
            most = bound[i]
            first = np.int64(i)
    return first


@kernel(is_internal=True)
def taste_of_row(shortlist: Shortlist, i: int, need_share: float) -> float:
    """Return the taste of a candidate, worked out in full."""
    word = shortlist.word
    value = taste_of_words(
        word[0, i], word[1, i], word[2, i], word[3, i], word[4, i], word[5, i], need_share
    )
    if shortlist.scale[i] < 1.0:
        return shortlist.scale[i] * value + shortlist.shift[i]
    return value


@kernel(is_internal=True)
def prefers_to_stay(
    utility: float,
    best: float,
    resident: np.uint64,
    day_slot: np.uint64,
    uid: np.uint64,
    need_share: float,
    gumbel_bound: NDArray[np.float64],
    stable_bound: NDArray[np.float64],
    k0: np.uint64,
    k1: np.uint64,
) -> bool:
    """Return whether staying at home, of `utility` and its taste, is better than `best`."""
    r0, r1, _, _ = philox4x32(resident, day_slot, _FORGO_NEED, uid, k0, k1)
    p0, p1, p2, p3 = _ZERO, _ZERO, _ZERO, _ZERO
    bound = gumbel_bound[r0 >> _TO_BOUND]
    if need_share < 1.0:
        p0, p1, p2, p3 = philox4x32(resident, _ZERO, _FORGO_PERMANENT, uid, k0, k1)
        bound += stable_bound[p0 >> _TO_BOUND]
        bound += (1.0 - need_share) / need_share * gumbel_bound[p2 >> _TO_BOUND]
    if utility + (need_share * bound - _GAMMA + SLACK) <= best:
        return False
    return utility + taste_of_words(r0, r1, p0, p1, p2, p3, need_share) > best


@kernel(is_internal=True)
def nest_taste(
    resident: np.uint64,
    day_slot: np.uint64,
    uid: np.uint64,
    nest_scale: float,
    need_share: float,
    k0: np.uint64,
    k1: np.uint64,
) -> float:
    """Return what a resident with a need thinks of a nest of facilities as a whole.

    ``tau log S``, centred, with S positive tau-stable: together with tau times a Gumbel it
    is a Gumbel (Cardell 1997), and choice is nested logit (Williams 1977). The permanent
    part of S is a stable variate of its own: ``S_ab = S_a S_b**(1/a)``.
    """
    alpha = nest_scale**need_share
    r0, r1, r2, r3 = philox4x32(resident, day_slot, _NEST_NEED, uid, k0, k1)
    value = log_positive_stable(alpha, uniform53(r0, r1), exponential(uniform53(r2, r3)))
    if need_share < 1.0:
        beta = nest_scale / alpha
        r0, r1, r2, r3 = philox4x32(resident, _ZERO, _NEST_PERMANENT, uid, k0, k1)
        value += (
            log_positive_stable(beta, uniform53(r0, r1), exponential(uniform53(r2, r3))) / alpha
        )
    return nest_scale * value - _GAMMA * (1.0 - nest_scale)
