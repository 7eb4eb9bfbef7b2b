"""The tables of a run, made from its columns when they are asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.engine.access import access_seconds
from twin.engine.activities import KINDS
from twin.engine.hours import facility_hours_data, facility_of, stage_names
from twin.engine.link_hours import link_hours_data
from twin.engine.movements import (
    ARRIVED,
    TRIP_OUTCOMES,
    UNDER_WAY,
    UNREACHABLE,
    movements_of,
    purposes_of,
)
from twin.engine.need_days import need_days_data
from twin.engine.needs import continued, is_referral, need_us, resumed_us, since_us
from twin.engine.school_tables import enrolments_data
from twin.engine.street_effects import EFFECTS
from twin.kernels import columns as kc
from twin.kernels.plans import MAIN_SLOT
from twin.kernels.stages import ONE_TRY, TRIES
from twin.network.modes import RESIDENT_MODES
from twin.population.columns import BY_NAME
from twin.population.occupations import ROLES
from twin.results import tables as rt
from twin.results.needs import NEED_COLUMNS, per_need
from twin.scenario.interventions.base import LedgerRow
from twin.scenario.traffic import N_HOURS
from twin.streams import SLOT_BITS
from twin.units import DAY_US, HOUR_S, US_PER_S

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from twin.engine.state import State

Coded = rt.Coded
_CATEGORY_COLUMNS = ("age_band", "sex", "registration", "income_band")
_BOOLEAN_COLUMNS = ("has_car", "has_ebike", "is_informed")


def all_tables(state: State) -> dict[str, pa.Table]:
    """Return every table of the run so far, by name."""
    visits = Visits(state)
    tables = {
        "residents": rt.make_table(
            rt.residents_columns(
                tuple(s.id for s in state.prep.scenario.services),
                tuple(state.prep.reach.request.modes),
                has_days=state.days is not None,
            ),
            _residents(state, visits.per_need()),
        ),
        "visits": rt.make_table(rt.VISITS, _visits(state, visits)),
        "trips": rt.make_table(rt.TRIPS, _trips(state)),
        "facility_hours": rt.make_table(rt.FACILITY_HOURS, facility_hours_data(state)),
        "need_days": rt.make_table(rt.NEED_DAYS, need_days_data(state)),
        "edits": rt.make_table(rt.EDITS, _edits(state)),
        "street_effects": rt.make_table(rt.STREET_EFFECTS, _street_effects(state)),
        "ledger": rt.make_table(rt.LEDGER, _ledger(state)),
    }
    if state.days is not None:
        tables["presence"] = rt.make_table(rt.PRESENCE, _presence(state))
    if state.schools is not None:
        tables["enrolments"] = rt.make_table(rt.ENROLMENTS, enrolments_data(state.schools))
    if state.prep.scenario.output.level == "full":
        tables["link_hours"] = rt.make_table(rt.LINK_HOURS, link_hours_data(state))
    return tables


class Visits:
    """Visit columns so far in seconds, nan where something has not happened yet."""

    def __init__(self, state: State) -> None:
        n = state.n_visits
        v = state.visits
        self._clock_us = state.clock_us
        self.need_us = need_us(state)
        self.need_s = self.need_us / US_PER_S
        self.depart_s = self._moment(v.depart_us[:n])
        self.arrival_s = self._moment(v.arrive_us[:n])
        self.start_s = self._moment(v.start_us[:n])
        self.end_s = self._moment(v.end_us[:n])
        # Differences of whole microseconds: one street has one travel time.
        self.delay_s = self._span(since_us(state), v.depart_us[:n])
        self.travel_s = self._span(v.depart_us[:n], v.arrive_us[:n])
        # Whoever was interrupted has waited for the rest too.
        self.wait_s = self._span(v.arrive_us[:n], resumed_us(state))
        self.outcome = v.outcome[:n]
        self.reason = v.reason[:n]
        self.row = v.row[:n]
        self.resident = v.resident[:n]
        self.service = v.service[:n]
        self.station = v.station[:n]
        stays = np.isnan(self.depart_s) | state.services.is_remote[v.service[:n]]
        self.mode = np.where(stays, -1, v.mode[:n])
        self.slot = v.slot[:n]
        self.drawn_us = v.need_us[:n]
        self.attempt = (v.attempt[:n] & TRIES) // ONE_TRY
        self.parent = continued(state)
        self.referred_by = np.where(is_referral(state), v.parent[:n], -1)
        self.stage = np.where(
            v.station[:n] >= 0,
            state.stations.stage[v.station[:n]] if state.stations.stage.size else 0,
            state.services.first_stage[v.service[:n]],
        )

    def per_need(self) -> SimpleNamespace:
        """Return what sums are made of, one row a need."""
        names = ("row", "service", "need_us", "outcome", "delay_s", "travel_s", "wait_s")
        visits = {name: getattr(self, name) for name in (*names, *NEED_COLUMNS)}
        return SimpleNamespace(**per_need(visits))

    def _has_happened(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        happened: NDArray[np.bool_] = (times != kc.NOT_YET) & (times < self._clock_us)
        return happened

    def _moment(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.where(self._has_happened(times), times / US_PER_S, np.nan)

    def _span(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float64]:
        # Nobody departs to a later stage.
        has_both = self._has_happened(end) & (start != kc.NOT_YET)
        return np.where(has_both, (end - start) / US_PER_S, np.nan)


def _visits(state: State, v: Visits) -> dict[str, rt.ColumnData]:
    n = v.need_s.size
    day = (v.drawn_us // DAY_US).astype(np.uint64)
    named = (day << np.uint64(SLOT_BITS)) | v.slot.astype(np.uint64)
    return {
        "visit_id": np.arange(n, dtype=np.int64),
        "need_id": (v.resident.astype(np.uint64) << np.uint64(32)) | named,
        "resident": v.resident,
        "service": Coded(v.service, [s.id for s in state.prep.scenario.services]),
        "parent": v.parent,
        "referred_by": v.referred_by,
        "stage": stage_names(state, v.stage),
        "attempt": v.attempt.astype(np.int8),
        "facility": facility_of(state, v.station),
        "mode": Coded(v.mode, RESIDENT_MODES),
        "need_s": v.need_s,
        "depart_s": v.depart_s,
        "arrival_s": v.arrival_s,
        "start_s": v.start_s,
        "end_s": v.end_s,
        "delay_s": v.delay_s,
        "travel_s": v.travel_s,
        "wait_s": v.wait_s,
        "outcome": Coded(v.outcome, kc.OUTCOMES),
        "reason": Coded(v.reason, kc.REASONS),
    }


def _trips(state: State) -> dict[str, rt.ColumnData]:
    moves = movements_of(state)
    others = np.cumsum(moves.visit < 0) - 1
    has_arrived = (moves.arrive_us != kc.NOT_YET) & (moves.arrive_us < state.clock_us)
    outcome = np.where(has_arrived, ARRIVED, UNDER_WAY)
    outcome[moves.mode < 0] = UNREACHABLE
    return {
        "trip_id": np.where(moves.visit >= 0, moves.visit, state.n_visits + others),
        "resident": moves.resident,
        "purpose": Coded(moves.purpose, purposes_of(state)),
        "mode": Coded(moves.mode, RESIDENT_MODES),
        "origin_node": moves.origin.astype(np.int64),
        "destination_node": moves.destination.astype(np.int64),
        "depart_s": moves.depart_us / US_PER_S,
        "arrive_s": np.where(has_arrived, moves.arrive_us / US_PER_S, np.nan),
        "outcome": Coded(outcome.astype(np.int32), TRIP_OUTCOMES),
    }


def _presence(state: State) -> dict[str, rt.ColumnData]:
    """Return who was where at each full hour of the days that are over."""
    days = state.days
    counts = [] if days is None else days.present
    zones = state.prep.city.wards.names
    shape = (0, len(zones) + 1, N_HOURS, len(KINDS))
    present = np.stack(counts) if counts else np.zeros(shape, dtype=np.int32)
    day, zone, hour, kind = np.nonzero(present)
    return {
        "zone": Coded(np.where(zone < len(zones), zone, -1), zones),
        "hour_s": (day * N_HOURS + hour) * float(HOUR_S),
        "activity": Coded(kind, KINDS),
        "n_residents": present[day, zone, hour, kind],
    }


def _days_of(state: State, order: NDArray[np.intp]) -> dict[str, rt.ColumnData]:
    """Return the columns of residents about their days; nothing where none are planned."""
    days = state.days
    if days is None:
        return {}
    occupations = days.activities.occupations
    return {
        "occupation": Coded(occupations.role[order], ROLES),
        "main_node": occupations.node[order, MAIN_SLOT],
        "n_trips": days.n_trips[order],
        "trip_s": days.trip_us[order] / US_PER_S,
        "n_cut_off": days.n_cut_off[order],
    }


def _sums(
    state: State, v: SimpleNamespace, service: int | None, n_residents: int
) -> dict[str, NDArray[Any]]:
    """Return the sums over the needs of the measured window, one row a resident."""
    run = state.prep.scenario.run
    first = run.warmup_days * DAY_US
    last = (run.days - run.cooldown_days) * DAY_US
    counted = (v.need_us >= first) & (v.need_us < last)
    if service is not None:
        counted &= v.service == service
    served = counted & (v.outcome == kc.SERVED)

    def count(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
        return np.bincount(v.row[mask], minlength=n_residents).astype(np.int32)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.bincount(v.row[served], weights=values[served], minlength=n_residents)
        return summed.astype(np.float64)

    n_needs, n_served = count(counted), count(served)
    delay, travel, wait = total(v.delay_s), total(v.travel_s), total(v.wait_s)
    unmet = (n_needs - n_served).astype(np.int32)
    equivalent = state.prep.scenario.measures.unmet_equivalent_s
    return {
        "n_needs": n_needs,
        "n_served": n_served,
        "n_unmet": unmet,
        "delay_s": delay,
        "travel_s": travel,
        "wait_s": wait,
        "burden_s": delay + travel + wait + equivalent * unmet,
    }


def resident_sums(state: State) -> dict[str, NDArray[Any]]:
    """Return the totals of the measured window so far, in storage order."""
    return _sums(state, Visits(state).per_need(), None, len(state.people))


def _residents(state: State, v: SimpleNamespace) -> dict[str, rt.ColumnData]:
    people = state.people
    order = np.argsort(people.resident, kind="stable")
    data: dict[str, rt.ColumnData] = {
        name: people.column(name)[order]
        for name in ("resident", "household", "building", "home_node", *_BOOLEAN_COLUMNS)
    }
    data["zone"] = Coded(people.zone[order], state.prep.city.wards.names)
    for name in _CATEGORY_COLUMNS:
        data[name] = Coded(people.column(name)[order], BY_NAME[name].categories)
    services = [s.id for s in state.prep.scenario.services]
    parts = [("", None), *((f"{name}.", row) for row, name in enumerate(services))]
    for prefix, service in parts:
        sums = _sums(state, v, service, len(people))
        data.update({prefix + name: values[order] for name, values in sums.items()})
    access = access_seconds(state.prep, people=people)
    data.update({name: values[order] for name, values in access.items()})
    return data | _days_of(state, order)


def _coded(texts: list[str]) -> Coded:
    labels = sorted(set(texts))
    return Coded(np.array([labels.index(t) for t in texts], dtype=np.int32), labels)


def _edits(state: State) -> dict[str, rt.ColumnData]:
    done = state.applied
    return {
        "time_s": np.array([a.edit.time_us for a in done], dtype=np.float64) / US_PER_S,
        "cause": _coded([a.edit.cause for a in done]),
        "table": _coded([a.edit.table for a in done]),
        "uid": [a.edit.uid for a in done],
        "column": _coded([a.edit.column for a in done]),
        "op": _coded([a.edit.op for a in done]),
        "old": [json.dumps(a.old) for a in done],
        "new": [json.dumps(a.new) for a in done],
    }


def _street_effects(state: State) -> dict[str, rt.ColumnData]:
    cells = [(one, np.argwhere(one.n_residents > 0)) for one in state.street_effects]
    rows = [(one, int(zone), int(effect)) for one, found in cells for zone, effect in found]
    wards = state.prep.city.wards.names
    counts = np.array([one.n_residents[zone, effect] for one, zone, effect in rows], np.int64)
    longer = np.array([one.longer_ms[zone, effect] for one, zone, effect in rows], np.int64)
    effects = np.array([effect for _, _, effect in rows], dtype=np.int64)
    has_way = effects < EFFECTS.index("cut off")
    mean_s = np.divide(longer / 1_000, counts, out=np.full(counts.size, np.nan), where=has_way)
    zones = np.array([zone for _, zone, _ in rows], dtype=np.int64)
    return {
        "time_s": np.array([one.time_us for one, _, _ in rows], dtype=np.float64) / US_PER_S,
        "cause": _coded([one.cause for one, _, _ in rows]),
        "service": Coded(
            np.array([one.service for one, _, _ in rows], dtype=np.int32),
            [s.id for s in state.prep.scenario.services],
        ),
        "zone": Coded(np.where(zones < len(wards), zones, -1), wards),
        "effect": Coded(effects, EFFECTS),
        "n_residents": counts,
        "longer_s": mean_s,
    }


def _ledger(state: State) -> dict[str, rt.ColumnData]:
    charged = [LedgerRow(float(key[0]), *key[1:], amount) for key, amount in state.charges.items()]
    rows = sorted((*state.prep.ledger, *charged), key=lambda row: (row.day, row.cause, row.item))
    start = state.prep.scenario.run.start
    return {
        "date": [start + timedelta(days=int(row.day)) for row in rows],
        "cause": _coded([row.cause for row in rows]),
        "item": _coded([row.item for row in rows]),
        "amount": np.array([row.amount for row in rows], dtype=np.float64),
        "payer": _coded([row.payer for row in rows]),
    }
