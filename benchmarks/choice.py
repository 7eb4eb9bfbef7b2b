"""Choices a second: the addressed, bounded choice against numpy working out everything.

numpy draws plain Gumbels in sequence, and tastes with a lasting part by the same formula;
shares must agree. Its draws have no address: the next scenario would see others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.record import Row, timed
from twin.parts import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N_RESIDENTS = 200_000
_N_OPTIONS = 16
_PERMANENCE = 0.3


def measure() -> list[Row]:
    """Measure both without and with tastes that last."""
    return [row for permanence in (0.0, _PERMANENCE) for row in _pair(permanence)]


def _pair(permanence: float) -> list[Row]:
    utility = np.linspace(0.0, -2.0, _N_OPTIONS)
    ours_share = _ours(utility, permanence)
    peer_share = _by_numpy(utility, permanence)
    error = np.sqrt(ours_share * (1 - ours_share) / _N_RESIDENTS)
    assert (np.abs(ours_share - peer_share) < 7 * error).all()
    peer = timed(lambda: _by_numpy(utility, permanence))
    ours = timed(lambda: _ours(utility, permanence))
    kind = f"{_N_OPTIONS} options, permanence {permanence:g}"
    ratio = peer.cpu_s / ours.cpu_s
    return [
        Row(f"numpy, {kind}", peer, _N_RESIDENTS, "choices"),
        Row(f"twin, {kind}", ours, _N_RESIDENTS, "choices", ratio=ratio, against="numpy"),
    ]


def _ours(utility: NDArray[np.float64], permanence: float) -> NDArray[np.float64]:
    result = choose(utility, n_residents=_N_RESIDENTS, taste_permanence=permanence)
    shares: NDArray[np.float64] = result.share[0]
    return shares


def _by_numpy(utility: NDArray[np.float64], permanence: float) -> NDArray[np.float64]:
    rng = np.random.default_rng(1)
    shape = (_N_RESIDENTS, _N_OPTIONS)
    taste = rng.gumbel(size=shape)
    if permanence > 0.0:
        alpha = 1.0 - permanence
        angle = np.pi * rng.uniform(size=shape)
        stable = np.log(np.sin(alpha * angle)) - np.log(np.sin(angle)) / alpha
        rest = np.log(np.sin((1 - alpha) * angle)) - np.log(rng.exponential(size=shape))
        taste = alpha * (taste + stable + (1 - alpha) / alpha * rest)
    chosen = (utility + taste).argmax(axis=1)
    return np.bincount(chosen, minlength=_N_OPTIONS) / _N_RESIDENTS
