"""`[activities]` as the kernels read it: rules of days and of modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.kernels.plans import N_TRIPS_MAX, NO_MODE, Plans, Rules
from twin.kernels.touring import ModeRules
from twin.network.modes import CAR, RESIDENT_MODES
from twin.population.activity_settings import clock_s
from twin.population.columns import AGE_BANDS
from twin.population.groups import N_CELLS, cell_column
from twin.population.occupations import PUPIL, ROLES, WORKER
from twin.units import HOUR_US, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.network.carriers import Carrier
    from twin.population.activity_settings import ActivitySettings, MainActivity, ModeTaste

MINUTE_US: Final = 60.0 * US_PER_S
MS_PER_MIN: Final = 60_000.0
_PLAN_DTYPES: Final = {
    "want_us": np.int64,
    "from_slot": np.int8,
    "to_slot": np.int8,
    "tour": np.int8,
    "mode": np.int8,
    "depart_us": np.int64,
    "arrive_us": np.int64,
}


def day_rules(settings: ActivitySettings) -> Rules:
    """Return the rules of days, one row a role of `ROLES`."""
    mains: list[MainActivity | None] = [None, None, None]
    mains[WORKER], mains[PUPIL] = settings.work, settings.school
    peaks = [[] if main is None else list(main.leave) for main in mains]
    start = np.cumsum([0, *(len(part) for part in peaks)]).astype(np.int64)
    flat = [peak for part in peaks for peak in part]
    shares = [np.array([peak.share for peak in part]) for part in peaks]
    ends = [_running_shares(part) for part in shares if part.size]
    hours = np.asarray(settings.other.hour_weight, dtype=np.float64)
    wishes = settings.other.tours_per_day
    rates = [[wishes[role], wishes[role] * settings.other.off_factor] for role in ROLES]

    def of(name: str, scale: float = 1.0) -> NDArray[np.float64]:
        return np.array([0.0 if main is None else getattr(main, name) * scale for main in mains])

    def at(name: str) -> NDArray[np.float64]:
        moments = [0 if main is None else clock_s(getattr(main, name)) for main in mains]
        return np.array(moments, dtype=np.float64) * US_PER_S

    return Rules(
        attend_share=np.stack([of("attend_share"), of("attend_off_share")], axis=1),
        peak_start=start,
        peak_end=np.concatenate(ends),
        peak_us=np.array([clock_s(peak.at) for peak in flat], dtype=np.float64) * US_PER_S,
        peak_sd_us=np.array([peak.sd_min for peak in flat]) * MINUTE_US,
        stay_us=of("stay_h", HOUR_US),
        stay_sd_us=of("stay_sd_min", MINUTE_US),
        noon_share=of("noon_return_share"),
        noon_leave_us=at("noon_leave"),
        noon_back_us=at("noon_back"),
        noon_sd_us=of("noon_sd_min", MINUTE_US),
        other_rate=np.array(rates),
        hour_end=_running_shares(hours),
        other_stay_us=float(settings.other.stay_h * HOUR_US),
        other_stay_cv=float(settings.other.stay_cv),
        n_other=settings.other.n_places,
    )


def _running_shares(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the running shares of weights; the last is 1 to the last bit."""
    total = np.cumsum(weight)
    shares: NDArray[np.float64] = total / total[-1]
    return shares


def modes_of_groups(carriers: Sequence[Carrier]) -> NDArray[np.uint8]:
    """Return the bit mask of the modes that residents of each cell have, (n_groups,)."""
    modes = np.zeros(N_CELLS, dtype=np.uint8)
    for one in carriers:
        has = True if one.vehicle is None else cell_column(one.vehicle) == 1
        modes |= np.where(has, 1 << one.code, 0).astype(np.uint8)
    return modes


def mode_rules(
    settings: ActivitySettings,
    carriers: Sequence[Carrier],
    fixed_ms: NDArray[np.int64],
) -> ModeRules:
    """Return how modes are liked and who has them.

    Parameters
    ----------
    settings
        ``[activities]``.
    carriers
        Modes of ``[travel]``.
    fixed_ms
        (n_modes,) charged once a trip.
    """
    tastes: dict[str, ModeTaste] = {str(k): v for k, v in settings.mode_choice.items()}
    offered = [one for one in carriers if one.name in tastes]
    constant = np.zeros(len(RESIDENT_MODES))
    loss = np.zeros(len(RESIDENT_MODES))
    for one in offered:
        taste = tastes[one.name]
        constant[one.code] = taste.constant - settings.cost_weight * taste.cost
        loss[one.code] = taste.time_per_min / MS_PER_MIN
    may_drive = np.isin(
        cell_column("age_band"), [AGE_BANDS.index(band) for band in settings.driving_age]
    )
    own = modes_of_groups(offered)
    own = np.where(may_drive, own, own & ~np.uint8(1 << CAR)).astype(np.uint8)
    return ModeRules(
        constant=constant,
        loss_per_ms=loss,
        fixed_ms=fixed_ms,
        need_share=1.0 - settings.taste_permanence,
        of_group=own,
        on_the_way=sum(1 << one.code for one in offered if one.vehicle is None),
    )


def empty_plans(n_residents: int, n_trips: int = 0) -> Plans:
    """Return plans of residents who are at home, with room for some trips."""
    capacity = max(n_trips, 3 * n_residents) + N_TRIPS_MAX if n_residents else 0
    trips = {name: np.zeros(capacity, dtype=kind) for name, kind in _PLAN_DTYPES.items()}
    return Plans(
        start=np.zeros(n_residents + 1, dtype=np.int64),
        **trips,
        n_settled=np.zeros(n_residents, dtype=np.int8),
        slot=np.zeros(n_residents, dtype=np.int8),
        ready_us=np.zeros(n_residents, dtype=np.int64),
        vehicle=np.full(n_residents, NO_MODE, dtype=np.int8),
        first_slot=np.zeros(n_residents, dtype=np.int8),
        first_vehicle=np.full(n_residents, NO_MODE, dtype=np.int8),
        first_ready_us=np.zeros(n_residents, dtype=np.int64),
        is_stranded=np.zeros(n_residents, dtype=np.bool_),
    )


def with_room(plans: Plans, n_trips: int) -> Plans:
    """Return the same residents with room for at least `n_trips` trips; the old ones are gone."""
    fresh = {name: np.zeros(n_trips, dtype=kind) for name, kind in _PLAN_DTYPES.items()}
    return plans._replace(**fresh)
