"""How large a run will be: needs, memory and time, before anything is simulated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twin.scenario.services.stages import mean_passes, routes_of
from twin.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.population.settings import PopulationSettings
    from twin.scenario.document import Scenario
    from twin.scenario.services import ServiceSettings

# Measured on one core with 4,600 to 150,000 needs and 39,050 to 1,000,000 residents,
# everything compiled; rough elsewhere, and `twin run` prints what it really took.
BASE_MB: Final = 320.0
RESIDENT_BYTES: Final = 200.0
NEED_BYTES: Final = 350.0
EDGE_BYTES: Final = 120.0
CANDIDATE_BYTES: Final = 12.0
N_CANDIDATES: Final = 16
SETUP_S: Final = 0.8
NEED_S: Final = 6e-6
RESIDENT_DAY_S: Final = 9e-8
# Day plans, measured with a million residents on 70,473 nodes: places once, trips of
# each day, and what `level = "full"` keeps of them and routes over the streets.
PLAN_BYTES: Final = 200.0
KEPT_DAY_BYTES: Final = 900.0
PLACES_S: Final = 8e-6
PLAN_DAY_S: Final = 4.5e-6
ROUTED_DAY_S: Final = 8.5e-6


@dataclass(frozen=True)
class Estimate:
    """What one seed takes.

    Parameters
    ----------
    n_needs
        Needs that arise.
    memory_mb
        Memory of one process.
    seconds
        Wall time once everything is compiled.
    """

    n_needs: int
    memory_mb: float
    seconds: float


def estimated(scenario: Scenario, n_nodes: int, n_edges: int) -> Estimate:
    """Return the expected size of one seed of `scenario` on a map of that size."""
    residents = scenario.population.residents
    days = scenario.run.days
    needs = [needs_per_resident(service, scenario.population) for service in scenario.services]
    n_needs = residents * sum(needs) * days / DAYS_PER_YEAR
    rows = zip(needs, map(_steps, scenario.services), strict=True)
    n_rows = residents * sum(n * steps for n, steps in rows) * days / DAYS_PER_YEAR
    candidates = n_nodes * N_CANDIDATES * CANDIDATE_BYTES * len(scenario.services)
    n_bytes = residents * RESIDENT_BYTES + n_rows * NEED_BYTES + n_edges * EDGE_BYTES + candidates
    seconds = SETUP_S + n_rows * NEED_S + residents * days * RESIDENT_DAY_S
    if scenario.activities is not None:
        n_kept = residents * days * (scenario.output.level == "full")
        n_bytes += residents * PLAN_BYTES + n_kept * KEPT_DAY_BYTES
        seconds += residents * (PLACES_S + days * PLAN_DAY_S) + n_kept * ROUTED_DAY_S
    return Estimate(math.ceil(n_needs), BASE_MB + n_bytes / 1e6, seconds)


def _steps(service: ServiceSettings) -> float:
    """Return the stages that a visit passes on average."""
    return float(mean_passes(routes_of(service.all_stages)).sum())


def needs_per_resident(service: ServiceSettings, population: PopulationSettings) -> float:
    """Return needs per year of the mean resident, with the multipliers' mean as far as known."""
    shares = {
        "age_band": population.age_share,
        "income_band": population.income_share,
        "sex": {"female": population.female_share, "male": 1.0 - population.female_share},
        "registration": {
            "migrant": population.migrant_share,
            "registered": 1.0 - population.migrant_share,
        },
    }
    mean = service.needs_per_year
    for column, factors in service.need_multiplier.items():
        if column in shares:
            mean *= sum(share * factors.get(word, 1.0) for word, share in shares[column].items())
    for one in service.need_factor:
        mean *= 1.0 + (one.factor - 1.0) * _share_of(one.who, shares)
    return mean


def _share_of(who: str, shares: Mapping[str, Mapping[str, float]]) -> float:
    """Return the share of residents whom a condition describes; half where it is not known."""
    share = 1.0
    for part in who.split(",") if who.strip() != "all" else ():
        column, _, words = part.partition("=")
        known = shares.get(column.strip())
        named = [word.strip() for word in words.split("|")]
        share *= 0.5 if known is None else sum(known.get(word, 0.0) for word in named)
    return share
