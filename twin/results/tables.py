"""Every column of every table of a run, declared once.

Name, type, unit and meaning stand here and nowhere else: the recorder casts to
these schemas, and the reference page is generated from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Union

import numpy as np
import pyarrow as pa

from twin.results.access import access_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

REPEATED: Final = "repeated"
"""Key of a field's metadata: the column has few values."""
CATEGORY: Final = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Column:
    """One declared column; values of a repeated one are few, and stored once each."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    is_repeated: bool = False


def _seconds(name: str, meaning: str, *, is_repeated: bool = False) -> Column:
    return Column(name, pa.float64(), "s", meaning, is_repeated)


VISITS: Final = (
    Column(
        "visit_id",
        pa.int64(),
        "",
        "number of the row in the run; rows are in the order in which they come about",
    ),
    Column(
        "need_id",
        pa.uint64(),
        "",
        "names the need within its service, in every scenario of a seed: resident, day, slot",
    ),
    Column("resident", pa.uint32(), "", "uid of the resident"),
    Column("service", CATEGORY, "", "kind of service"),
    Column(
        "parent",
        pa.int64(),
        "",
        "visit_id of the stage or try before, of the same need; -1 for the first row of a need",
    ),
    Column(
        "referred_by",
        pa.int64(),
        "",
        "visit_id of the visit that led to this need; -1 if it arose by itself",
    ),
    Column("stage", CATEGORY, "", "stage of the visit"),
    Column("attempt", pa.int8(), "", "0 for the first try"),
    Column("facility", CATEGORY, "", "chosen facility; null if none was"),
    Column("mode", CATEGORY, "", "mode of travel; null if nobody travelled"),
    _seconds("need_s", "when the need arose"),
    _seconds("depart_s", "when the resident left home"),
    _seconds("arrival_s", "when the resident arrived"),
    _seconds("start_s", "when service started"),
    _seconds("end_s", "when the resident left the facility"),
    _seconds("delay_s", "need, or end of the try before, to departure of those who departed"),
    _seconds("travel_s", "departure to arrival"),
    _seconds("wait_s", "arrival to start of service, and the time that it was interrupted"),
    Column("outcome", CATEGORY, "", "how the row ended; a need ended as its last row did"),
    Column("reason", CATEGORY, "", "why it was not met; empty if it was"),
)

TRIPS: Final = (
    Column("trip_id", pa.int64(), "", "number of the trip; for a visit its visit_id"),
    Column("resident", pa.uint32(), "", "uid of the resident"),
    Column(
        "purpose", CATEGORY, "", "home, work, school, other, or the service that is travelled to"
    ),
    Column("mode", CATEGORY, "", "mode of travel"),
    Column("origin_node", pa.int64(), "", "row of the street node"),
    Column("destination_node", pa.int64(), "", "row of the street node"),
    _seconds("depart_s", "departure"),
    _seconds("arrive_s", "arrival; null if still under way"),
    Column("outcome", CATEGORY, "", "arrived, under_way, or unreachable: no way was open"),
)

LINK_HOURS: Final = (
    Column("edge", pa.int32(), "", "row of the street edge, one direction"),
    _seconds("hour_s", "start of the hour"),
    Column("mode", CATEGORY, "", "mode of travel"),
    Column("flow", pa.int32(), "", "trips that entered the edge in this hour"),
    Column("speed_mps", pa.float64(), "m/s", "speed on it at the start of the hour; null: closed"),
    _seconds("delay_s", "time that one trip over it loses against an empty street then"),
)
"""Every trip counts once, a bus passenger and a car alike; walks to and from a car do not."""

PRESENCE: Final = (
    Column("zone", CATEGORY, "", "ward; null outside all wards"),
    _seconds("hour_s", "the full hour at which people are counted"),
    Column(
        "activity",
        CATEGORY,
        "",
        "home, work, school, other, or under_way to a place in this ward",
    ),
    Column("n_residents", pa.int32(), "", "residents present by their day plans"),
)

FACILITY_HOURS: Final = (
    Column("facility", CATEGORY, "", "facility"),
    Column("service", CATEGORY, "", "kind of service"),
    Column("stage", CATEGORY, "", "stage of the visit; each has a row of its own"),
    Column("is_entrance", pa.bool_(), "", "whether people come in by this stage"),
    _seconds("hour_s", "start of the hour"),
    Column("arrivals", pa.int32(), "", "residents who arrived"),
    Column("served", pa.int32(), "", "services that ended"),
    Column("lost", pa.int32(), "", "residents who left unserved"),
    Column("queue_mean", pa.float64(), "", "mean number of people waiting"),
    Column(
        "open_servers", pa.float64(), "", "servers on duty within opening hours, mean over the hour"
    ),
    Column(
        "utilisation",
        pa.float64(),
        "",
        "busy server-time over server-time on duty, both within opening hours; null if none",
    ),
    _seconds("busy_s", "server-time spent on services, in and out of opening hours"),
    _seconds("overtime_s", "server-time spent on services out of opening hours"),
)

NEED_DAYS: Final = (
    Column("service", CATEGORY, "", "kind of service"),
    _seconds("day_s", "start of the day"),
    Column("date", pa.date32(), "", "date"),
    Column(
        "calendar_factor",
        pa.float64(),
        "",
        "rate against the mean day by weekday, month, holiday, kind of day and tables of dates",
    ),
    Column("chance_factor", pa.float64(), "", "day factor of this seed; 1 where there is none"),
    Column("n_needs", pa.int32(), "", "needs that arose"),
)

EDITS: Final = (
    _seconds("time_s", "when the cell changed"),
    Column("cause", CATEGORY, "", "intervention or shock"),
    Column("table", CATEGORY, "", "table of the cell"),
    Column("uid", pa.string(), "", "row of the cell"),
    Column("column", CATEGORY, "", "column of the cell"),
    Column("op", CATEGORY, "", "set or add"),
    Column("old", pa.string(), "", "value before, as JSON"),
    Column("new", pa.string(), "", "value after, as JSON"),
)

STREET_EFFECTS: Final = (
    _seconds("time_s", "when streets closed, slowed or reopened"),
    Column("cause", CATEGORY, "", "shocks that changed them then"),
    Column("service", CATEGORY, "", "kind of service"),
    Column("zone", CATEGORY, "", "ward; null outside all"),
    Column(
        "effect",
        CATEGORY,
        "",
        "how much longer the way to the nearest facility takes than on undisturbed streets",
    ),
    Column("n_residents", pa.int64(), "", "residents of the ward with that effect"),
    _seconds("longer_s", "mean of what their ways take longer; null where there is no way"),
)

ENROLMENTS: Final = (
    Column("resident", pa.uint32(), "", "uid of the child"),
    Column("level", CATEGORY, "", "level of schools"),
    Column("round", CATEGORY, "", "round of enrolment"),
    _seconds("time_s", "when places were given out"),
    _seconds("from_s", "when the term begins"),
    Column("grade", pa.int8(), "", "grade, 1 for the youngest"),
    Column("points", pa.float64(), "", "points of the family"),
    Column("school", CATEGORY, "", "school that was got; null for none"),
    Column("priority", CATEGORY, "", "class of priority in which it was got; null for none"),
    Column("is_reserved", pa.bool_(), "", "whether it was a reserved place"),
    Column("rank", pa.int32(), "", "its place on the family's list, 1 for the first; 0 for none"),
    Column("n_listed", pa.int32(), "", "schools on the list"),
    Column("outcome", CATEGORY, "", "placed or unplaced"),
    Column(
        "reason",
        CATEGORY,
        "",
        "why not: full (every school listed), ineligible (none would admit the child),"
        " unreachable (none of them within the cut-off); empty if placed",
    ),
    _seconds("travel_s", "free-flow time from home to the school; null for none"),
)
"""Only where a scenario has ``[schools]``; one row a child and round."""

LEDGER: Final = (
    Column("date", pa.date32(), "", "day on which the amount falls due"),
    Column("cause", CATEGORY, "", "intervention"),
    Column("item", CATEGORY, "", "what is paid"),
    Column("amount", pa.float64(), "yuan", "outlay, negative for revenue"),
    Column("payer", CATEGORY, "", "who pays"),
)

RESIDENTS: Final = (
    Column("resident", pa.uint32(), "", "uid, the same in every scenario"),
    Column("household", pa.uint32(), "", "uid of the household"),
    Column("building", pa.int32(), "", "row of the home in the map's buildings, -1 along a street"),
    Column("home_node", pa.int32(), "", "row of the street node"),
    Column("zone", CATEGORY, "", "ward"),
    Column("age_band", CATEGORY, "years", "age"),
    Column("sex", CATEGORY, "", "sex"),
    Column("registration", CATEGORY, "", "registered here or migrant"),
    Column("income_band", CATEGORY, "", "income of the household"),
    Column("has_car", pa.bool_(), "", "a car is at hand"),
    Column("has_ebike", pa.bool_(), "", "a bicycle or e-bike is at hand"),
    Column("is_informed", pa.bool_(), "", "sees what is published"),
)

RESIDENT_DAYS: Final = (
    Column("occupation", CATEGORY, "", "worker, pupil or neither"),
    Column("main_node", pa.int32(), "", "street node of the workplace or school, -1 for none"),
    Column("n_trips", pa.int32(), "", "trips of the day plans in the measured window"),
    _seconds("trip_s", "time spent on them"),
    Column("n_cut_off", pa.int32(), "", "trips for which no way was open"),
)
"""Only where a scenario has ``[activities]``."""

RESIDENT_SERVICE: Final = (
    Column("n_needs", pa.int32(), "", "needs of the measured window"),
    Column("n_served", pa.int32(), "", "of these served"),
    Column("n_unmet", pa.int32(), "", "of these not served"),
    _seconds("delay_s", "sum over served needs of need to departure"),
    _seconds("travel_s", "sum over served needs of travel"),
    _seconds("wait_s", "sum over served needs of waiting"),
    _seconds("burden_s", "delay, travel and wait of served needs and the equivalent of unmet ones"),
)
"""Once as totals and once a service, prefixed by ``<service>.``."""


def _access_columns(service: str, modes: Sequence[str]) -> tuple[Column, ...]:
    """Return the times to the nearest facility of a service; see `twin.results.access`."""
    what = "to the nearest facility in operation within the cut-off that admits the resident"
    meanings = {"": f"least time by the modes at hand {what}; null: none"} | {
        mode: f"time by {mode} {what}; null: none, or no such mode at hand" for mode in modes
    }
    return tuple(
        _seconds(access_column(service, mode), meaning, is_repeated=True)
        for mode, meaning in meanings.items()
    )


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Return the Arrow schema of declared columns, unit and meaning as field metadata."""
    return pa.schema([pa.field(c.name, c.type, metadata=_metadata(c)) for c in columns])


