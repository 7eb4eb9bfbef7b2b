"""Many choices at given utilities, by the tastes of the city."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.shortlist import (
    Shortlist,
    bound_tastes,
    draw_words,
    most_promising,
    nest_taste,
    taste_of_row,
)


@kernel
def choose_options(
    n_chosen: NDArray[np.int64],
    best_sum: NDArray[np.float64],
    chosen: NDArray[np.int32],
    utility: NDArray[np.float64],
    uid: NDArray[np.uint32],
    nest: NDArray[np.int64],
    nest_uid: NDArray[np.uint32],
    nest_value: NDArray[np.float64],
    nest_scale: float,
    resident: NDArray[np.uint32],
    n_needs: int,
    need_share: float,
    gumbel_bound: NDArray[np.float64],
    stable_bound: NDArray[np.float64],
    shortlist: Shortlist,
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
    nest : (n_options,) int64
        Nest of each option, -1 for one that stands alone.
    nest_uid : (n_nests,) uint32
    nest_value : (n_nests,) float64
        Scratch.
    nest_scale : float
        Scale tau in (0, 1] of tastes within a nest.
    resident : (n_residents,) uint32
    n_needs : int
        Choices of each resident.
    need_share : float
        Lambda in (0, 1]: weight of the part of the taste that is new with each need.
    gumbel_bound, stable_bound : (N_BOUNDS,) float64
    shortlist : Shortlist
        Scratch with a row an option.
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
            for m in range(nest_uid.size):
                nest_value[m] = nest_taste(
                    who, day_slot, np.uint64(nest_uid[m]), nest_scale, need_share, key0, key1
                )
            n = np.int64(0)
            for j in range(n_options):
                if not utility[row, j] > -math.inf:
                    continue
                shortlist.row[n] = j
                shortlist.uid[n] = np.uint64(uid[j])
                shortlist.certain[n] = utility[row, j]
                is_nested = nest[j] >= 0
                shortlist.scale[n] = nest_scale if is_nested else 1.0
                shortlist.shift[n] = nest_value[nest[j]] if is_nested else 0.0
                n += 1
            draw_words(shortlist.word, shortlist.uid, n, who, day_slot, need_share, key0, key1)
            bound_tastes(shortlist, n, need_share, gumbel_bound, stable_bound)
            best = -math.inf
            option = np.int64(-1)
            while True:
                c = most_promising(shortlist.bound, n)
                if c < 0 or shortlist.bound[c] < best:
                    break
                shortlist.bound[c] = -math.inf
                j = shortlist.row[c]
                value = shortlist.certain[c] + taste_of_row(shortlist, c, need_share)
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
