"""A factor of need that a whole city shares on a day: flu, weather, whatever nobody lists."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import Field

from twin.scenario.fields import Id  # noqa: TC001 - pydantic
from twin.streams import DAY_FACTOR_CUT
from twin.units import StrictModel

if TYPE_CHECKING:
    from collections.abc import Mapping


class DayFactor(StrictModel):
    """Lognormal with mean 1; the latent normal of successive days is autoregressive."""

    cv: float = Field(ge=0, le=2, description="standard deviation / mean of the factor over days")
    autocorrelation: float = Field(
        default=0.0,
        ge=0,
        le=0.99,
        description="correlation of the logarithms of two successive days",
    )
    shared: Id | None = Field(
        default=None,
        description="services that name the same word have good and bad days together",
    )

    @property
    def sigma(self) -> float:
        """Standard deviation of the factor's logarithm."""
        return math.sqrt(math.log1p(self.cv**2))

    @property
    def highest(self) -> float:
        """The factor where the latent normal is cut."""
        return math.exp(self.sigma * DAY_FACTOR_CUT - self.sigma**2 / 2)


def check_shared(factors: Mapping[str, DayFactor | None]) -> None:
    """Refuse services that share a factor and remember it differently.

    Parameters
    ----------
    factors
        Day factor of each service, by id.

    Raises
    ------
    ValueError
        With the key path at the front of its message, as validators of a scenario do.
    """
    first: dict[str, str] = {}
    for service, factor in factors.items():
        if factor is None or factor.shared is None:
            continue
        other = factors[first.setdefault(factor.shared, service)]
        if other is not None and other.autocorrelation != factor.autocorrelation:
            raise ValueError(
                f"services.{service}.day_factor.autocorrelation: {factor.autocorrelation:g}, and"
                f" {other.autocorrelation:g} in `{first[factor.shared]}`, which shares"
                f" `{factor.shared}`; expected one autocorrelation for `{factor.shared}`"
            )
