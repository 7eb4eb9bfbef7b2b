"""Rounds of enrolment in a run: who applies under the rules in force, and who gets which place.

A round is matched at the midnight that begins its day, on the cells as edits have left them
by then; pupils go to the school they got from the first day of the term.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.engine.matching import lists_of, match_lists, standings
from twin.engine.school_catchments import catchment_table
from twin.kernels.plans import MAIN_SLOT
from twin.population.groups import group_mask
from twin.population.occupations import NEITHER, NOWHERE, PUPIL
from twin.streams import uid32

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.schools import Level, Schools
    from twin.engine.state import State
    from twin.scenario.schools import EnrolmentRound

NO_SCHOOL: Final = -1
REASONS: Final = ("", "full", "ineligible", "unreachable")
"""Why a child got no place: every listed school was full, none would admit it, none is near."""
_FULL, _INELIGIBLE, _UNREACHABLE = 1, 2, 3
_OPEN, _RESERVED = 0, 1
_N_POOLS: Final = 2


@dataclass(eq=False)
class Cells:
    """What edits change about the schools, one row each in the order of the city."""

    places: NDArray[np.int64]
    is_active: NDArray[np.bool_]
    eligibility: list[str]
    catchment: list[str]
    reserved: NDArray[np.int64]
    reserved_for: list[str]


class Enrolled(NamedTuple):
    """Outcome of one round, one row for each child that took part.

    Attributes
    ----------
    level, number : int
        Rows of the level and of its round.
    who : (n,) int64
        Rows of `Seekers`.
    school : (n,) int32
        School of the level, -1 for none.
    rank : (n,) int32
        Its place on the list, 1 for the first; 0 for none.
    n_listed : (n,) int64
    priority : (n,) int8
        Class in which the place was got, -1 for none.
    is_reserved : (n,) bool
        Whether it was a reserved place.
    reason : (n,) int8
        Row of `REASONS`.
    """

    level: int
    number: int
    who: NDArray[np.intp]
    school: NDArray[np.int32]
    rank: NDArray[np.int32]
    n_listed: NDArray[np.int64]
    priority: NDArray[np.int8]
    is_reserved: NDArray[np.bool_]
    reason: NDArray[np.int8]


@dataclass(eq=False)
class Enrolments:
    """Rules in force, rounds so far and who goes where."""

    schools: Schools
    seed: int
    cells: Cells = field(init=False)
    log: list[Enrolled] = field(default_factory=list)
    held: list[NDArray[np.int32]] = field(init=False)
    _coming: list[tuple[int, Enrolled]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = self.schools.city.schools
        self.cells = Cells(
            places=np.array([one.places for one in rows], dtype=np.int64),
            is_active=np.array([one.facility.is_active for one in rows], dtype=np.bool_),
            eligibility=[one.eligibility for one in rows],
            catchment=[one.catchment for one in rows],
            reserved=np.zeros(len(rows), dtype=np.int64),
            reserved_for=["none"] * len(rows),
        )
        self.held = [
            np.full(level.seekers.row.size, NO_SCHOOL, dtype=np.int32)
            for level in self.schools.levels
        ]

    def row(self, uid: str) -> int:
        """Return the row of a school by name (ValueError if there is none)."""
        return [one.key for one in self.schools.city.schools].index(uid)

    def at_midnight(self, day: int, state: State) -> None:
        """Hold the rounds of a day, then let the terms begin that do."""
        for number, level in enumerate(self.schools.levels):
            for place, one in enumerate(level.settings.rounds):
                if one.day == day:
                    found = self._round(number, place, state.people.group)
                    self.log.append(found)
                    self._coming.append((one.starts, found))
        for starts, found in self._coming:
            if starts == day:
                self._begin(found, state)
        self._coming = [entry for entry in self._coming if entry[0] > day]

    def chain_parts(self) -> list[tuple[str, NDArray[np.generic] | bytes]]:
        """Return what a link of the hash chain covers; children are in the order of uids."""
        cells = self.cells
        texts = "\n".join((*cells.eligibility, *cells.catchment, *cells.reserved_for))
        return [
            ("school.places", cells.places),
            ("school.is_active", cells.is_active),
            ("school.reserved", cells.reserved),
            ("school.texts", texts.encode()),
            *[(f"school.held.{i}", held) for i, held in enumerate(self.held)],
            *[(f"school.got.{i}", found.school) for i, (_, found) in enumerate(self._coming)],
        ]

    def _begin(self, found: Enrolled, state: State) -> None:
        """Let pupils go where they got a place; who got none stays at home."""
        level = self.schools.levels[found.level]
        self.held[found.level][found.who] = found.school
        if state.days is None:
            return
        row = level.seekers.row[found.who]
        has = found.school >= 0
        occupations = state.days.activities.occupations
        occupations.role[row] = np.where(has, PUPIL, NEITHER)
        occupations.node[row, MAIN_SLOT] = np.where(has, level.node[found.school], NOWHERE)
        time_ms = level.time_ms[found.school, level.seekers.home[found.who]]
        settings = state.prep.scenario.activities
        within_s = 0.0 if settings is None else settings.school.noon_return_within_s
        occupations.is_near[row] = has & (time_ms <= within_s * 1000)
        state.days.note_main_places(state.clock_us)

    def _round(self, number: int, place: int, group: NDArray[np.uint16]) -> Enrolled:
        level = self.schools.levels[number]
        round_ = level.settings.rounds[place]
        who = _taking_part(level, round_)
        rules = self._rules(level, who, group)
        listed, n_listed = self.schools.lists(level, who, rules.may)
        round_uid = uid32(f"{level.settings.id}/{round_.id}")
        asked = _Applications.of(listed, n_listed, rules)
        got = _matched(level, rules, asked, round_uid, self.seed)
        reason = np.where(rules.may.any(axis=1), _UNREACHABLE, _INELIGIBLE)
        reason = np.where(n_listed > 0, _FULL, reason)
        reason = np.where(got.school >= 0, 0, reason).astype(np.int8)
        return Enrolled(
            number,
            place,
            who,
            got.school,
            got.rank,
            n_listed,
            got.priority,
            got.is_reserved,
            reason,
        )

    def _rules(self, level: Level, who: NDArray[np.intp], group: NDArray[np.uint16]) -> _Rules:
        """Return what the cells in force mean for those who take part."""
        cells, own = self.cells, slice(level.first, level.first + len(level.schools))
        seekers, classes = level.seekers, level.settings.classes
        of = group[seekers.row[who]]
        active = cells.is_active[own]
        lives_in = catchment_table(self.schools, level, cells.catchment[own], active)[who]
        priority = np.full(lives_in.shape, -1, dtype=np.int8)
        for code in reversed(range(len(classes))):
            one = classes[code]
            fits = group_mask(one.where)[of]
            for name in one.traits or ():
                fits &= seekers.traits[name][who]
            if one.points_at_least is not None:
                fits &= seekers.points[who] >= one.points_at_least
            where = fits[:, None] & np.ones_like(lives_in)
            if one.in_catchment is not None:
                where &= lives_in == one.in_catchment
            priority[where] = code
        admits = np.array([group_mask(text) for text in cells.eligibility[own]])[:, of].T
        reserved = np.minimum(cells.reserved[own], cells.places[own])
        return _Rules(
            resident=np.ascontiguousarray(seekers.resident[who]),
            grade=seekers.grade[who],
            points_rank=seekers.points_rank[who],
            may=np.ascontiguousarray(admits & active & (priority >= 0)),
            priority=priority,
            by_points=np.array([one.by_points for one in classes], dtype=np.bool_),
            is_member=np.array([group_mask(text) for text in cells.reserved_for[own]])[:, of].T,
            open_places=cells.places[own] - reserved,
            reserved=reserved,
        )


class _Rules(NamedTuple):
    """Rules of a round for n children and m schools."""

    resident: NDArray[np.uint32]
    grade: NDArray[np.int8]
    points_rank: NDArray[np.int64]
    may: NDArray[np.bool_]
    priority: NDArray[np.int8]
    by_points: NDArray[np.bool_]
    is_member: NDArray[np.bool_]
    open_places: NDArray[np.int64]
    reserved: NDArray[np.int64]


class _Applications(NamedTuple):
    """Flat lists, one row for each pool of places that a child tries for, best first."""

    child: NDArray[np.int64]
    school: NDArray[np.int32]
    rank: NDArray[np.int32]
    pool: NDArray[np.int8]

    @classmethod
    def of(
        cls, listed: NDArray[np.int32], n_listed: NDArray[np.int64], rules: _Rules
    ) -> _Applications:
        """Return the lists; where places are reserved, both kinds of places of a school.

        A member of the group tries for the reserved places first, others for the open ones.
        """
        is_listed = np.arange(listed.shape[1]) < n_listed[:, None]
        child, position = np.nonzero(is_listed)
        school = listed[child, position]
        n_pools = np.where(rules.reserved[school] > 0, _N_POOLS, 1)
        twice = np.repeat(np.arange(child.size), n_pools)
        first = np.concatenate([[0], np.cumsum(n_pools)[:-1]]) if child.size else n_pools
        which = np.arange(twice.size) - first[twice]
        child, position, school = child[twice], position[twice], school[twice]
        starts_reserved = rules.is_member[child, school] & (rules.reserved[school] > 0)
        pool = np.where(starts_reserved, 1 - which, which).astype(np.int8)
        return cls(child, school, (position + 1).astype(np.int32), pool)


class _Got(NamedTuple):
    """What each child got."""

    school: NDArray[np.int32]
    rank: NDArray[np.int32]
    priority: NDArray[np.int8]
    is_reserved: NDArray[np.bool_]


def _matched(level: Level, rules: _Rules, asked: _Applications, round_uid: int, seed: int) -> _Got:
    """Match all grades at once: each has places of its own."""
    settings, m, n = level.settings, len(level.schools), rules.resident.size
    priority = rules.priority[asked.child, asked.school].astype(np.int64)
    n_ranks = int(rules.points_rank.max(initial=0)) + 1
    order = priority * n_ranks
    order += np.where(rules.by_points[priority], rules.points_rank[asked.child], 0)
    # Of reserved places the members come first, in their own order.
    outside = (asked.pool == _RESERVED) & ~rules.is_member[asked.child, asked.school]
    order += outside * (len(settings.classes) * n_ranks)
    school_uid = level.uid[asked.school]
    if settings.lottery == "single":
        school_uid = np.zeros_like(school_uid)
    resident = rules.resident[asked.child]
    standing = standings(order, resident, school_uid, round_uid, seed)
    grade = rules.grade[asked.child].astype(np.int64) - 1
    option = (grade * m + asked.school) * _N_POOLS + asked.pool
    of_pools = np.stack([rules.open_places, rules.reserved], axis=1).reshape(-1)
    n_places = np.tile(of_pools, settings.n_grades)
    start = np.searchsorted(asked.child, np.arange(n + 1)).astype(np.int64)
    lists = lists_of(start, option.astype(np.int32), standing, rules.resident)
    placed = match_lists(lists, n_places, settings.mechanism)
    has = placed >= 0
    at = placed[has]
    got = _Got(
        school=np.full(n, NO_SCHOOL, dtype=np.int32),
        rank=np.zeros(n, dtype=np.int32),
        priority=np.full(n, -1, dtype=np.int8),
        is_reserved=np.zeros(n, dtype=np.bool_),
    )
    got.school[has], got.rank[has] = asked.school[at], asked.rank[at]
    got.priority[has] = priority[at]
    got.is_reserved[has] = asked.pool[at] == _RESERVED
    return got


def _taking_part(level: Level, round_: EnrolmentRound) -> NDArray[np.intp]:
    grade = level.seekers.grade
    if not round_.grades:
        return np.arange(grade.size)
    return np.flatnonzero(np.isin(grade, round_.grades))
