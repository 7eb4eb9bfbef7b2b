"""What an edit does to the columns of a run, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twin.city.edits import ANY_MODE, EDITABLE
from twin.engine.choice_columns import note_size
from twin.engine.counters import move_to_desk
from twin.engine.service_columns import ranks_of
from twin.network.street_rows import Slowdown
from twin.population.groups import group_mask
from twin.scenario.services.priorities import rank_of_conditions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.edits import Edit, EditValue
    from twin.engine.state import State

# No cell of whole numbers holds more: it fits its column, and products with a second fit 64 bits.
LARGEST_NUMBER = 10**9
NO_LIMIT = -1


@dataclass(frozen=True)
class Number:
    """A cell of whole numbers: what was set last and what is added to it.

    Kept apart, an addition outlives what is set meanwhile and its end takes away exactly
    what it brought, also where the sum was cut off at zero.
    """

    base: int
    added: int = 0

    @property
    def value(self) -> int:
        """What the cell holds: never less than nothing."""
        return min(max(self.base + self.added, 0), LARGEST_NUMBER)


def _changed(state: State, old: int, edit: Edit) -> int:
    """Return what a cell of whole numbers holds after an edit, and remember its two parts."""
    cell = (edit.table, edit.uid, edit.column)
    before = state.numbers.get(cell) or Number(old)
    value = int(edit.value)
    if edit.op == "add":
        after = replace(before, added=before.added + value)
    else:
        after = replace(before, base=value)
    state.numbers[cell] = after
    return after.value


def _changed_room(state: State, old: int, edit: Edit) -> int:
    """Return the places to wait after an edit; places added to no limit are no limit."""
    new = _changed(state, old, edit)
    is_limited = state.numbers[edit.table, edit.uid, edit.column].base >= 0
    return new if is_limited else NO_LIMIT


@dataclass(frozen=True)
class _Cell:
    """The cell of a facility that an edit changes."""

    state: State
    edit: Edit
    row: int
    # Stations of all stages: hours, rules and operation are those of the whole facility.
    rows: range
    touched: set[int]


def _edit_facility(state: State, edit: Edit, touched: set[int]) -> tuple[EditValue, EditValue]:
    row = state.station_row(edit.uid)
    if edit.column in ("servers", "waiting_room"):
        row = state.main_row(row)
    touched.add(row)
    return _FACILITY[edit.column](_Cell(state, edit, row, state.stages_of(row), touched))


def _servers(cell: _Cell) -> tuple[EditValue, EditValue]:
    state, row = cell.state, cell.row
    old = int(state.stations.n_posts[row])
    new = _changed(state, old, cell.edit)
    state.stations.n_posts[row] = new
    state.staff(row)
    state.servers_log[row].append((state.clock_us, new))
    note_size(state.choices, state.prep, row, new)
    return old, new


def _waiting_room(cell: _Cell) -> tuple[EditValue, EditValue]:
    room = cell.state.queues.waiting_room
    old = int(room[cell.row])
    new = _changed_room(cell.state, old, cell.edit)
    room[cell.row] = new
    return old, new


def _appointments(cell: _Cell) -> tuple[EditValue, EditValue]:
    added = cell.state.slots_added
    old = int(added[cell.row])
    new = _changed(cell.state, old, cell.edit)
    added[cell.row] = new
    return old, new


def _fee(cell: _Cell) -> tuple[EditValue, EditValue]:
    fee = cell.state.choices.fee
    old, new = float(fee[cell.row]), float(cell.edit.value)
    fee[cell.row] = new
    return old, new


def _is_active(cell: _Cell) -> tuple[EditValue, EditValue]:
    state = cell.state
    old, new = bool(state.stations.is_active[cell.row]), bool(cell.edit.value)
    state.stations.is_active[cell.rows] = new
    for one in cell.rows:
        state.active_log[one].append((state.clock_us, new))
    cell.touched.update(cell.rows)
    return old, new


def _hours(cell: _Cell) -> tuple[EditValue, EditValue]:
    state = cell.state
    old, new = state.hours_text[cell.row], str(cell.edit.value)
    for one in cell.rows:
        state.hours_text[one] = new
        state.hours_log[one].append((state.clock_us, new))
    cell.touched.update(cell.rows)
    return old, new


def _eligibility(cell: _Cell) -> tuple[EditValue, EditValue]:
    state = cell.state
    old, new = state.eligibility[cell.row], str(cell.edit.value)
    for one in cell.rows:
        state.eligibility[one] = new
    state.stations.is_eligible[cell.rows] = group_mask(new)
    return old, new


def _counter(cell: _Cell) -> tuple[EditValue, EditValue]:
    return _change_counter(cell.state, cell.row, str(cell.edit.value), cell.touched)


def _one_stop(cell: _Cell) -> tuple[EditValue, EditValue]:
    old, new = bool(cell.state.stations.keeps_server[cell.row]), bool(cell.edit.value)
    _change_one_stop(cell.state, cell.row, is_one_stop=new)
    cell.touched.update(cell.rows)
    return old, new


_FACILITY = {
    "servers": _servers,
    "waiting_room": _waiting_room,
    "appointments": _appointments,
    "fee": _fee,
    "is_active": _is_active,
    "hours": _hours,
    "eligibility": _eligibility,
    "counter": _counter,
    "one_stop": _one_stop,
}


def _change_counter(
    state: State, row: int, host: str, touched: set[int]
) -> tuple[EditValue, EditValue]:
    """Let a station's people wait at the counter of `host`, or at its own where it is empty."""
    before = int(state.stations.desk[row])
    after = state.station_row(host) if host else row
    move_to_desk(state, row, after)
    touched.update((before, after))
    old = "" if before == row else state.prep.stations[before].name
    return old, "" if after == row else state.prep.stations[after].name


