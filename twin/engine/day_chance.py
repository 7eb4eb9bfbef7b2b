"""Day factors of a seed: what all residents of a city share on a day, by service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels.day_factor import fill_day_factors, n_lags
from twin.streams import DAY_FACTOR, SHARED_DAY_FACTOR, pack_stream, split_key, uid32

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.scenario.document import Scenario


def day_chance_of(scenario: Scenario, seed: int) -> NDArray[np.float64]:
    """Return the factor of each service and day, (n_services, n_days) float64.

    A factor belongs to a date: it depends neither on the length of a run nor on
    the day on which it starts. Services without ``day_factor`` have 1.
    """
    n_days = scenario.run.days
    first = scenario.run.start.toordinal()
    low, high = split_key(seed)
    factors = np.ones((len(scenario.services), n_days))
    for row, service in zip(factors, scenario.services, strict=True):
        settings = service.day_factor
        if settings is None:
            continue
        stream = DAY_FACTOR if settings.shared is None else SHARED_DAY_FACTOR
        fill_day_factors(
            row,
            np.empty(n_lags(settings.autocorrelation) + n_days),
            first,
            settings.autocorrelation,
            settings.sigma,
            pack_stream(stream),
            uid32(settings.shared or service.id),
            low,
            high,
        )
    return factors
