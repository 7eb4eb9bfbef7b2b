"""What `[schools]` says that no run of its days reads: told, for it may not be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.scenario.interventions.schools import SchoolIntervention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.scenario.document import Scenario


def idle_school_warnings(scenario: Scenario) -> Iterator[str]:
    """Yield rounds after the run's end, and interventions during which no round is held."""
    if scenario.schools is None:
        return
    days = scenario.run.days
    held: dict[str, list[int]] = {}
    for level in scenario.schools.levels:
        held[level.id] = [one.day for one in level.rounds if one.day < days]
        for one in level.rounds:
            if one.day >= days:
                where = scenario.where("schools", "levels", level.id, "rounds", one.id)
                yield f"{where}: day {one.day} is after the last of {days} days: it is not held"
    for member in scenario.interventions:
        if not isinstance(member, SchoolIntervention):
            continue
        end = days if member.to_day is None else member.to_day
        if not any(member.from_day <= day < end for day in held.get(member.level, [])):
            where = scenario.where("interventions", member.id)
            yield f"{where}: no round of `{member.level}` is held while it holds: nobody moves"
