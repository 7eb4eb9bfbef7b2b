"""Residents as a structure of arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.population.columns import BY_NAME, GROUP_COLUMNS
from twin.population.groups import group_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Residents:
    """One row a resident; columns as declared in `twin.population.columns`.

    A resident is named by `resident`, never by its row: rows may be stored in
    any order. Columns that no run may write are read-only.

    Parameters
    ----------
    resident, household
        Names: (n,) uint32.
    building, home_node
        Home: (n,) int32.
    zone
        Ward of the home: (n,) int16, -1 outside all wards.
    age_band, sex, registration, income_band
        Category codes: (n,) int8.
    has_car, has_ebike, is_informed
        (n,) bool, writable.
    group
        Cell of the grouping columns: (n,) uint16.
    """

    resident: NDArray[np.uint32]
    household: NDArray[np.uint32]
    building: NDArray[np.int32]
    home_node: NDArray[np.int32]
    zone: NDArray[np.int16]
    age_band: NDArray[np.int8]
    sex: NDArray[np.int8]
    registration: NDArray[np.int8]
    income_band: NDArray[np.int8]
    has_car: NDArray[np.bool_]
    has_ebike: NDArray[np.bool_]
    is_informed: NDArray[np.bool_]
    group: NDArray[np.uint16]

    def __post_init__(self) -> None:
        n_residents = self.resident.size
        for each in fields(self):
            values = getattr(self, each.name)
            declared = BY_NAME[each.name]
            if values.shape != (n_residents,) or values.dtype != np.dtype(declared.dtype):
                message = (
                    f"column {each.name}: {values.dtype}{values.shape},"
                    f" declared {declared.dtype}({n_residents},)"
                )
                raise ValueError(message)
            if not declared.is_dynamic and each.name != "group":
                values.flags.writeable = False

    def __len__(self) -> int:
        return int(self.resident.size)

    def __repr__(self) -> str:
        n_households = np.unique(self.household).size
        return (
            f"Residents: {len(self):,} in {n_households:,} households,"
            f" {self.nbytes_per_resident:g} bytes each"
        )

    @property
    def nbytes_per_resident(self) -> float:
        """Bytes that one resident takes."""
        return float(sum(self.column(each.name).itemsize for each in fields(self)))

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as it is stored: codes, not names."""
        values: NDArray[Any] = getattr(self, name)
        return values

    def permuted(self, order: NDArray[np.integer]) -> Residents:
        """Return the same residents stored in another order, as a copy.

        Parameters
        ----------
        order
            (n,) a permutation of the rows.

        Raises
        ------
        ValueError
            If a row is missing or comes twice.
        """
        if not np.array_equal(np.sort(order), np.arange(len(self))):
            message = f"not a permutation of {len(self)} rows"
            raise ValueError(message)
        return Residents(**{each.name: self.column(each.name)[order] for each in fields(self)})

    def refresh_groups(self) -> None:
        """Write `group` anew, after a grouping column has been written."""
        self.group[:] = group_codes({name: self.column(name) for name in GROUP_COLUMNS})
