"""How near services are to all residents, without a run: by group, mode, ward and H3 cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.engine.access import access_measures, access_seconds, last_measured_us, resident_groups
from twin.engine.catchments import catchments_at
from twin.errors import InputError, did_you_mean
from twin.experiment.gains import FEWEST
from twin.network.cells import RESOLUTION, node_cells
from twin.parts.spatial_access import accessibility
from twin.results.access import ACCESS_MEASURES, access_rows
from twin.results.groups import Category, divided
from twin.units import DAY_US, HOUR_US, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation

SCHEMA: Final = 1
METHODS: Final = ("e2sfca", "2sfca")
PLACES: Final = ("ward", "h3")
CATCHMENT_MIN: Final = 30.0
"""Half an hour: the catchment of Luo and Wang (2003) and of Luo and Qi (2009)."""
STEP_WEIGHTS: Final = (1.0, 0.68, 0.22)
"""Of the three thirds of the catchment (Luo and Qi 2009)."""
SCORE_UNIT: Final = "server-hours a week per 1,000 residents of mean need"
NOON: Final = 12.0
HOURS: Final = 24
OUTSIDE: Final = "(outside all wards)"
_PER: Final = 1000.0


def access_document(
    prep: Preparation,
    *,
    services: Sequence[str] = (),
    by: str = "ward",
    method: str = "e2sfca",
    catchment_min: float = CATCHMENT_MIN,
    day: int | None = None,
    hour: float | None = None,
    resolution: int = RESOLUTION,
) -> dict[str, Any]:
    """Return the access to services as plain data.

    Parameters
    ----------
    prep
        City, residents and dated edits.
    services
        Ids; none takes all of the scenario.
    by
        ``ward`` or ``h3``: places of which there is a record each.
    method
        Of the spatial score: ``e2sfca`` or ``2sfca``.
    catchment_min
        Minutes of travel within which facilities count in the score.
    day, hour
        When access is told: hour of a day of the run, noon if it is not given. Without a day
        it is the end of the measured days.
    resolution
        Of the cells.

    Raises
    ------
    InputError
        If a word is not known or the day is not one of the run.
    """
    known = [service.id for service in prep.scenario.services]
    wanted = list(services) or known
    for name in wanted:
        _check_word("service", name, known)
    _check_word("--by", by, PLACES)
    _check_word("--method", method, METHODS)
    if not catchment_min > 0:
        raise InputError("--catchment", f"found {catchment_min:g}", expected="minutes above 0")
    moment_us = _moment_us(prep, day, hour)
    place = _places(prep, by, resolution)
    rows = access_measures(prep, moment_us)
    small = _small_groups(prep)
    return {
        "schema": SCHEMA,
        "scenario": prep.scenario.name,
        "title": prep.scenario.title,
        "map": prep.city.name,
        "day": moment_us // DAY_US,
        "clock_s": moment_us / US_PER_S,
        "date": prep.scenario.run.date_of(moment_us // DAY_US).isoformat(),
        "n_residents": len(prep.residents),
        "by": by,
        "modes": list(prep.reach.request.modes),
        "score": {
            "method": method,
            "catchment_min": catchment_min,
            "unit": SCORE_UNIT,
        },
        "services": [
            {
                "service": name,
                "title": prep.scenario.service(name).title,
                "cutoff_s": prep.scenario.service(name).cutoff_s,
                "measures": [
                    row for row in rows if row["service"] == name and row["group"] not in small
                ],
                **_of_places(
                    prep,
                    known.index(name),
                    place,
                    steps=_steps(method, catchment_min),
                    moment_us=moment_us,
                ),
            }
            for name in wanted
        ],
    }


def _moment_us(prep: Preparation, day: int | None, hour: float | None) -> int:
    """Return when access is told."""
    if day is None:
        if hour is not None:
            raise InputError("--hour", "is given without a day", expected="--day too")
        return last_measured_us(prep.scenario)
    if not 0 <= day < prep.n_days:
        raise InputError("--day", f"found {day}", expected=f"0 to {prep.n_days - 1}")
    at = NOON if hour is None else hour
    if not 0 <= at < HOURS:
        raise InputError("--hour", f"found {at:g}", expected=f"0 to below {HOURS}")
    return day * DAY_US + round(at * HOUR_US)


def _small_groups(prep: Preparation) -> frozenset[str]:
    """Return the names of groups that are too small to be shown."""
    found = set()
    for column, group in resident_groups(prep).items():
        n = np.bincount(group.codes[group.codes >= 0], minlength=len(group.labels))
        found |= {f"{column}={group.labels[code]}" for code in np.flatnonzero(n < FEWEST)}
    return frozenset(found)


def _places(prep: Preparation, by: str, resolution: int) -> Category:
    """Return the place of each resident; who lives outside all wards has one too."""
    if by == "h3":
        codes, names = node_cells(prep.graph, prep.residents.home_node, resolution=resolution)
        return Category(codes, names)
    names = tuple(prep.city.wards.names)
    zone = prep.residents.zone.astype(np.int32)
    return Category(np.where(zone < 0, len(names), zone), (*names, OUTSIDE))


def _steps(method: str, catchment_min: float) -> list[tuple[float, float]]:
    limit_s = 60.0 * catchment_min
    if method == "2sfca":
        return [(limit_s, 1.0)]
    n = len(STEP_WEIGHTS)
    return [(limit_s * (i + 1) / n, weight) for i, weight in enumerate(STEP_WEIGHTS)]


def _of_places(
    prep: Preparation,
    service: int,
    place: Category,
    *,
    steps: list[tuple[float, float]],
    moment_us: int,
) -> dict[str, Any]:
    """Return measures and score of each place with enough residents."""
    catchments = catchments_at(prep, service, moment_us)
    found = accessibility(
        cost=catchments.pairs,
        supply=catchments.server_hours,
        demand=catchments.demand,
        method="e2sfca",
        steps=steps,
    )
    score = _PER * found.score[catchments.origin_of_resident]
    # Each person once, by need: the mean over the city is supply over residents.
    by_place = _weighted(score, catchments.need, place)
    rows = access_rows(
        access_seconds(prep, moment_us),
        services=[prep.scenario.services[service].id],
        modes=(),
        groups=[place],
    )
    n = np.bincount(place.codes, minlength=len(place.labels))
    values: dict[str, dict[str, Any]] = {label: {} for label in place.labels}
    for row in rows:
        if row["group"] != "all":
            values[row["group"]][row["measure"]] = row["value"]
    records = [
        {
            "place": label,
            "n_residents": int(count),
            **{measure.name: values[label][measure.name] for measure in ACCESS_MEASURES},
            "score": None if np.isnan(mean) else float(mean),
        }
        for label, count, mean in zip(place.labels, n, by_place, strict=True)
    ]
    of_all = _weighted(score, catchments.need, Category(np.zeros_like(place.codes), ("all",)))
    return {
        "n_facilities": int((catchments.server_hours > 0).sum()),
        "server_hours": float(catchments.server_hours.sum()),
        "server_hours_reached": found.supply_reached,
        "score": None if np.isnan(of_all[0]) else float(of_all[0]),
        "places": [one for one in records if one["n_residents"] >= FEWEST],
        "n_hidden": int(n[n < FEWEST].sum()),
    }


def _weighted(
    score: NDArray[np.float64], need: NDArray[np.float64], place: Category
) -> NDArray[np.float64]:
    """Return the mean score of each place, residents weighted by need; nan without need."""
    width = len(place.labels)
    total = np.bincount(place.codes, weights=score * need, minlength=width)
    weight = np.bincount(place.codes, weights=need, minlength=width)
    return divided(total, weight)


def _check_word(where: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise InputError(
            where, f"found `{word}`", expected=", ".join(known), hint=did_you_mean(word, known)
        )
