"""`[[departments]]`, `[information]` and `[[facilities]]` rows of a scenario."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from twin.city.facilities import FacilityRow
from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Hours, Id, Latitude, Longitude, Money  # noqa: TC001 - pydantic
from twin.scenario.tags import Tag  # noqa: TC001 - pydantic
from twin.units import StrictModel


class DepartmentSettings(StrictModel):
    """An institution in charge of services."""

    id: Id = Field(description="name of the department in services and facility rows")
    title: str = Field(default="", description="words for reports")


class InformationSettings(StrictModel):
    """What departments tell each other; nothing to set yet."""


class FacilityEntry(StrictModel):
    """One row as in a facilities CSV: add, correct or remove what the map says."""

    op: Literal["add", "set", "remove"] = Field(
        default="add", description="add a row, set some of its cells, or remove it"
    )
    uid: str = Field(min_length=1, description="uid of the facility")
    service: str = Field(
        default="", description="service that it offers; set and remove may leave it out"
    )
    name: str | None = Field(default=None, description="words for reports")
    lon: Longitude | None = Field(default=None, description="degrees east")
    lat: Latitude | None = Field(default=None, description="degrees north")
    servers: int | None = Field(
        default=None, ge=0, le=SERVERS_MAX, description="persons who serve at the same time"
    )
    hours: Hours | None = Field(default=None, description="opening hours")
    department: str | None = Field(default=None, description="department in charge")
    waiting_room: int | None = Field(
        default=None, ge=0, le=10**9, description="places to wait; not given: as the service says"
    )
    eligibility: str | None = Field(
        default=None, description="who may come, for example registration=registered"
    )
    fee: Money | None = Field(default=None, description="fee of a visit; not given: the service's")
    nest: str | None = Field(
        default=None, description="nest of alike facilities in a nested logit, such as `hospital`"
    )
    tag: Tag | None = Field(
        default=None, description="where the row is from: sourced, derived, assumed or fitted"
    )
    note: str | None = Field(default=None, description="source in words")

    def to_row(self, where: str) -> FacilityRow:
        """Return the row as a facility table would hold it."""
        given = {
            name: getattr(self, name) for name in self.model_fields_set - {"op", "uid", "service"}
        }
        values = {name: value for name, value in given.items() if value is not None}
        return FacilityRow(
            op=self.op, uid=self.uid, service=self.service, where=where, values=values
        )
