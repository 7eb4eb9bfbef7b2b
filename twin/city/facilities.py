"""Facilities, and how a planner's rows add to, correct or remove them.

OpenStreetMap says what is there as well as its mappers knew; a city's own table
knows better. A row is named by (uid, service): one house may offer several
services, each with its own servers and hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from twin.errors import InputError, InputErrors, did_you_mean
from twin.streams import checked_uids, uid32

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Operation = Literal["add", "set", "remove"]
OPERATIONS: Final[tuple[Operation, ...]] = ("add", "set", "remove")
TAGS: Final = ("sourced", "derived", "assumed", "fitted")
DEFAULT_TAG: Final = "assumed"


@dataclass(frozen=True)
class Facility:
    """One service at one place.

    Parameters
    ----------
    uid
        Name of the place, such as ``"osm/node/123"``.
    service
        Kind of service, such as ``"primary_care"``.
    name
        For people; may be empty.
    lon, lat
        Degrees, WGS84.
    servers
        Places that serve at once; none: the service's default.
    hours
        Opening hours; none: the service's default.
    department
        Who runs it.
    tag
        ``sourced``, ``derived``, ``assumed`` or ``fitted``.
    source
        File and line, or the map element.
    waiting_room
        Places to wait; none: the service's default.
    is_active
        False for one that an intervention opens later.
    eligibility
        Who may use it, a condition on the residents' columns.
    note
        Why the row says what it says.
    fee
        What a visit costs, in the scenario's currency; none: the service's default.
    nest
        Kind of facility in a nested logit; empty: it stands alone.
    """

    uid: str
    service: str
    name: str
    lon: float
    lat: float
    servers: int | None
    hours: str | None
    department: str | None
    tag: str
    source: str
    waiting_room: int | None = None
    is_active: bool = True
    eligibility: str = "all"
    note: str = ""
    fee: float | None = None
    nest: str = ""

    @property
    def key(self) -> str:
        """Name of the (place, service) pair, as edits use it."""
        return f"{self.uid}/{self.service}"

    @property
    def key_uid(self) -> int:
        """32-bit number of the pair, as draws are addressed by it."""
        return uid32(self.key)


@dataclass(frozen=True)
class FacilityRow:
    """One row of a facility table, read and checked by itself.

    Parameters
    ----------
    op
        ``add``, ``set`` or ``remove``.
    uid, service
        The facility; an empty service means the only one (``set``) or all
        (``remove``) of the place.
    values
        Facility fields that the row gives.
    where
        File and line, or key path.
    """

    op: Operation
    uid: str
    service: str
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)


class _Table:
    """Facilities by (uid, service) while rows are applied to them."""

    def __init__(self, base: Iterable[Facility]) -> None:
        self.rows = {(row.uid, row.service): row for row in base}
        self.places = {row.uid: row for row in self.rows.values()}

    def services(self, uid: str) -> list[str]:
        return sorted(service for place, service in self.rows if place == uid)

    def apply(self, row: FacilityRow) -> None:
        if row.op == "add":
            self._add(row)
            return
        services = self._known_services(row)
        if row.op == "remove":
            for service in services:
                del self.rows[row.uid, service]
            return
        if len(services) > 1:
            raise InputError(
                row.where,
                f"`{row.uid}` offers {len(services)} services",
                expected=f"a service among {', '.join(services)}",
                hint="fill the column `service`",
            )
        key = (row.uid, services[0])
        # A corrected row without a tag is no longer what its source said.
        changed = {"tag": DEFAULT_TAG, "source": row.where} | dict(row.values)
        self.rows[key] = replace(self.rows[key], **changed)

    def _known_services(self, row: FacilityRow) -> list[str]:
        services = self.services(row.uid)
        if not services:
            known = {uid for uid, _ in self.rows}
            raise InputError(
                row.where,
                f"`{row.op}` of an unknown facility `{row.uid}`",
                expected="the uid of a facility of the map or of an earlier row",
                hint=did_you_mean(row.uid, known) or "to bring a new one, use `add`",
            )
        if not row.service:
            return services
        if row.service not in services:
            raise InputError(
                row.where,
                f"`{row.uid}` offers no service `{row.service}`",
                expected=", ".join(services),
                hint=did_you_mean(row.service, services)
                or "to change the service, `remove` this one and `add` the other",
            )
        return [row.service]

    def _add(self, row: FacilityRow) -> None:
        key = (row.uid, row.service)
        if not row.service:
            expected = "the service that is added"
            raise InputError(f"{row.where}, column `service`", "empty", expected=expected)
        if key in self.rows:
            raise InputError(
                row.where,
                f"`{row.uid}` offers `{row.service}` already (from {self.rows[key].source})",
                expected="a new uid, or a service that this place does not offer yet",
                hint="to correct it, use `set`",
            )
        place = self.places.get(row.uid)
        missing = [name for name in ("lon", "lat") if name not in row.values]
        if missing and place is None:
            raise InputError(
                f"{row.where}, column `{missing[0]}`",
                "empty",
                expected="a position in degrees for a place that is not in the map",
                hint=did_you_mean(row.uid, self.places),
            )
        self.rows[key] = _new_facility(row, place)
        self.places.setdefault(row.uid, self.rows[key])


def _new_facility(row: FacilityRow, place: Facility | None) -> Facility:
    """Return the facility of an `add` row; a known place lends name and position."""
    values = dict(row.values)
    if place is not None:
        values = {"name": place.name, "lon": place.lon, "lat": place.lat} | values
    defaults = {
        "name": row.uid,
        "servers": None,
        "hours": None,
        "department": None,
        "tag": DEFAULT_TAG,
        "source": row.where,
    }
    return Facility(uid=row.uid, service=row.service, **(defaults | values))


def merge_facilities(base: Iterable[Facility], rows: Iterable[FacilityRow]) -> tuple[Facility, ...]:
    """Return the facilities after a table, sorted by (service, uid).

    Rows are applied from top to bottom. A row may be named once only: of two
    corrections of one facility, which one would hold?

    Raises
    ------
    InputErrors
        With every wrong row.
    """
    table = _Table(base)
    errors: list[InputError] = []
    first: dict[tuple[str, str], FacilityRow] = {}
    for row in rows:
        other = first.setdefault((row.uid, row.service), row)
        try:
            if other is not row:
                raise _duplicate(row, other)
            table.apply(row)
        except InputError as error:
            errors.append(error)
    if errors:
        raise InputErrors(errors)
    merged = tuple(sorted(table.rows.values(), key=lambda one: (one.service, one.uid)))
    checked_uids([one.key for one in merged], where="facilities")
    return merged


def _duplicate(row: FacilityRow, other: FacilityRow) -> InputError:
    return InputError(
        row.where,
        f"a second row for `{row.uid}` and service `{row.service}`",
        expected="one row a facility and service",
        hint=f"the first is at {other.where}; join the two or remove one",
    )


def find_facility(
    facilities: Iterable[Facility], uid: str, *, service: str | None = None, where: str
) -> Facility:
    """Return one facility by uid, and by service if it offers several.

    Raises
    ------
    InputError
        If there is none, or several, with the closest known name.
    """
    rows = list(facilities)
    found = [row for row in rows if row.uid == uid and service in (None, row.service)]
    if len(found) == 1:
        return found[0]
    services = sorted(row.service for row in rows if row.uid == uid)
    if not services:
        known = sorted({row.uid for row in rows if service in (None, row.service)})
        raise InputError(
            where,
            f"unknown facility `{uid}`",
            expected=f"one of {_shortened(known)}",
            hint=did_you_mean(uid, known or {row.uid for row in rows}),
        )
    wanted = "no service given" if service is None else f"no service `{service}`"
    raise InputError(
        where,
        f"facility `{uid}`: {wanted}",
        expected=f"a service among {', '.join(services)}",
        hint=did_you_mean(service or "", services),
    )


def _shortened(names: list[str], n_shown: int = 12) -> str:
    """Return names as a list for people, not a page of them."""
    if not names:
        return "the map's facilities: there are none"
    more = f" and {len(names) - n_shown} more" if len(names) > n_shown else ""
    return ", ".join(names[:n_shown]) + more
