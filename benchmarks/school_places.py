"""School places: 100,000 pupils with ten wishes each, against plain Python in the same run.

Both are given the same lists and the same strict orders; every pupil must get the same school.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.record import Row, timed
from twin.engine.matching import MECHANISMS
from twin.parts import match

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N_PUPILS: Final = 100_000
_N_SCHOOLS: Final = 100
_N_LISTED: Final = 10
_SEATS_PER_PUPIL: Final = 0.9


def measure() -> list[Row]:
    """Measure the three mechanisms and a textbook deferred acceptance."""
    wanted, places, order = _market()
    ours = match(wanted, places, priority=order).school[0]
    if ours.tolist() != _textbook(wanted.tolist(), places.tolist(), order):
        raise AssertionError("plain Python and the kernel disagree on who gets which place")
    peer = timed(lambda: _textbook(wanted.tolist(), places.tolist(), order), n_repeats=3)
    rows = [Row("plain Python, deferred acceptance", peer, _N_PUPILS, "pupils")]
    for mechanism in MECHANISMS:
        timing = timed(lambda m=mechanism: match(wanted, places, priority=order, mechanism=m))  # type: ignore[misc]
        what = f"twin, {mechanism.replace('_', ' ')}, {_N_SCHOOLS} schools, {_N_LISTED} wishes"
        ratio = peer.cpu_s / timing.cpu_s if mechanism == MECHANISMS[0] else None
        rows.append(
            Row(what, timing, _N_PUPILS, "pupils", ratio, "plain Python", goal="<= 1 s")
            if ratio
            else Row(what, timing, _N_PUPILS, "pupils", goal="<= 1 s")
        )
    return rows


def _market() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    draws = np.random.default_rng(1)
    liking = draws.gumbel(size=(_N_PUPILS, _N_SCHOOLS)) + draws.normal(size=_N_SCHOOLS)
    wanted = np.argsort(-liking, axis=1, kind="stable")[:, :_N_LISTED]
    places = np.full(_N_SCHOOLS, int(_SEATS_PER_PUPIL * _N_PUPILS / _N_SCHOOLS))
    return wanted, places, draws.random((_N_PUPILS, _N_SCHOOLS))


def _textbook(wanted: list[list[int]], places: list[int], order: NDArray[np.float64]) -> list[int]:
    """Return deferred acceptance as one would write it, with a heap for each school."""
    goes_first = order.tolist()
    held: list[list[tuple[float, int]]] = [[] for _ in places]
    following = [0] * len(wanted)
    got = [-1] * len(wanted)
    for first in range(len(wanted)):
        pupil = first
        while pupil >= 0 and following[pupil] < len(wanted[pupil]):
            school = wanted[pupil][following[pupil]]
            following[pupil] += 1
            entry = (-goes_first[pupil][school], pupil)
            if len(held[school]) < places[school]:
                heapq.heappush(held[school], entry)
                got[pupil], pupil = school, -1
                continue
            _, refused = heapq.heappushpop(held[school], entry)
            got[pupil] = school
            got[refused], pupil = -1, refused
    return got
