"""The columns of choice of the event loop, from a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.engine.choice_tables import gumbel_bounds, product_of_cells, stable_bounds, sum_of_cells
from twin.errors import InputError, did_you_mean
from twin.kernels import choice as kc
from twin.kernels.knowing import N_WEEK_HOURS
from twin.kernels.service_columns import Choices
from twin.kernels.shortlist import N_WORDS, Shortlist
from twin.population.groups import N_CELLS
from twin.streams import checked_uids
from twin.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation, Station
    from twin.scenario.document import Scenario
    from twin.scenario.services import ServiceSettings

RULES: Final = {
    "nearest": kc.NEAREST,
    "logit": kc.LOGIT,
    "huff": kc.LOGIT,
    "nested_logit": kc.LOGIT,
    "catchment": kc.CATCHMENT,
    "shortest_queue": kc.SHORTEST,
}
WAITS: Final = {
    "none": kc.WAITS_NONE,
    "live": kc.WAITS_LIVE,
    "smoothed": kc.WAITS_SMOOTHED,
    "forecast": kc.WAITS_FORECAST,
}
_NO_STATION: Final = -1
N_HOURS: Final = 24


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.array(list(values), dtype=np.float64)


def plain_choices(n_services: int, n_stations: int, n_groups: int = N_CELLS) -> Choices:
    """Return the choices of services whose residents go to the nearest facility.

    Parameters
    ----------
    n_services, n_stations, n_groups
        Rows.
    """
    n = n_services
    return Choices(
        rule=np.full(n, kc.NEAREST, dtype=np.int8),
        travel_per_s=np.zeros(n),
        wait_per_s=np.zeros(n),
        delay_per_s=np.zeros(n),
        distance_exponent=np.zeros(n),
        may_forgo=np.zeros(n, dtype=np.bool_),
        forgo_utility=np.zeros(n),
        need_share=np.ones(n),
        nest_scale=np.ones(n),
        expected_wait_s=np.zeros(n),
        waits_known=np.full(n, kc.WAITS_LIVE, dtype=np.int8),
        smoothing=np.ones(n),
        habit=np.zeros(n),
        habit_row=np.full(n, -1, dtype=np.int32),
        known_added=np.zeros(n),
        known_share=np.ones((n, n_groups)),
        forgo_of_group=np.zeros((n, n_groups)),
        fee_weight=np.zeros((n, n_groups)),
        attraction=np.zeros(n_stations),
        fee=np.zeros(n_stations),
        nest=np.full(n_stations, -1, dtype=np.int32),
        place=np.arange(n_stations, dtype=np.int32),
        smoothed_s=np.full(n_stations, -1.0),
        **_hours_heard(0),
        first_nest=np.zeros(n + 1, dtype=np.int32),
        nest_uid=np.empty(0, dtype=np.uint32),
        nest_value=np.empty(0),
        zone=np.empty(0, dtype=np.int32),
        assigned=np.empty((n, 0), dtype=np.int32),
        last_station=np.empty((0, 0), dtype=np.int32),
        gumbel_bound=gumbel_bounds(),
        stable_bound=stable_bounds(np.ones(n)),
        shortlist=empty_shortlist(n_stations),
    )


def _hours_heard(n_stations: int) -> dict[str, Any]:
    shape = (n_stations, N_WEEK_HOURS)
    return {
        "heard_us": np.zeros(shape, dtype=np.int64),
        "n_heard": np.zeros(shape, dtype=np.int64),
        "forecast_s": np.full(shape, -1.0),
    }


def empty_shortlist(n: int) -> Shortlist:
    """Return scratch for choices among at most `n` candidates."""
    return Shortlist(
        row=np.empty(n, dtype=np.int64),
        mode=np.empty(n, dtype=np.int64),
        general_ms=np.empty(n, dtype=np.int64),
        certain=np.empty(n),
        scale=np.ones(n),
        shift=np.zeros(n),
        bound=np.empty(n),
        uid=np.empty(n, dtype=np.uint64),
        word=np.zeros((N_WORDS, n), dtype=np.uint64),
    )


def choices_columns(prep: Preparation) -> Choices:
    """Return how residents choose, as nothing has happened yet."""
    services = prep.scenario.services
    choices = [s.choice for s in services]
    need_share = _floats(1.0 - c.taste_permanence for c in choices)
    plain = plain_choices(len(services), len(prep.stations))
    return plain._replace(
        rule=np.array([RULES[c.rule] for c in choices], dtype=np.int8),
        travel_per_s=_floats(c.travel_per_min / 60 for c in choices),
        wait_per_s=_floats(c.wait_per_min / 60 for c in choices),
        delay_per_s=_floats(c.delay_per_hour / 3600 for c in choices),
        distance_exponent=_floats(c.distance_exponent for c in choices),
        may_forgo=np.array(
            [c.forgo_utility is not None and RULES[c.rule] == kc.LOGIT for c in choices],
            dtype=np.bool_,
        ),
        forgo_utility=_floats(c.forgo_utility or 0.0 for c in choices),
        need_share=need_share,
        nest_scale=_floats(c.nest_scale for c in choices),
        expected_wait_s=_floats(s.expected_wait_s for s in services),
        waits_known=np.array([WAITS[c.waits_known] for c in choices], dtype=np.int8),
        smoothing=_floats(c.waits_smoothing for c in choices),
        known_share=_table(product_of_cells(c.known_by) for c in choices),
        forgo_of_group=_table(sum_of_cells(c.forgo_addition) for c in choices),
        fee_weight=_table(s.choice.fee_per_unit * product_of_cells(s.fee_share) for s in services),
        attraction=np.array(
            [_attraction(services[s.service], _size(prep, s)) for s in prep.stations]
        ),
        fee=np.array([fee_of(services[s.service], s) for s in prep.stations]),
        place=np.array([s.node for s in prep.stations], dtype=np.int32),
        stable_bound=stable_bounds(need_share),
        **_learned(prep),
        **_nests(services, prep.stations),
        **_wards(prep),
    )


def _table(rows: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.array([np.zeros(N_CELLS), *rows])[1:]


def _attraction(service: ServiceSettings, servers: int) -> float:
    """Return the utility of a facility's size; without servers it is no smaller than one."""
    return service.choice.weight_of_size * float(np.log(max(servers, 1)))


