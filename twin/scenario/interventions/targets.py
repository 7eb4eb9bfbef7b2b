"""Which facility rows an intervention means, and the words when there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.errors import did_you_mean
from twin.scenario.interventions.base import DatedModel, Problem, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twin.city.city import City
    from twin.city.edits import EditValue, Operation
    from twin.city.facilities import Facility

N_SHOWN = 8


def rows_of(city: City, facility: Sequence[str], service: str | None) -> list[Facility]:
    """Return the rows of the named facilities (none named: all) and the service (none: all)."""
    return [
        row
        for row in city.facilities
        if (not facility or row.uid in facility) and (service is None or row.service == service)
    ]


def facility_problems(
    city: City, facility: Sequence[str], service: str | None, *, is_one_service: bool = False
) -> Iterator[Problem]:
    """Yield facilities that the city has not, or that do not offer the service."""
    services = {row.service for row in city.facilities}
    if service is not None and service not in services:
        yield Problem(
            "service",
            f"no facility offers `{service}`",
            expected=listed(services),
            hint=did_you_mean(service, services),
        )
        return
    for uid in facility:
        yield from _one_facility_problems(city, uid, service, is_one_service=is_one_service)


def _one_facility_problems(
    city: City, uid: str, service: str | None, *, is_one_service: bool
) -> Iterator[Problem]:
    offered = sorted(row.service for row in city.facilities if row.uid == uid)
    if not offered:
        known = sorted(
            {row.uid for row in city.facilities if service is None or row.service == service}
        )
        what = "facility" if service is None else f"facility of service {service}"
        yield Problem(
            "facility",
            f"unknown {what} `{uid}`",
            expected=listed(known),
            hint=did_you_mean(uid, known) or "`twin map info MAP` lists the facilities of the map",
        )
    elif service is not None and service not in offered:
        yield Problem(
            "facility",
            f"`{uid}` does not offer `{service}`",
            expected=f"a facility that does; it offers {listed(offered)}",
        )
    elif service is None and is_one_service and len(offered) > 1:
        yield Problem(
            "facility",
            f"`{uid}` offers {listed(offered)}",
            expected="`service` says which one is meant",
        )


def listed(words: Sequence[str] | set[str]) -> str:
    """Return words for a message, the first few of many."""
    ordered = sorted(words)
    more = f" ... ({len(ordered)} in all)" if len(ordered) > N_SHOWN else ""
    return ", ".join(ordered[:N_SHOWN]) + more if ordered else "none"


def row_span(
    owner: DatedModel,
    row: Facility,
    column: str,
    *,
    value: EditValue,
    before: EditValue,
    op: Operation = "set",
) -> Span:
    """Return the change of one cell of a facility row while `owner` holds."""
    return Span(
        table="facilities",
        uid=row.key,
        column=column,
        op=op,
        value=value,
        before=before,
        from_day=owner.from_day,
        to_day=owner.to_day,
        cause=owner.id,
    )
