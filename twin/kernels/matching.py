"""Assignment of pupils to places: deferred acceptance, immediate acceptance, top trading cycles.

Lists are flat: the choices of pupil `p` are ``school[start[p]:start[p + 1]]``, best first.
`standing` says how a pupil stands at the school of each choice: smaller is better, and of
two who stand alike the smaller uid goes first. No order of rows decides anything.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel

UNPLACED = -1
_WAITING = 0
_DONE = 1


class Lists(NamedTuple):
    """What pupils want and how they stand there.

    Attributes
    ----------
    start : (n_pupils + 1,) int64
        First choice of each pupil.
    school : (n_choices,) int32
        Schools of each pupil, best first; each at most once, and only such as would admit him
        or her.
    standing : (n_choices,) uint64
        Smaller goes first.
    uid : (n_pupils,) uint32
        Names of the pupils, each once.
    pupil : (n_choices,) int32
        Whose choice it is.
    """

    start: NDArray[np.int64]
    school: NDArray[np.int32]
    standing: NDArray[np.uint64]
    uid: NDArray[np.uint32]
    pupil: NDArray[np.int32]


class Seats(NamedTuple):
    """Places of the schools, and room to work in.

    Attributes
    ----------
    start : (n_schools + 1,) int64
        First seat of each school.
    choice : (n_seats,) int64
        Which choice holds each seat; a heap within each school, the last to be kept on top.
    n_held : (n_schools,) int64
        Seats that are taken.
    """

    start: NDArray[np.int64]
    choice: NDArray[np.int64]
    n_held: NDArray[np.int64]


@kernel(is_internal=True)
def _goes_first(lists: Lists, one: int, other: int) -> bool:
    """Return whether a choice goes before another of the same school."""
    if lists.standing[one] != lists.standing[other]:
        return bool(lists.standing[one] < lists.standing[other])
    return bool(lists.uid[lists.pupil[one]] < lists.uid[lists.pupil[other]])


@kernel(is_internal=True)
def _sink(choice: NDArray[np.int64], base: int, n: int, lists: Lists) -> None:
    """Restore a heap whose top has been replaced."""
    i = np.int64(0)
    while True:
        worst = i
        for child in (2 * i + 1, 2 * i + 2):
            if child < n and _goes_first(lists, choice[base + worst], choice[base + child]):
                worst = child
        if worst == i:
            return
        choice[base + i], choice[base + worst] = choice[base + worst], choice[base + i]
        i = worst


@kernel(is_internal=True)
def _rise(choice: NDArray[np.int64], base: int, n: int, lists: Lists) -> None:
    """Restore a heap of `n` whose last entry is new."""
    i = np.int64(n) - 1
    while i > 0:
        parent = (i - 1) >> 1
        if not _goes_first(lists, choice[base + parent], choice[base + i]):
            return
        choice[base + i], choice[base + parent] = choice[base + parent], choice[base + i]
        i = parent


@kernel(is_internal=True)
def _offer(seats: Seats, lists: Lists, choice: int, base: int, n_firm: int) -> int:
    """Let a school consider a choice; return the one it turns down, -1 for none.

    `base` is its first seat and `n_firm` how many seats are held for good.
    """
    school = lists.school[choice]
    room = seats.start[school + 1] - base - n_firm
    n = seats.n_held[school] - n_firm
    first = base + n_firm
    if n < room:
        seats.choice[first + n] = choice
        seats.n_held[school] += 1
        _rise(seats.choice, first, n + 1, lists)
        return -1
    if room == 0 or not _goes_first(lists, choice, seats.choice[first]):
        return choice
    refused = seats.choice[first]
    seats.choice[first] = choice
    _sink(seats.choice, first, n, lists)
    return int(refused)


@kernel
def defer_acceptance(
    placed: NDArray[np.int64], seats: Seats, following: NDArray[np.int64], lists: Lists
) -> None:
    """Match by student-proposing deferred acceptance (Gale and Shapley 1962).

    One pupil after another proposes (McVitie and Wilson 1971); the outcome is the one
    stable matching that every pupil likes best, whatever the order.

    Parameters
    ----------
    placed : (n_pupils,) int64, updated
        Choice that each pupil got, -1 for none.
    seats : Seats, updated
        With `n_held` all zero.
    following : (n_pupils,) int64, updated
        Scratch: the next choice of each pupil.
    lists : Lists
    """
    n_pupils = following.size
    for pupil in range(n_pupils):
        following[pupil] = lists.start[pupil]
    for first in range(n_pupils):
        pupil = np.int64(first)
        while pupil >= 0 and following[pupil] < lists.start[pupil + 1]:
            choice = following[pupil]
            following[pupil] += 1
            school = lists.school[choice]
            refused = _offer(seats, lists, choice, seats.start[school], np.int64(0))
            pupil = np.int64(lists.pupil[refused]) if refused >= 0 else np.int64(-1)
    _write_placed(placed, seats, lists)


@kernel
def accept_at_once(
    placed: NDArray[np.int64], seats: Seats, n_firm: NDArray[np.int64], lists: Lists
) -> None:
    """Match by immediate acceptance (the Boston mechanism; Abdulkadiroglu and Sonmez 2003).

    In round k whoever has no place applies for the k-th choice; a school keeps for good
    those who go first among them, as far as there are seats left.

    Parameters
    ----------
    placed : (n_pupils,) int64, updated
        Choice that each pupil got, -1 for none.
    seats : Seats, updated
        With `n_held` all zero.
    n_firm : (n_schools,) int64, updated
        Scratch: seats held for good.
    lists : Lists
    """
    n_pupils = placed.size
    longest = np.int64(0)
    for pupil in range(n_pupils):
        placed[pupil] = UNPLACED
        longest = max(longest, lists.start[pupil + 1] - lists.start[pupil])
    for k in range(longest):
        for school in range(n_firm.size):
            n_firm[school] = seats.n_held[school]
        for pupil in range(n_pupils):
            choice = lists.start[pupil] + k
            if placed[pupil] == UNPLACED and choice < lists.start[pupil + 1]:
                school = lists.school[choice]
                _offer(seats, lists, choice, seats.start[school], n_firm[school])
        for school in range(n_firm.size):
            for seat in range(n_firm[school], seats.n_held[school]):
                held = seats.choice[seats.start[school] + seat]
                placed[lists.pupil[held]] = held


@kernel(is_internal=True)
def _write_placed(placed: NDArray[np.int64], seats: Seats, lists: Lists) -> None:
    """Write who holds which seat."""
    for pupil in range(placed.size):
        placed[pupil] = UNPLACED
    for school in range(seats.n_held.size):
        for seat in range(seats.n_held[school]):
            held = seats.choice[seats.start[school] + seat]
            placed[lists.pupil[held]] = held


class Trading(NamedTuple):
    """Room that top trading cycles work in.

    Attributes
    ----------
    queue_start : (n_schools + 1,) int64
        First entry of each school in `queue`.
    queue : (n_choices,) int64
        Choices by school, those who go first in front.
    head : (n_schools,) int64
        Entry of each school's queue to which it points; begins at `queue_start`.
    n_left : (n_schools,) int64
        Seats that are left.
    following : (n_pupils,) int64
        Choice to which each pupil points.
    status : (n_pupils,) int8
        All zero at first.
    path, position : (n_pupils,) int64
        Pupils of the chain that is followed, and where each stands in it; -1 at first.
    """

    queue_start: NDArray[np.int64]
    queue: NDArray[np.int64]
    head: NDArray[np.int64]
    n_left: NDArray[np.int64]
    following: NDArray[np.int64]
    status: NDArray[np.int8]
    path: NDArray[np.int64]
    position: NDArray[np.int64]


@kernel(is_internal=True)
def _best_left(pupil: int, work: Trading, lists: Lists) -> int:
    """Return the best choice of a pupil at a school with seats left, -1 for none."""
    while work.following[pupil] < lists.start[pupil + 1]:
        choice = work.following[pupil]
        if work.n_left[lists.school[choice]] > 0:
            return int(choice)
        work.following[pupil] += 1
    return -1


@kernel(is_internal=True)
def _first_in_queue(school: int, work: Trading, lists: Lists) -> int:
    """Return the pupil to whom a school points: one of those who want it is still there."""
    while work.status[lists.pupil[work.queue[work.head[school]]]] == _DONE:
        work.head[school] += 1
    return int(lists.pupil[work.queue[work.head[school]]])


@kernel
def trade_cycles(placed: NDArray[np.int64], work: Trading, lists: Lists) -> None:
    """Match by top trading cycles with counters (Abdulkadiroglu and Sonmez 2003).

    Schools with seats left point to the pupil who goes first there, pupils to the best
    school with seats left; whoever is on a cycle gets that place. A chain is followed
    until it closes; what lies before the cycle stays as it was, so each pointer moves
    only forward. Pareto-efficient, and no pupil gains by another list.

    Parameters
    ----------
    placed : (n_pupils,) int64, updated
        Choice that each pupil got, -1 for none.
    work : Trading, updated
    lists : Lists
    """
    n_pupils = placed.size
    for pupil in range(n_pupils):
        placed[pupil] = UNPLACED
        work.following[pupil] = lists.start[pupil]
    for first in range(n_pupils):
        if work.status[first] == _DONE:
            continue
        work.path[0] = first
        work.position[first] = 0
        n = np.int64(1)
        while n > 0:
            pupil = work.path[n - 1]
            choice = _best_left(pupil, work, lists)
            if choice < 0:
                work.status[pupil] = _DONE
                n -= 1
                continue
            following = _first_in_queue(lists.school[choice], work, lists)
            if work.position[following] < 0:
                work.position[following] = n
                work.path[n] = following
                n += 1
                continue
            begin = work.position[following]
            for i in range(begin, n):
                each = work.path[i]
                placed[each] = work.following[each]
                work.n_left[lists.school[placed[each]]] -= 1
                work.status[each] = _DONE
            n = begin