def _size(prep: Preparation, station: Station) -> int:
    """Return the facility's own servers, whatever stage the station is."""
    own = station.facility.servers
    return prep.scenario.services[station.service].default_servers if own is None else own


def note_size(choices: Choices, prep: Preparation, row: int, servers: int) -> None:
    """Let a facility attract by its servers once those of its main stage have changed."""
    station = prep.stations[row]
    service = prep.scenario.services[station.service]
    if station.stage == service.main_stage:
        choices.attraction[row - station.stage] = _attraction(service, servers)


def fee_of(service: ServiceSettings, station: Station) -> float:
    """Return what a visit costs at a station at the start."""
    return service.fee if station.facility.fee is None else station.facility.fee


def _learned(prep: Preparation) -> dict[str, Any]:
    """Return the columns of what residents remember, for services that need them."""
    choices = [s.choice for s in prep.scenario.services]
    has_habit = np.array([c.habit != 0.0 for c in choices], dtype=np.bool_)
    rows = np.where(has_habit, np.cumsum(has_habit) - 1, -1).astype(np.int32)
    n_people = len(prep.residents) if has_habit.any() else 0
    is_forecast = any(c.waits_known == "forecast" for c in choices)
    return {
        "habit": _floats(c.habit for c in choices),
        "habit_row": rows,
        "last_station": np.full((int(has_habit.sum()), n_people), -1, dtype=np.int32),
        **_hours_heard(len(prep.stations) if is_forecast else 0),
    }


