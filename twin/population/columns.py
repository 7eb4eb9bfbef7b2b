"""The columns of a resident, each declared once.

Inside the engine a category is a small code; users read and write its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Column:
    """One column: name, type, categories, unit and meaning.

    Parameters
    ----------
    name
        Word of the glossary.
    dtype
        Numpy type of the stored codes or numbers.
    meaning
        One sentence for the reference page.
    categories
        Names of the codes 0, 1, ...; empty for numbers.
    unit
        Unit or counted thing; empty for categories.
    is_dynamic
        Whether a run may write it; the others are made once with the city.
    """

    name: str
    dtype: str
    meaning: str
    categories: tuple[str, ...] = ()
    unit: str = ""
    is_dynamic: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Names that a condition may use: categories, or true and false."""
        return BOOLEAN_WORDS if self.dtype == "bool" else self.categories

    def decode(self, codes: NDArray[Any]) -> NDArray[Any]:
        """Return category names for codes; numbers and booleans as they are."""
        return np.array(self.categories)[codes] if self.categories else codes

    def encode(self, value: object, *, where: str) -> NDArray[Any]:
        """Return values as they are stored, from names, numbers or booleans.

        Raises
        ------
        InputError
            For an unknown category or a value that the column cannot hold.
        """
        given = np.asarray(value)
        if not self.categories:
            if not np.can_cast(given.dtype, self.dtype, casting="same_kind"):
                expected = f"values of type {self.dtype}"
                raise InputError(where, f"values of type {given.dtype}", expected=expected)
            return given.astype(self.dtype)
        unknown = [str(word) for word in np.unique(given) if str(word) not in self.categories]
        if unknown:
            raise InputError(
                where,
                f"unknown category `{unknown[0]}`",
                expected=", ".join(self.categories),
                hint=did_you_mean(unknown[0], self.categories),
            )
        codes = np.zeros(given.shape, dtype=self.dtype)
        for code, word in enumerate(self.categories):
            codes[given == word] = code
        return codes


BOOLEAN_WORDS: Final = ("false", "true")
AGE_BANDS: Final = ("0-14", "15-59", "60+")
SEXES: Final = ("female", "male")
REGISTRATIONS: Final = ("registered", "migrant")
INCOME_BANDS: Final = ("low", "middle", "high")

COLUMNS: Final = (
    Column("resident", "uint32", "name of the resident, the same in every run", unit="id"),
    Column("household", "uint32", "household that the resident belongs to", unit="id"),
    Column("building", "int32", "row of the home in the buildings, -1 along a street", unit="row"),
    Column("home_node", "int32", "node of the street graph at the home's door", unit="node"),
    Column("zone", "int16", "row of the home's ward, -1 outside all wards", unit="row"),
    Column("age_band", "int8", "age in years", categories=AGE_BANDS),
    Column("sex", "int8", "sex", categories=SEXES),
    Column(
        "registration",
        "int8",
        "whether the household is registered here or has moved here without",
        categories=REGISTRATIONS,
    ),
    Column("income_band", "int8", "income of the household", categories=INCOME_BANDS),
    Column("has_car", "bool", "the household has a car", is_dynamic=True),
    Column("has_ebike", "bool", "the resident has an e-bike", is_dynamic=True),
    Column("is_informed", "bool", "the resident sees published information", is_dynamic=True),
    Column(
        "group", "uint16", "cell of the grouping columns (`twin.population.groups`)", unit="cell"
    ),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}
GROUP_COLUMNS: Final = (
    "age_band",
    "sex",
    "registration",
    "income_band",
    "has_car",
    "has_ebike",
    "is_informed",
)


def column(name: str, *, where: str) -> Column:
    """Return a declared column.

    Raises
    ------
    InputError
        If there is none of that name, with the closest one.
    """
    if name not in BY_NAME:
        raise InputError(
            where,
            f"unknown column `{name}`",
            expected=", ".join(BY_NAME),
            hint=did_you_mean(name, BY_NAME),
        )
    return BY_NAME[name]
