"""The schools of a city as `[schools]` describes them, and what does not fit the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.city.schools import School, check_catchment
from twin.errors import InputError, ScenarioError, did_you_mean
from twin.population.groups import group_mask
from twin.scenario.interventions.targets import listed
from twin.streams import checked_uids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City
    from twin.scenario.document import Scenario
    from twin.scenario.located import Step
    from twin.scenario.schools.levels import SchoolLevel


def school_rows(scenario: Scenario, city: City) -> tuple[tuple[School, ...], list[InputError]]:
    """Return the schools of all levels, by level and uid, and every error.

    Parameters
    ----------
    scenario
        With or without ``[schools]``.
    city
        With all facilities of the scenario.
    """
    if scenario.schools is None:
        return (), []
    errors: list[InputError] = []
    rows: list[School] = []
    for level in scenario.schools.levels:
        errors += _errors(scenario, level, city)
        rows += _rows(level, city)
    if not errors:
        checked_uids([row.key for row in rows], where=scenario.where("schools"))
    return tuple(rows), errors


def _rows(level: SchoolLevel, city: City) -> Iterator[School]:
    for facility in city.facilities_of(level.service):
        uid = facility.uid
        yield School(
            facility=facility,
            level=level.id,
            places=level.places.get(uid, level.default_places),
            class_size=level.class_size,
            eligibility=level.eligibility,
            catchment=level.catchments.get(uid, level.catchment),
            quality=level.quality.get(uid, 0.0),
        )


def _errors(scenario: Scenario, level: SchoolLevel, city: City) -> Iterator[InputError]:
    known = [facility.uid for facility in city.facilities_of(level.service)]

    def error(keys: tuple[Step, ...], found: str, expected: str, hint: str = "") -> ScenarioError:
        where = scenario.where("schools", "levels", level.id, *keys)
        return ScenarioError(where, found, expected=expected, hint=hint)

    if not known:
        services = {facility.service for facility in city.facilities}
        yield error(
            ("service",),
            f"no facility offers `{level.service}`",
            listed(services),
            did_you_mean(level.service, services) or "schools are rows of [[facilities]] or a CSV",
        )
        return
    for key in ("places", "quality", "catchments"):
        for uid in getattr(level, key):
            if uid not in known:
                hint = did_you_mean(uid, known)
                yield error((key, uid), f"unknown school `{uid}`", listed(known), hint)
    texts: dict[tuple[Step, ...], str] = {("catchment",): level.catchment}
    texts |= {("catchments", uid): text for uid, text in level.catchments.items()}
    for keys, text in texts.items():
        try:
            check_catchment(text, city.wards.names, where="catchment")
        except InputError as found:
            yield error(keys, found.found, found.expected, found.hint)
    conditions: dict[tuple[Step, ...], str] = {("eligibility",): level.eligibility}
    conditions |= {("classes", one.id, "where"): one.where for one in level.classes}
    for keys, text in conditions.items():
        try:
            group_mask(text)
        except InputError as found:
            yield error(keys, found.found, found.expected, found.hint)