def _nests(services: Sequence[ServiceSettings], stations: Sequence[Station]) -> dict[str, Any]:
    """Return the nests of each service that has them, in the order of their names."""
    names = [
        sorted({s.facility.nest for s in stations if s.service == row} - {""})
        if service.choice.rule == "nested_logit"
        else []
        for row, service in enumerate(services)
    ]
    labels = [f"{services[row].id}/{name}" for row, part in enumerate(names) for name in part]
    uids = checked_uids(labels, where="nests of facilities")
    first = np.concatenate([[0], np.cumsum([len(part) for part in names])]).astype(np.int32)
    nest = [
        int(first[s.service]) + names[s.service].index(s.facility.nest)
        if s.facility.nest in names[s.service]
        else -1
        for s in stations
    ]
    return {
        "nest": np.array(nest, dtype=np.int32),
        "first_nest": first,
        "nest_uid": np.array([uids[label] for label in labels], dtype=np.uint32),
        "nest_value": np.zeros(len(labels)),
    }


def _wards(prep: Preparation) -> dict[str, Any]:
    """Return the ward of each resident, and to which station it belongs."""
    services = prep.scenario.services
    if not any(s.choice.rule == "catchment" for s in services):
        return {}
    wards = list(prep.city.wards.names)
    assigned = np.full((len(services), len(wards)), _NO_STATION, dtype=np.int32)
    for station in reversed(range(len(prep.stations))):
        row = prep.stations[station].service
        for ward, uid in services[row].choice.catchments.items():
            if uid == prep.stations[station].facility.uid:
                assigned[row, wards.index(ward)] = station
    return {"zone": prep.residents.zone.astype(np.int32), "assigned": assigned}


def check_choices(scenario: Scenario, wards: Sequence[str], stations: Sequence[Station]) -> None:
    """Refuse catchments of no known ward or facility, and nests that no facility is in.

    Raises
    ------
    InputError
        With the known names.
    """
    for row, service in enumerate(scenario.services):
        mine = [s.facility for s in stations if s.service == row]
        where = scenario.where("services", service.id, "choice")
        for ward, uid in service.choice.catchments.items():
            known = [facility.uid for facility in mine]
            if ward not in wards:
                raise _unknown(f"{where}.catchments", f"unknown ward `{ward}`", wards)
            if uid not in known:
                raise _unknown(f"{where}.catchments.{ward}", f"unknown facility `{uid}`", known)
        if service.choice.rule == "nested_logit" and not any(f.nest for f in mine):
            raise InputError(
                where,
                f"nested_logit, and no facility of `{service.id}` is in a nest",
                expected="facilities with a value of `nest`, for example `hospital`",
                hint="fill the column `nest` of the table of facilities, or take rule `logit`",
            )


def _unknown(where: str, found: str, known: Sequence[str]) -> InputError:
    words = ", ".join(known[:12]) or "there are none"
    name = found.split("`")[1]
    return InputError(where, found, expected=f"one of {words}", hint=did_you_mean(name, known))


def learn(choices: Choices) -> None:
    """Let the waits heard of up to now be what informed residents expect from here on.

    An hour of the week of which nothing is known yet is taken for that hour of other days.
    """
    if choices.heard_us.size:
        by_day = (choices.heard_us.shape[0], -1, N_HOURS)
        week, n = choices.heard_us.reshape(by_day), choices.n_heard.reshape(by_day)
        day_us = np.broadcast_to(week.sum(axis=1, keepdims=True), week.shape)
        n_day = np.broadcast_to(n.sum(axis=1, keepdims=True), n.shape)
        heard_us, n_heard = np.where(n > 0, week, day_us), np.where(n > 0, n, n_day)
        mean_s = np.where(n_heard > 0, heard_us / US_PER_S / np.maximum(n_heard, 1), -1.0)
        choices.forecast_s[:] = mean_s.reshape(choices.forecast_s.shape)


def chain_parts(choices: Choices) -> list[tuple[str, NDArray[np.generic]]]:
    """Return what of the columns changes during a run and is in use."""
    parts: list[tuple[str, NDArray[np.generic]]] = []
    if (choices.fee_weight > 0.0).any():
        parts.append(("fee", choices.fee))
    if choices.known_added.any():
        parts.append(("known_added", choices.known_added))
    if (choices.waits_known == kc.WAITS_SMOOTHED).any():
        parts.append(("smoothed_s", choices.smoothed_s))
    if choices.heard_us.size:
        parts += [("heard_us", choices.heard_us), ("n_heard", choices.n_heard)]
    return parts
