"""Slots of appointments that never fall into opening hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.city.calendar import Calendar, opening_intervals
from twin.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City
    from twin.scenario.document import Scenario

MOST_NAMES: Final = 3
MOST_DAYS: Final = 28
"""Days looked at: hours that differ later are the rare ones."""


def slot_warnings(scenario: Scenario, city: City) -> Iterator[str]:
    """Yield services of which some facilities can give no appointment.

    Slots are counted from midnight and begin while the facility is open, so that long
    ones may never do so.

    Parameters
    ----------
    scenario
        Its services, calendar and run.
    city
        With the hours of its facilities filled in.
    """
    n_days = min(scenario.run.days, MOST_DAYS)
    calendar = Calendar(scenario.calendar, scenario.run.start, n_days)
    for service in scenario.services:
        told = service.appointments
        if told is None or told.share == 0:
            continue
        rows = city.facilities_of(service.id)
        without = {
            hours
            for hours in {str(row.hours) for row in rows}
            if not _has_slot(hours, calendar, n_days, round(told.slot_s * US_PER_S))
        }
        names = [row.uid for row in rows if str(row.hours) in without]
        if names:
            where = scenario.where("services", service.id, "appointments")
            more = ", ..." if len(names) > MOST_NAMES else ""
            yield (
                f"{where}: no slot of {told.slot_s:g} s, counted from midnight, begins in the"
                f" opening hours of {', '.join(names[:MOST_NAMES])}{more}: nobody gets an"
                " appointment there"
            )


def _has_slot(hours: str, calendar: Calendar, n_days: int, length_us: int) -> bool:
    """Return whether a slot begins while it is open; True where it never is."""
    spans = opening_intervals(hours, calendar, n_days)
    first = -(-spans[:, 0] // length_us) * length_us
    return len(spans) == 0 or bool(np.any(first < spans[:, 1]))