def _change_one_stop(state: State, row: int, *, is_one_stop: bool) -> None:
    """Let whoever serves the first stage go on with the same person to the last, or not."""
    for station in state.stages_of(row):
        move_to_desk(state, station, row if is_one_stop else station)
        state.stations.keeps_server[station] = is_one_stop


def _edit_service(state: State, edit: Edit, touched: set[int]) -> tuple[EditValue, EditValue]:
    del touched
    row = [s.id for s in state.prep.scenario.services].index(edit.uid)
    if edit.column == "expected_wait_s":
        old = int(state.choices.expected_wait_s[row])
        new = _changed(state, old, edit)
        state.choices.expected_wait_s[row] = new
        return old, new
    if edit.column == "known_percent":
        old = round(100 * state.choices.known_added[row])
        new = _changed(state, old, edit)
        state.choices.known_added[row] = new / 100
        return old, new
    if edit.column == "priority":
        return _change_priority(state, row, str(edit.value))
    publication = state.publications[row]
    name = "period_s" if edit.column == "publish_period_s" else "delay_s"
    old = int(getattr(publication, name))
    new = _changed(state, old, edit)
    if new == old:
        return old, new
    setattr(publication, name, new)
    publication.from_us = state.clock_us
    state.services.n_measured[row] = 0
    state.services.n_published[row] = 0
    state.stations.published_s[state.stations.service == row] = -1.0
    _fit_ring(state)
    return old, new


def _change_priority(state: State, row: int, conditions: str) -> tuple[EditValue, EditValue]:
    """Let other groups be called first; whoever has come keeps his or her class."""
    old = state.priority[row]
    state.priority[row] = conditions
    service = state.prep.scenario.services[row]
    state.services.rank_of_group[row] = (
        rank_of_conditions(conditions.split(";")) if conditions else ranks_of(service)
    )
    return old, conditions


def _fit_ring(state: State) -> None:
    """Give the ring of measurements room for all that are not public yet."""
    need = max((p.delay_s // p.period_s + 2 if p.period_s else 1) for p in state.publications)
    ring = state.stations.measured_s
    if need > ring.shape[0]:
        if state.services.n_measured.any():
            unrolled = _unrolled(state, need)
        else:
            unrolled = np.full((need, ring.shape[1]), -1.0)
        state.stations = state.stations._replace(measured_s=unrolled)


def _unrolled(state: State, n_ring: int) -> NDArray[np.float64]:
    """Return the ring with `n_ring` rows in which each measurement has its new place."""
    ring = state.stations.measured_s
    out = np.full((n_ring, ring.shape[1]), -1.0)
    for row, count in enumerate(state.services.n_measured.tolist()):
        columns = np.flatnonzero(state.stations.service == row)
        for k in range(max(0, count - ring.shape[0]), count):
            out[k % n_ring, columns] = ring[k % ring.shape[0], columns]
    return out


def _edit_street(state: State, edit: Edit, touched: set[int]) -> tuple[EditValue, EditValue]:
    del touched
    old = state.closures.get(edit.uid, 0)
    new = _changed(state, old, edit)
    state.closures[edit.uid] = new
    return old, new


def _edit_slowdown(state: State, edit: Edit, touched: set[int]) -> tuple[EditValue, EditValue]:
    del touched
    cell = (edit.uid, edit.column)
    known = state.slowdowns.pop(cell, None)
    old = 1.0 if known is None else known.factor
    new = float(edit.value)
    if new != 1.0:
        row, _, cause = edit.uid.partition("@")
        mode = "" if edit.column == ANY_MODE else edit.column
        state.slowdowns[cell] = Slowdown(row, mode, cause, new)
    return old, new


def _edit_school(state: State, edit: Edit, touched: set[int]) -> tuple[EditValue, EditValue]:
    """Change a cell that the next round of enrolment reads."""
    del touched
    if state.schools is None:
        raise ValueError(f"edit of schools[{edit.uid}] in a run without schools")
    row = state.schools.row(edit.uid)
    column = getattr(state.schools.cells, edit.column)
    kind = EDITABLE["schools"][edit.column]
    old: EditValue = kind(column[row])
    new: EditValue = _changed(state, int(old), edit) if kind is int else edit.value
    column[row] = new
    return old, new


SETTERS = {
    "schools": _edit_school,
    "facilities": _edit_facility,
    "services": _edit_service,
    "streets": _edit_street,
    "slowdowns": _edit_slowdown,
}
