"""A recipe: which tables are a city's nodes, links and zones, and what their columns mean."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from twin.errors import did_you_mean
from twin.network.modes import CLASS_KMH, HIGHWAY_CLASSES
from twin.units import StrictModel

M_PER_UNIT: Final = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.344}
KMH_PER_UNIT: Final = {"km/h": 1.0, "mph": 1.609344, "m/s": 3.6}
CRS_PATTERN: Final = r"^(EPSG:[0-9]{4,6}|OGC:CRS84)$"

Column = Annotated[str, Field(min_length=1, max_length=200)]
File = Annotated[str, Field(pattern=r"(?i)\.(csv|parquet)$")]
Mode = Literal["walk", "bicycle", "car"]
Skip = dict[Column, list[str]]


def _known_class(word: str) -> str:
    if word not in CLASS_KMH:
        raise PydanticCustomError(
            "unknown_class",
            "unknown class",
            {
                "found": f"{word!r} is no class of street",
                "expected": ", ".join(HIGHWAY_CLASSES),
                "hint": did_you_mean(word, HIGHWAY_CLASSES),
            },
        )
    return word


HighwayClass = Annotated[str, AfterValidator(_known_class)]


def _vehicles() -> list[Mode]:
    """Return the modes that traffic signs speak to."""
    return ["bicycle", "car"]


def _refusal(found: str, expected: str) -> PydanticCustomError:
    return PydanticCustomError("recipe", "recipe", {"found": found, "expected": expected})


class NodeRecipe(StrictModel):
    """The junctions.

    Parameters
    ----------
    file
        Table, relative to the recipe.
    id
        Column that names a node.
    x, y
        Columns of coordinates in `Recipe.crs`: longitude and latitude, or metres.
    geometry
        Instead of them: a column of points (WKB or WKT).
    skip
        Rows left out: values by column.
    """

    file: File
    id: Column
    x: Column | None = None
    y: Column | None = None
    geometry: Column | None = None
    skip: Skip = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_place(self) -> NodeRecipe:
        has_both = self.x is not None and self.y is not None
        if has_both == (self.geometry is not None) or (self.x is None) != (self.y is None):
            raise _refusal("says not once where a node is", "`x` and `y`, or `geometry`")
        return self


class LinkRecipe(StrictModel):
    """The links, each from one node to another.

    Parameters
    ----------
    file, id
        Table, and the column that names a link.
    from, to
        Columns with the ids of the nodes at its ends.
    direction
        Column with 1 (along), -1 (against) or 0 (both ways).
    directed
        Instead of it: a column of true (along) and false (both ways), or true
        or false for all links.
    one_way_for
        Modes that one-way links bind; others go both ways, unless another link leads back.
    length, length_unit
        Column of lengths; the shape's length where it is empty or not given.
    speed, speed_backward, speed_unit
        Columns of car speeds; the class's speed where empty. Without
        `speed_backward` both directions have one speed.
    name
        Column of street names.
    way
        Column that several links of one street share; the link otherwise.
    class, default_class
        Column of the class of street; words other than OpenStreetMap's are
        translated by `Recipe.classes`, others take `default_class`.
    geometry, geometry_direction
        Column of lines (WKB or WKT); column with -1 where the line is drawn from `to`.
    modes, mode_separator
        Column of the modes a link is for; words are letters where the
        separator is empty. They are translated by `Recipe.modes`.
    skip
        Rows left out: values by column.
    """

    file: File
    id: Column
    from_: Column = Field(alias="from")
    to: Column
    direction: Column | None = None
    directed: Column | bool | None = None
    one_way_for: list[Mode] = Field(default_factory=_vehicles)
    length: Column | None = None
    length_unit: Literal["m", "km", "ft", "mi"] = "m"
    speed: Column | None = None
    speed_backward: Column | None = None
    speed_unit: Literal["km/h", "mph", "m/s"] = "km/h"
    name: Column | None = None
    way: Column | None = None
    class_: Column | None = Field(default=None, alias="class")
    default_class: HighwayClass | None = None
    geometry: Column | None = None
    geometry_direction: Column | None = None
    modes: Column | None = None
    mode_separator: Annotated[str, Field(max_length=1)] = ""
    skip: Skip = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_direction(self) -> LinkRecipe:
        if (self.direction is None) == (self.directed is None):
            raise _refusal(
                "says not once which way a link leads", "one of `direction` and `directed`"
            )
        if self.class_ is None and self.default_class is None:
            raise _refusal("tells no class of street", "`class`, `default_class` or both")
        return self


class ModeRecipe(StrictModel):
    """What the words of `LinkRecipe.modes` mean.

    Parameters
    ----------
    words
        Modes behind each word; an empty list where it is none of ours.
    by_class
        Modes that may also use what their class of street allows, because the
        source does not tell of them.
    """

    words: dict[str, list[Mode]] = Field(default_factory=dict)
    by_class: list[Mode] = Field(default_factory=list)


class ZoneRecipe(StrictModel):
    """The zones, which become wards.

    Parameters
    ----------
    file
        Table.
    name
        Column of their names.
    geometry
        Column of polygons (WKB or WKT).
    population
        Column of residents.
    skip
        Rows left out: values by column.
    """

    file: File
    name: Column
    geometry: Column
    population: Column | None = None
    skip: Skip = Field(default_factory=dict)


class Recipe(StrictModel):
    """How tables become a map.

    Parameters
    ----------
    title
        What the map shows.
    attribution
        Whom to name, and the licence.
    notes
        What a reader should know about the sources.
    crs
        Of all coordinates; an EPSG code. Degrees with longitude first if not given.
    nodes, links, zones
        The tables.
    classes
        OpenStreetMap's class of street for each word of `links.class`.
    modes
        What the words of `links.modes` mean.
    """

    title: str
    attribution: Annotated[str, Field(min_length=3)]
    notes: list[str] = Field(default_factory=list)
    crs: Annotated[str, Field(pattern=CRS_PATTERN)] = "OGC:CRS84"
    nodes: NodeRecipe
    links: LinkRecipe
    zones: ZoneRecipe | None = None
    classes: dict[str, HighwayClass] = Field(default_factory=dict)
    modes: ModeRecipe = Field(default_factory=ModeRecipe)


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe."""
    return Recipe.model_json_schema(by_alias=True)
