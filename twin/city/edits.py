"""One dated cell: what interventions and shocks compile to.

An edit names a table, a row by its string uid (never by a number that another
facility could move), a column, an operation and a value. An empty list is the
baseline; the log keeps what stood there, so that undoing restores it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from twin.errors import InputError
from twin.units import us_from_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

EditValue = bool | int | float | str
Operation = Literal["set", "add"]

EDITABLE: Final[dict[str, dict[str, type]]] = {
    "facilities": {
        "servers": int,
        "is_active": bool,
        "hours": str,
        "eligibility": str,
        "waiting_room": int,
        # Key of the row at whose counter people wait; empty for their own.
        "counter": str,
        # One person goes through all stages with whoever comes.
        "one_stop": bool,
        "fee": float,
        # Added to what a slot of the book of appointments takes.
        "appointments": int,
    },
    "services": {
        "publish_period_s": int,
        "publish_delay_s": int,
        "expected_wait_s": int,
        # Percent points added to the share of residents who know the service.
        "known_percent": int,
        # Conditions on residents, the first called first, joined by semicolons; empty:
        # those of the scenario.
        "priority": str,
    },
    "schools": {
        "places": int,
        "is_active": bool,
        "eligibility": str,
        "catchment": str,
        "reserved": int,
        "reserved_for": str,
    },
    "streets": {"closures": int},
    # One row for each cause that slows a street, `way/123@works`: causes multiply.
    "slowdowns": {"any_mode": float, "walk": float, "bicycle": float, "car": float, "bus": float},
}
ANY_MODE: Final = "any_mode"


@dataclass(frozen=True, order=True)
class Edit:
    """One change of one cell at one time.

    Parameters
    ----------
    time_s
        Seconds since the midnight that starts the run.
    table, uid, column
        The cell. Rows are named: ``"clinic_a/primary_care"``, ``"way/123"``.
    op
        ``"set"``, or ``"add"`` for whole numbers. Additions add up, and on top of what is
        set at the same time or later: the order of edits of one cell does not matter.
    value
        New value, or what is added.
    cause
        Id of the intervention or shock.
    """

    time_s: float
    table: str
    uid: str
    column: str
    op: Operation
    value: EditValue
    cause: str = ""

    @property
    def time_us(self) -> int:
        """Whole microseconds since the run's first midnight."""
        return us_from_seconds(self.time_s)


@dataclass(frozen=True)
class AppliedEdit:
    """An edit with the value that it replaced and the one that it left."""

    edit: Edit
    old: EditValue
    new: EditValue

    def undone(self, time_s: float) -> Edit:
        """Return the edit that restores the old value at `time_s`.

        An addition is taken away again, so that what others set or add meanwhile stays.
        """
        if self.edit.op == "add":
            return replace(self.edit, time_s=time_s, value=-int(self.edit.value))
        return replace(self.edit, time_s=time_s, value=self._set_before())

    def _set_before(self) -> EditValue:
        """Return what had been set in the cell, without what was added to it."""
        if EDITABLE[self.edit.table][self.edit.column] is not int:
            return self.old
        added = int(self.new) - int(self.edit.value)
        return int(self.old) - added


def check_edit(edit: Edit) -> None:
    """Refuse an edit of a cell that the engine does not know.

    Raises
    ------
    InputError
        With the tables, columns and types that there are.
    """
    where = f"edit of {edit.table}.{edit.column} by `{edit.cause}`"
    columns = EDITABLE.get(edit.table)
    if columns is None or edit.column not in columns:
        known = ", ".join(f"{table}.{name}" for table, cells in EDITABLE.items() for name in cells)
        raise InputError(where, "no such cell", expected=known)
    kind = columns[edit.column]
    if type(edit.value) is not kind:
        raise InputError(
            where, f"value {edit.value!r}", expected=f"a value of type {kind.__name__}"
        )
    if edit.op not in {"set", "add"}:
        raise InputError(where, f"operation `{edit.op}`", expected="`set` or `add`")
    if edit.op == "add" and kind is not int:
        raise InputError(
            where, f"`add` on a {kind.__name__}", expected="`set`", hint="add is for whole numbers"
        )
    if not 0 <= edit.time_s < math.inf:
        raise InputError(
            where, f"time {edit.time_s} s", expected="a time not before the run's start"
        )


def compile_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits in the order in which they are applied.

    The order is (time, table, uid, column, op, cause), so that it does not
    depend on the order of the scenario file.

    Raises
    ------
    InputError
        If two edits set one cell at one time: which one would hold?
    """
    known = list(edits)
    for edit in known:
        check_edit(edit)
    ordered = sorted(known, key=lambda e: (e.time_us, e.table, e.uid, e.column, e.op, e.cause))
    setters: dict[tuple[int, str, str, str], Edit] = {}
    for edit in ordered:
        if edit.op != "set":
            continue
        cell = (edit.time_us, edit.table, edit.uid, edit.column)
        other = setters.setdefault(cell, edit)
        if other is not edit:
            raise InputError(
                f"interventions `{other.cause}` and `{edit.cause}`",
                f"both set {edit.table}[{edit.uid}].{edit.column} at day {edit.time_s / 86_400:g}",
                expected="one setter a cell and time",
                hint="give one of them another day, or remove it",
            )
    return tuple(ordered)