def _metadata(column: Column) -> dict[str, str]:
    about = {"unit": column.unit, "meaning": column.meaning}
    return about | {REPEATED: "true"} if column.is_repeated else about


def residents_columns(
    services: tuple[str, ...], modes: tuple[str, ...] = (), *, has_days: bool = False
) -> tuple[Column, ...]:
    """Return the columns of the residents table for these services, modes, and for day plans."""
    access = tuple(c for service in services for c in _access_columns(service, modes))
    per_service = tuple(
        Column(f"{service}.{c.name}", c.type, c.unit, f"{c.meaning} ({service})")
        for service in services
        for c in RESIDENT_SERVICE
    )
    days = RESIDENT_DAYS if has_days else ()
    return (*RESIDENTS, *RESIDENT_SERVICE, *per_service, *access, *days)


@dataclass(frozen=True)
class Coded:
    """A column of few texts: `codes` index `labels`, -1 is null."""

    codes: NDArray[Any]
    labels: Sequence[str]


ColumnData = Union[Coded, "NDArray[Any]", "Sequence[object]"]


def _array(column: Column, data: ColumnData) -> pa.Array:
    """Return one column as declared; nan becomes null."""
    if isinstance(data, Coded):
        codes = pa.array(
            data.codes.astype(np.int32, copy=False), mask=data.codes < 0, type=pa.int32()
        )
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(data.labels), pa.string()))
    if isinstance(data, np.ndarray) and data.dtype.kind == "f":
        return pa.array(data, type=column.type, mask=np.isnan(data))
    return pa.array(data, type=column.type)


def make_table(columns: Sequence[Column], data: Mapping[str, ColumnData]) -> pa.Table:
    """Return a table exactly as declared.

    Parameters
    ----------
    columns
        Declared columns, in order.
    data
        One entry a column, no more and no fewer.

    Raises
    ------
    ValueError
        If a declared column is missing or an undeclared one is given.
    """
    names = [c.name for c in columns]
    if set(names) != set(data):
        message = f"columns differ from the declaration: {sorted(set(names) ^ set(data))}"
        raise ValueError(message)
    arrays = [_array(c, data[c.name]) for c in columns]
    return pa.Table.from_arrays(arrays, schema=schema_of(columns))
