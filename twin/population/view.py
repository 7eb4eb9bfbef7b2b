"""Residents as users meet them: sets with the verbs of Mesa's AgentSet, and rows.

The verbs work on whole columns. A set lists its residents by name, so that
nothing a user sees depends on how rows are stored.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.population.columns import BY_NAME, GROUP_COLUMNS, Column
from twin.population.groups import group_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.population.residents import Residents

Aggregate = str | Callable[["NDArray[Any]"], Any]

_AGGREGATES: Final[dict[str, Callable[[NDArray[Any]], Any]]] = {
    "count": len,
    "sum": np.sum,
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
    "max": np.max,
    "std": np.std,
}


class ResidentTable:
    """The columns behind sets and row views.

    Parameters
    ----------
    residents
        Columns made with the city.
    state
        Further columns of a run by name, such as ``burden_s``: each (n,), in
        the storage order of `residents`. They are shown, not written.
    """

    def __init__(
        self, residents: Residents, state: Mapping[str, NDArray[Any]] | None = None
    ) -> None:
        self.residents = residents
        self.state = dict(state or {})
        for name, values in self.state.items():
            if name in BY_NAME or values.shape[:1] != (len(residents),):
                message = f"state column {name}: shape {values.shape}, or a name that is taken"
                raise ValueError(message)

    def raw(self, name: str) -> NDArray[Any]:
        """Return a column as it is stored."""
        if name in BY_NAME:
            return self.residents.column(name)
        if name in self.state:
            return self.state[name]
        known = [*BY_NAME, *self.state]
        hint = did_you_mean(name, known)
        raise InputError(
            "residents", f"unknown column `{name}`", expected=", ".join(known), hint=hint
        )

    def read(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return a column for people: names of categories."""
        values = self.raw(name)[rows]
        return BY_NAME[name].decode(values) if name in BY_NAME else values

    def write(self, name: str, rows: NDArray[np.int64], value: object) -> None:
        """Write a dynamic column, and the group that follows from it."""
        self.raw(name)
        column = BY_NAME.get(name)
        if column is None or not column.is_dynamic:
            expected = ", ".join(one.name for one in BY_NAME.values() if one.is_dynamic)
            found = f"column `{name}` cannot be written during a run"
            raise InputError(f"residents.{name}", found, expected=f"one of {expected}")
        self.raw(name)[rows] = column.encode(value, where=f"residents.{name}")
        if name in GROUP_COLUMNS:
            self.residents.refresh_groups()


class ResidentView:
    """One resident: reads its row's columns as attributes, writes dynamic ones."""

    __slots__ = ("_row", "_table")

    def __init__(self, table: ResidentTable, row: int) -> None:
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "_row", np.array([row], dtype=np.int64))

    @property
    def uid(self) -> int:
        """Name of the resident, the same in every run and scenario."""
        return int(self._table.raw("resident")[self._row[0]])

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a column of any type
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._table.read(name, self._row)[0].item()
        except InputError as error:
            raise AttributeError(str(error)) from error

    def __setattr__(self, name: str, value: object) -> None:
        self._table.write(name, self._row, value)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *BY_NAME, *self._table.state]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ResidentView):
            return NotImplemented
        return self._table is other._table and self._row[0] == other._row[0]

    def __hash__(self) -> int:
        return hash((id(self._table), int(self._row[0])))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)}" for name in GROUP_COLUMNS)
        return f"Resident {self.uid}: {shown}"


