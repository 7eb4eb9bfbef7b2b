"""What a scenario says about its residents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from twin.errors import did_you_mean
from twin.population.columns import AGE_BANDS, INCOME_BANDS, REGISTRATIONS
from twin.population.fit_settings import (  # noqa: TC001 - pydantic
    Conditions,
    MarginSettings,
    SampleSettings,
    TablePath,
)
from twin.units import Share, StrictModel

if TYPE_CHECKING:
    from collections.abc import Collection

SeedNumber = Annotated[int, Field(ge=0, lt=2**64)]
# Resident ids are 32 bits; the last block of 1,024 stays below 2**32.
ResidentCount = Annotated[int, Field(ge=1, le=2**32 - 1024)]
HouseholdSizes = Annotated[tuple[Share, ...], Field(strict=False, min_length=1, max_length=20)]
# Uses of buildings that people may live in.
BUILDING_USES: Final = ("residential", "mixed")
_SUM_TOLERANCE: Final = 1e-6


class PopulationSettings(StrictModel):
    """Size and composition of the population, made once from its own seed.

    Shares without a source are assumptions; a scenario tags them. Registration,
    income and car are properties of a household, the others of a resident.

    Parameters
    ----------
    seed
        Seed of the population, not of a run: resident 17 is one person in
        every run and scenario.
    residents
        Number of residents, reached exactly.
    household_size_share
        Share of households with 1, 2, 3, ... members.
    age_share
        Share of residents in each age band.
    female_share
        Share of residents.
    migrant_share
        Share of households.
    income_share
        Share of households in each income band.
    car_share
        Share of households with a car, by income band.
    ebike_share
        Share of residents from 15 on with an e-bike.
    informed_share
        Share of residents who see published information, by registration and
        age band.
    residential_share
        Share of the floor area that is homes, by use of the building.
    table
        CSV of `key,value` with facts of the city; what stands here too goes before.
    margins
        Tables of counts that residents and households are fitted to; with them the
        shares are only where the fit starts.
    sample
        Microdata that the fit starts from instead.
    zeros
        Households that cannot be: `household_size=1,has_car=true`.
    fit
        How households are weighted: `entropy` ends between margins that conflict,
        `ipu` updates one margin after the other.
    """

    seed: SeedNumber = 1
    residents: ResidentCount
    household_size_share: HouseholdSizes = (0.36, 0.31, 0.15, 0.12, 0.06)
    age_share: dict[str, Share] = Field(default={"0-14": 0.13, "15-59": 0.55, "60+": 0.32})
    female_share: Share = 0.51
    migrant_share: Share = 0.25
    income_share: dict[str, Share] = Field(default={"low": 0.3, "middle": 0.5, "high": 0.2})
    car_share: dict[str, Share] = Field(default={"low": 0.35, "middle": 0.65, "high": 0.85})
    ebike_share: Share = 0.15
    informed_share: dict[str, dict[str, Share]] = Field(
        default={
            "registered": {"0-14": 0.7, "15-59": 0.7, "60+": 0.4},
            "migrant": {"0-14": 0.5, "15-59": 0.5, "60+": 0.25},
        }
    )
    residential_share: dict[str, Share] = Field(default={"residential": 1.0, "mixed": 0.6})
    table: TablePath | None = None
    margins: Annotated[tuple[MarginSettings, ...], Field(strict=False)] = ()
    sample: SampleSettings | None = None
    zeros: Conditions = ()
    fit: Literal["entropy", "ipu"] = "entropy"

    @property
    def mean_household_size(self) -> float:
        """Members a household has on average."""
        sizes = enumerate(self.household_size_share, start=1)
        return math.fsum(share * size for size, share in sizes)

    @property
    def child_share_of_others(self) -> float:
        """Probability that a member beside the first, who is grown up, is a child.

        It is a matter of shares alone, not of the number of residents, so that
        more residents leave the first ones as they are.
        """
        mean = self.mean_household_size
        wanted = self.age_share["0-14"]
        return wanted * mean / (mean - 1.0) if wanted else 0.0

    @property
    def older_share_of_grown(self) -> float:
        """Share of those from 60 on among those from 15 on."""
        grown = self.age_share["15-59"] + self.age_share["60+"]
        return self.age_share["60+"] / grown

    @model_validator(mode="after")
    def _check_tables(self) -> Self:
        _check_keys("age_share", self.age_share, AGE_BANDS)
        _check_keys("income_share", self.income_share, INCOME_BANDS)
        _check_keys("car_share", self.car_share, INCOME_BANDS)
        _check_keys("informed_share", self.informed_share, REGISTRATIONS)
        for name, by_age in self.informed_share.items():
            _check_keys(f"informed_share.{name}", by_age, AGE_BANDS)
        _check_known("residential_share", self.residential_share, BUILDING_USES)
        _check_sum("household_size_share", self.household_size_share)
        _check_sum("age_share", self.age_share.values())
        _check_sum("income_share", self.income_share.values())
        if (self.sample is not None or self.zeros) and not self.margins:
            raise ValueError("margins: none; expected at least one beside `sample` or `zeros`")
        room = 1.0 - 1.0 / self.mean_household_size
        if self.age_share["0-14"] > room:
            message = (
                f"age_share.0-14: {self.age_share['0-14']:g} of all residents, but only"
                f" {room:g} are not the one adult that each household has"
            )
            raise ValueError(message)
        return self


def _check_keys(name: str, table: Collection[str], known: tuple[str, ...]) -> None:
    if set(table) != set(known):
        message = f"{name}: found {', '.join(sorted(table))}; expected {', '.join(known)}"
        raise ValueError(message)


def _check_known(name: str, table: Collection[str], known: tuple[str, ...]) -> None:
    for word in table:
        if word not in known:
            hint = did_you_mean(word, known)
            raise ValueError(f"{name}: unknown `{word}`; expected {', '.join(known)}; {hint}")


def _check_sum(name: str, shares: Collection[float]) -> None:
    total = math.fsum(shares)
    if abs(total - 1.0) > _SUM_TOLERANCE:
        message = f"{name}: the shares sum to {total:g}; expected 1"
        raise ValueError(message)
