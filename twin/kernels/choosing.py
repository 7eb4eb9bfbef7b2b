"""Many choices at given utilities, by the tastes of the city."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import facility_taste
from twin.kernels.jit import kernel


@kernel
def choose_options(
    n_chosen: NDArray[np.int64],
    best_sum: NDArray[np.float64],
    chosen: NDArray[np.int32],
    utility: NDArray[np.float64],
    uid: NDArray[np.uint32],
    resident: NDArray[np.uint32],
    n_needs: int,
    need_share: float,
    k0: int,
    k1: int,
) -> None:
    """Let each resident choose the option of greatest utility plus taste, once a need.

    Tastes are addressed by resident, need and option as in a city's run, ties go to the
    smaller uid.

    Parameters
    ----------
    n_chosen : (n_options + 1,) int64, updated
        How often each option is chosen; last, how often there is none to choose.
    best_sum : (1,) float64, updated
        Sum of the greatest utilities, taste included, over choices that are made.
    chosen : (n_residents, n_needs) int32, updated
        Option of each choice, -1 for none; (0, 0) if nobody wants to know.
    utility : (n_residents or 1, n_options) float64
        nan or -inf where an option is not open to the resident.
    uid : (n_options,) uint32
    resident : (n_residents,) uint32
    n_needs : int
        Choices of each resident.
    need_share : float
        Lambda in (0, 1]: weight of the part of the taste that is new with each need.
    k0, k1 : int
        Key words.
    """
    keep = chosen.size > 0
    last_row = utility.shape[0] - 1
    n_options = utility.shape[1]
    key0 = np.uint64(k0)
    key1 = np.uint64(k1)
    for i in range(resident.size):
        row = min(i, last_row)
        who = np.uint64(resident[i])
        for need in range(n_needs):
            day_slot = np.uint64(need)
            best = -math.inf
            option = -1
            for j in range(n_options):
                plain = utility[row, j]
                if not plain > -math.inf:
                    continue
                value = plain + facility_taste(
                    who, day_slot, np.uint64(uid[j]), need_share, key0, key1
                )
                if value > best or (value == best and option >= 0 and uid[j] < uid[option]):
                    best = value
                    option = j
            if option >= 0:
                n_chosen[option] += 1
                best_sum[0] += best
            else:
                n_chosen[n_options] += 1
            if keep:
                chosen[i, need] = option