class ResidentSet:
    """Some residents, in the order of their names.

    Parameters
    ----------
    residents
        All residents, or the table behind another set.
    rows
        Rows of the members, sorted by name; none: everybody.
    state
        Further columns of a run by name, in storage order.
    """

    def __init__(
        self,
        residents: Residents | ResidentTable,
        rows: NDArray[np.int64] | None = None,
        *,
        state: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        if not isinstance(residents, ResidentTable):
            residents = ResidentTable(residents, state)
        self._table = residents
        if rows is None:
            rows = np.argsort(self._table.raw("resident"), kind="stable").astype(np.int64)
        self._rows = rows

    def __len__(self) -> int:
        return int(self._rows.size)

    def __iter__(self) -> Iterator[ResidentView]:
        return (ResidentView(self._table, int(row)) for row in self._rows)

    @overload
    def __getitem__(self, item: int) -> ResidentView: ...
    @overload
    def __getitem__(self, item: slice) -> ResidentSet: ...
    def __getitem__(self, item: int | slice) -> ResidentView | ResidentSet:
        if isinstance(item, slice):
            return ResidentSet(self._table, self._rows[item])
        return ResidentView(self._table, int(self._rows[item]))

    def __contains__(self, resident: object) -> bool:
        return isinstance(resident, ResidentView) and bool(
            np.any(self._table.raw("resident")[self._rows] == resident.uid)
        )

    def __repr__(self) -> str:
        return f"ResidentSet: {len(self):,} of {len(self._table.residents):,} residents"

    @property
    def rows(self) -> NDArray[np.int64]:
        """Rows of the members in the stored columns, (n,) int64, a copy."""
        return self._rows.copy()

    def select(
        self,
        condition: str | NDArray[np.bool_] | Callable[[ResidentView], bool] = "all",
        *,
        at_most: int | None = None,
        **equals: object,
    ) -> ResidentSet:
        """Return the members for whom a condition holds.

        Parameters
        ----------
        condition
            ``"registration=migrant,age_band=60+"``; or a mask with one value a
            member; or a function of a row view (slow: one call a member).
        at_most
            Take no more than the first so many.
        **equals
            Columns and the value, or list of values, wanted of them.

        Raises
        ------
        InputError
            For an unknown column or category.
        """
        mask = self._mask(condition)
        for name, value in equals.items():
            mask = mask & self._equals(name, value)
        return ResidentSet(self._table, self._rows[mask][:at_most])

    def _mask(
        self, condition: str | NDArray[np.bool_] | Callable[[ResidentView], bool]
    ) -> NDArray[np.bool_]:
        if isinstance(condition, str):
            cells = group_mask(condition, where="residents.select")
            return np.asarray(cells[self._table.raw("group")[self._rows]])
        if callable(condition):
            return np.array([bool(condition(one)) for one in self], dtype=np.bool_)
        mask = np.asarray(condition)
        if mask.dtype != np.bool_ or mask.shape != self._rows.shape:
            found = f"a mask of type {mask.dtype} and shape {mask.shape}"
            raise InputError("residents.select", found, expected=f"bool, ({len(self)},)")
        return mask

    def _equals(self, name: str, value: object) -> NDArray[np.bool_]:
        values = self._table.raw(name)[self._rows]
        wanted = np.atleast_1d(np.asarray(value))
        column: Column | None = BY_NAME.get(name)
        if column is not None and column.categories:
            wanted = column.encode(wanted, where=f"residents.{name}")
        return np.isin(values, wanted)

    @overload
    def get(self, names: str) -> NDArray[Any]: ...
    @overload
    def get(self, names: list[str] | tuple[str, ...]) -> dict[str, NDArray[Any]]: ...
    def get(
        self, names: str | list[str] | tuple[str, ...]
    ) -> NDArray[Any] | dict[str, NDArray[Any]]:
        """Return a column, or several by name, as copies; categories as names."""
        if isinstance(names, str):
            return self._table.read(names, self._rows)
        return {name: self._table.read(name, self._rows) for name in names}

    def set(self, name: str, value: object) -> ResidentSet:
        """Write a dynamic column of all members and return the set.

        Raises
        ------
        InputError
            If the column is made with the city, or the value does not fit.
        """
        self._table.write(name, self._rows, value)
        return self

    def agg(self, name: str, func: Aggregate | Sequence[Aggregate]) -> Any:  # noqa: ANN401
        """Return what a function makes of a column.

        Parameters
        ----------
        name
            Column.
        func
            ``count sum mean median min max std``, or a function of an array, or
            several of them for a list of results.
        """
        values = self.get(name)
        if isinstance(func, str) or callable(func):
            return _aggregate(func)(values)
        return [_aggregate(one)(values) for one in func]

    def groupby(self, by: str | Sequence[str]) -> ResidentGroups:
        """Return the members by the values of one or several columns."""
        names = [by] if isinstance(by, str) else list(by)
        cells = np.zeros(len(self), dtype=np.int64)
        for name in names:
            levels, codes = np.unique(self._table.raw(name)[self._rows], return_inverse=True)
            # Renumbered at each column, so that no product of counts overflows.
            cells = np.unique(cells * levels.size + codes, return_inverse=True)[1]
        order = np.argsort(cells, kind="stable")
        bounds = np.searchsorted(cells[order], np.arange(cells.max(initial=-1) + 2))
        groups: dict[Any, ResidentSet] = {}
        for first, end in itertools.pairwise(bounds):
            rows = self._rows[order[first:end]]
            values = [self._table.read(name, rows[:1])[0].item() for name in names]
            key = values[0] if isinstance(by, str) else tuple(values)
            groups[key] = ResidentSet(self._table, rows)
        return ResidentGroups(groups)


class ResidentGroups(Mapping[Any, ResidentSet]):
    """Sets of residents by the values of one or several columns."""

    def __init__(self, groups: dict[Any, ResidentSet]) -> None:
        self._groups = groups

    def __getitem__(self, key: Any) -> ResidentSet:  # noqa: ANN401 - a value or a tuple of them
        return self._groups[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def __repr__(self) -> str:
        return "\n".join(f"{key}: {len(one):,}" for key, one in self._groups.items())

    def count(self) -> dict[Any, int]:
        """Return the number of residents in each group."""
        return {key: len(one) for key, one in self._groups.items()}

    def agg(self, name: str, func: Aggregate) -> dict[Any, Any]:
        """Return what a function makes of a column in each group."""
        return {key: one.agg(name, func) for key, one in self._groups.items()}


def _aggregate(func: Aggregate) -> Callable[[NDArray[Any]], Any]:
    if not isinstance(func, str):
        return func
    if func not in _AGGREGATES:
        raise InputError(
            "residents.agg",
            f"unknown function `{func}`",
            expected=", ".join(_AGGREGATES),
            hint=did_you_mean(func, _AGGREGATES),
        )
    return _AGGREGATES[func]
