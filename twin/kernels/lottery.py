"""Numbers that families draw: lots, liking of schools, and what a family wants most."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import gumbel, philox4x32, uniform53
from twin.streams import SCHOOL_LIKING, SCHOOL_LOT, pack_stream

_LOT = np.uint64(pack_stream(SCHOOL_LOT))
_LIKING = np.uint64(pack_stream(SCHOOL_LIKING))
_ZERO = np.uint64(0)


@kernel
def draw_lots(
    lot: NDArray[np.uint64],
    pupil_uid: NDArray[np.uint32],
    school_uid: NDArray[np.uint32],
    round_uid: int,
    k0: int,
    k1: int,
) -> None:
    """Write one 32-bit lot an application.

    Parameters
    ----------
    lot : (n,) uint64, updated
        0 to 2**32 - 1; the smaller one goes first.
    pupil_uid : (n,) uint32
    school_uid : (n,) uint32
        0 where one lot holds at all schools.
    round_uid : int
        32-bit number of the round.
    k0, k1 : int
        Key words of the run seed.
    """
    word1, key0, key1 = np.uint64(round_uid), np.uint64(k0), np.uint64(k1)
    for i in range(lot.size):
        who, what = np.uint64(pupil_uid[i]), np.uint64(school_uid[i])
        lot[i], _, _, _ = philox4x32(who, word1, _LOT, what, key0, key1)


@kernel
def list_schools(
    listed: NDArray[np.int32],
    utility: NDArray[np.float64],
    n_listed: NDArray[np.int64],
    pupil_uid: NDArray[np.uint32],
    home: NDArray[np.int32],
    may: NDArray[np.bool_],
    time_ms: NDArray[np.int32],
    quality: NDArray[np.float64],
    school_uid: NDArray[np.uint32],
    loss_per_ms: float,
    cutoff_ms: int,
    taste: float,
    k0: int,
    k1: int,
) -> None:
    """Write each pupil's schools, the best first.

    Utility = quality - loss x time + taste x Gumbel; the taste is keyed by resident and
    school, so that a new school moves nobody who does not prefer it. Ties go to the
    smaller uid of the school.

    Parameters
    ----------
    listed : (n_pupils, list_length) int32, updated
        Rows of schools; only the first `n_listed` are written.
    utility : (list_length,) float64
        Scratch.
    n_listed : (n_pupils,) int64, updated
    pupil_uid : (n_pupils,) uint32
    home : (n_pupils,) int32
        Column of each home in `time_ms`.
    may : (n_pupils, n_schools) bool
        Whether the school would admit the pupil at all.
    time_ms : (n_schools, n_homes) int32
        -1 where there is no way.
    quality : (n_schools,) float64
    school_uid : (n_schools,) uint32
    loss_per_ms : float
        Utility lost per millisecond.
    cutoff_ms : int
        Schools farther than this are not considered.
    taste : float
        Scale of the taste.
    k0, k1 : int
        Key words of the population seed.
    """
    key0, key1 = np.uint64(k0), np.uint64(k1)
    length = listed.shape[1]
    for i in range(pupil_uid.size):
        n = np.int64(0)
        for j in range(school_uid.size):
            time = time_ms[j, home[i]]
            if not may[i, j] or time < 0 or time > cutoff_ms:
                continue
            who, what = np.uint64(pupil_uid[i]), np.uint64(school_uid[j])
            r0, r1, _, _ = philox4x32(who, _ZERO, _LIKING, what, key0, key1)
            u = quality[j] - loss_per_ms * time + taste * gumbel(uniform53(r0, r1))
            if math.isnan(u):
                continue
            k = n
            while k > 0 and (
                u > utility[k - 1]
                or (u == utility[k - 1] and school_uid[j] < school_uid[listed[i, k - 1]])
            ):
                k -= 1
            if k == length:
                continue
            n = min(n + 1, length)
            for m in range(n - 1, k, -1):
                utility[m] = utility[m - 1]
                listed[i, m] = listed[i, m - 1]
            utility[k] = u
            listed[i, k] = j
        n_listed[i] = n
