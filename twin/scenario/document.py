"""The scenario: city + population + interventions + shocks + run, as one frozen record."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, PrivateAttr, model_validator

from twin.population.activity_settings import ActivitySettings  # noqa: TC001 - pydantic
from twin.population.fit_settings import population_files
from twin.population.settings import PopulationSettings  # noqa: TC001 - pydantic
from twin.scenario.dates import CalendarOfNeeds
from twin.scenario.departments import DepartmentSettings, FacilityEntry, InformationSettings
from twin.scenario.fields import FilePath, Id, Listing  # noqa: TC001 - pydantic
from twin.scenario.kinds import AnyIntervention, AnyPolicy, AnyShock  # noqa: TC001 - pydantic
from twin.scenario.located import Node, Place, Step, key_path, nearest
from twin.scenario.questions import MeasureSettings, Question
from twin.scenario.run import OutputSettings, RunSettings
from twin.scenario.schools import SchoolSettings  # noqa: TC001 - pydantic
from twin.scenario.services import ServiceSettings  # noqa: TC001 - pydantic
from twin.scenario.services.day_factor import check_shared
from twin.scenario.tags import TagNote, covering_tag, domain_values, written
from twin.scenario.traffic import TrafficSettings
from twin.scenario.travel import TravelSettings
from twin.units import StrictModel

if TYPE_CHECKING:
    from collections.abc import Mapping


class Scenario(StrictModel):
    """What is simulated. Made by `twin.load_scenario`; every table has a class of its own."""

    name: Id = Field(description="short name; run folders and tables bear it")
    title: str = Field(default="", description="one line for reports")
    description: str = Field(default="", description="what this scenario is for")
    map: FilePath = Field(description="folder of the map, relative to the file that names it")
    run: RunSettings = Field(description="days that are simulated")
    population: PopulationSettings = Field(description="the residents")
    calendar: CalendarOfNeeds = Field(
        default_factory=CalendarOfNeeds, description="holidays, working days, kinds of day, tables"
    )
    travel: TravelSettings = Field(default_factory=TravelSettings, description="speeds and modes")
    services: Listing[ServiceSettings] = Field(default=(), description="what residents need")
    facilities: Listing[FacilityEntry] = Field(
        default=(), description="rows added to, set in or removed from the map's"
    )
    facilities_file: FilePath | None = Field(default=None, description="CSV with such rows")
    departments: Listing[DepartmentSettings] = Field(
        default=(), description="institutions in charge"
    )
    information: InformationSettings = Field(
        default_factory=InformationSettings, description="what departments tell each other"
    )
    traffic: TrafficSettings = Field(
        default_factory=TrafficSettings, description="how crowded streets slow trips down"
    )
    activities: ActivitySettings | None = Field(
        default=None,
        description="days of the residents; without it nobody moves but for services",
    )
    schools: SchoolSettings | None = Field(
        default=None, description="who gets which school place; without it nobody is enrolled"
    )
    interventions: Listing[AnyIntervention] = Field(
        default=(), description="what is chosen to be done"
    )
    policies: Listing[AnyPolicy] = Field(
        default=(), description="what decides during the run on what it has been told"
    )
    shocks: Listing[AnyShock] = Field(default=(), description="what happens unchosen")
    questions: Listing[Question] = Field(
        default=(), description="what a comparison is asked, written before the run"
    )
    measures: MeasureSettings = Field(
        default_factory=MeasureSettings, description="what measures need to know"
    )
    output: OutputSettings = Field(default_factory=OutputSettings, description="what is kept")
    tags: dict[str, TagNote] = Field(
        default_factory=dict, description="where values are from, by key path"
    )

    @model_validator(mode="after")
    def _shares_day_factors(self) -> Scenario:
        check_shared({service.id: service.day_factor for service in self.services})
        return self

    _source: Path = PrivateAttr(default=Path())
    _root: Node = PrivateAttr(default=Node({}, Place("scenario")))

    @property
    def source(self) -> Path:
        """The file that was loaded; ``.`` for a scenario made in Python."""
        return self._source

    @property
    def resolved(self) -> dict[str, Any]:
        """The whole scenario with every default, as plain data; paths relative to its file."""
        data = self.model_dump(mode="json")
        for key in ("map", "facilities_file"):
            path = getattr(self, key)
            data[key] = None if path is None else _relative(path, self._source.parent)
        for row, table in zip(
            data["calendar"]["factor_tables"], self.calendar.factor_tables, strict=True
        ):
            row["file"] = _relative(table.file, self._source.parent)
        if self.travel.bus.skim is not None:
            data["travel"]["bus"]["skim"] = _relative(self.travel.bus.skim, self._source.parent)
        for named, key in population_files(data["population"]):
            named[key] = _relative(Path(named[key]), self._source.parent)
        return data

    def service(self, service: str) -> ServiceSettings:
        """Return the settings of one service.

        Raises
        ------
        KeyError
            If there is no service of that id.
        """
        by_id = {settings.id: settings for settings in self.services}
        return by_id[service]

    def where(self, *path: Step) -> str:
        """Return file, line and key path of what was written at `path`, for messages."""
        node = nearest(self._root, path)
        words = key_path(self._root, path)
        return f"{node.place}: {words}" if words else str(node.place)

    def tag_of(self, path: str) -> TagNote | None:
        """Return the tag of the value at a dotted key path, or of a table around it.

        A tag that an extended file gave to a value written over since is none.
        """
        tagged = covering_tag(self._root, path)
        return self.tags[tagged] if tagged is not None else None

    def assumed(self) -> list[dict[str, str]]:
        """Return each domain value that is assumed: path, value and where it is from.

        Those that a tag calls assumed, and every default that no file wrote and no tag
        covers.
        """
        found = []
        for words, value in domain_values(self.resolved):
            note = self.tag_of(words)
            is_default = note is None and written(self._root, words) is None
            if is_default or (note is not None and note.tag == "assumed"):
                why = "a default" if note is None else note.source or note.note
                found.append({"path": words, "value": str(value), "why": why})
        return found

    def untagged(self) -> list[str]:
        """Return a line for each domain value that bears no tag: path, value, place."""
        lines = []
        for words, value in domain_values(self.resolved):
            if self.tag_of(words) is None:
                node = written(self._root, words)
                where = nearest(self._root, words.split(".")).place
                default = " (a default)" if node is None else ""
                lines.append(f"{where}: {words} = {value}{default}")
        return lines


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


def located_scenario(data: Mapping[str, object], root: Node, source: Path) -> Scenario:
    """Return the validated scenario that remembers where it was written."""
    scenario = Scenario.model_validate(dict(data))
    scenario._source = source  # noqa: SLF001 - its own module
    scenario._root = root  # noqa: SLF001
    return scenario
