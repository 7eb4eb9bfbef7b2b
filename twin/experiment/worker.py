"""What a worker process does: one run, from scenario and seed to a folder.

The city, the residents and what the engine makes of a scenario before the
first draw are kept from run to run of one process.
"""

from __future__ import annotations

import importlib
import time
import traceback
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path  # noqa: TC003 - a field
from typing import TYPE_CHECKING, Any, Final

from twin.errors import InputError, InputErrors, RunError, TwinError
from twin.experiment.design import resolved_document
from twin.experiment.herding import herding_rows, herding_warnings
from twin.experiment.storage import SCHEMA, arrow_columns, write_run
from twin.results.day_measures import DAY_COLUMNS, day_rows
from twin.results.equity import equity_rows, needed_columns
from twin.results.measures import (
    GROUP_COLUMNS,
    VISIT_COLUMNS,
    compute_measures,
    groupings,
    measured_window_s,
)
from twin.results.provenance import RESULTS_VERSION, machine, versions
from twin.results.school_measures import ENROLMENT_COLUMNS, school_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twin.scenario.document import Scenario

MOST_PREPARED: Final = 4
"""Scenarios whose preparation a process keeps: some 20 MB each for a small city."""
SIMULATOR: Final = "twin.experiment.worker:simulate"
NOT_KEPT: Final[dict[str, frozenset[str]]] = {
    "minimal": frozenset({"visits", "trips", "presence", "link_hours"}),
    "standard": frozenset({"trips", "link_hours"}),
    "full": frozenset(),
}
"""Tables that a run folder goes without, by ``[output] level``."""
_HOUR_COLUMNS: Final = ("service", "hour_s", "open_servers", "utilisation")


@dataclass(frozen=True, eq=False)
class Simulated:
    """What one run leaves behind."""

    tables: Mapping[str, Any]
    hash_chain: list[str]
    warnings: list[str]
    timings: dict[str, float] = field(default_factory=dict)
    facilities: list[dict[str, Any]] = field(default_factory=list)
    access: list[dict[str, Any]] = field(default_factory=list)
    population_fit: dict[str, Any] | None = None


@dataclass(frozen=True)
class Order:
    """One run to be made; it travels to the worker."""

    spec: Scenario
    seed: int
    folder: Path
    digests: dict[str, str]
    simulator: str = SIMULATOR


def make_run(order: Order) -> float:
    """Simulate one cell, write its folder, return the wall seconds."""
    began = time.perf_counter()
    found = _simulator(order.simulator)(order)
    simulated = time.perf_counter()
    herding = herding_rows(order.spec, found.tables)
    found.warnings.extend(herding_warnings(order.spec, herding))
    measures = [*_measures(order.spec, found.tables), *herding, *found.access]
    measured = time.perf_counter()
    timings = {
        **found.timings,
        "simulate_s": round(simulated - began, 4),
        "measure_s": round(measured - simulated, 4),
    }
    dropped = NOT_KEPT[order.spec.output.level]
    kept = {name: table for name, table in found.tables.items() if name not in dropped}
    write_run(order.folder, kept, _manifest(order, found, measures=measures, timings=timings))
    return time.perf_counter() - began


@dataclass(frozen=True)
class Failure:
    """What went wrong in a worker, as data: not every exception survives the way back."""

    text: str
    told: InputError | InputErrors | None = None

    def error(self, order: Order) -> TwinError:
        """Return the error to raise in the process that asked for the run."""
        if self.told is not None:
            return self.told
        return RunError(f"`{order.spec.name}`, seed {order.seed}: {self.text}")


def try_run(order: Order) -> float | Failure:
    """Make a run in a worker process; a failure is a result."""
    try:
        return make_run(order)
    except (InputError, InputErrors) as error:
        return Failure(str(error), error)
    except TwinError as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 - told with scenario and seed by the parent
        return Failure(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")


def simulate(order: Order) -> Simulated:
    """Run the city model to the end of the scenario."""
    from twin.engine.access import access_measures  # noqa: PLC0415 - compiles kernels
    from twin.model.city_model import CityModel  # noqa: PLC0415 - Mesa takes a second

    began = time.perf_counter()
    preparation = _prepared(order)
    prepared = time.perf_counter()
    model = CityModel(seed=order.seed, preparation=preparation)
    try:
        model.run()
        ran = time.perf_counter()
        tables = model.tables()
        recorded = time.perf_counter()
        return Simulated(
            tables,
            list(model.hash_chain),
            [str(words) for words in model.warnings],
            {
                "prepare_s": round(prepared - began, 4),
                "run_s": round(ran - prepared, 4),
                "tables_s": round(recorded - ran, 4),
            },
            [_facility(station) for _, station in preparation.doors],
            access_measures(preparation),
            _fit_of(preparation),
        )
    finally:
        model.release()


def _fit_of(preparation: Any) -> dict[str, Any] | None:  # noqa: ANN401 - a layer above knows it
    """Return how well the residents fit their margins, for ``run.json``."""
    report = preparation.population_fit
    return None if report is None else dict(report.to_dict())


def _facility(station: Any) -> dict[str, Any]:  # noqa: ANN401 - a layer above knows it
    """Return a facility as the run began with it, for ``run.json``: what was assumed of it."""
    place = station.facility
    known = ("uid", "service", "name", "lon", "lat", "tag", "source", "is_active")
    record = {name: getattr(place, name) for name in known}
    return record | {"servers": station.servers, "hours": station.hours}


@lru_cache(maxsize=4)
def load_city(path: Path) -> Any:  # noqa: ANN401 - the city is known to the layers above
    """Return the city of a map folder; one process reads it once."""
    from twin.city.city import load_city as load  # noqa: PLC0415 - a worker's first need

    return load(path)


_preparations: OrderedDict[str, Any] = OrderedDict()
_residents: dict[str, Any] = {}


def _prepared(order: Order) -> Any:  # noqa: ANN401 - only the model looks inside
    """Return what does not depend on the seed; the residents serve all scenarios."""
    from twin.engine.preparation import prepare  # noqa: PLC0415 - compiles kernels

    key, people = order.digests["scenario"], order.digests["population"]
    if key not in _preparations:
        found = prepare(load_city(order.spec.map), order.spec, _residents.get(people))
        _residents.clear()
        _residents[people] = found.residents
        _preparations[key] = found
        while len(_preparations) > MOST_PREPARED:
            _preparations.popitem(last=False)
    return _preparations[key]


@lru_cache(maxsize=4)
def _simulator(name: str) -> Callable[[Order], Simulated]:
    module, _, function = name.partition(":")
    found: Callable[[Order], Simulated] = getattr(importlib.import_module(module), function)
    return found


def _measures(spec: Scenario, tables: Mapping[str, Any]) -> list[dict[str, Any]]:
    hours = tables.get("facility_hours")
    residents = tables["residents"]
    crossings = spec.measures.by
    asked = {name for columns in crossings for name in columns}
    wanted = ("resident", *GROUP_COLUMNS, *sorted(asked - set(GROUP_COLUMNS)))
    columns = [name for name in wanted if name in residents.column_names]
    has_service = hours is not None and "service" in hours.column_names
    people = arrow_columns(residents.select(columns))
    visits = tables["visits"]
    window_s = measured_window_s(spec.run.days, spec.run.warmup_days, spec.run.cooldown_days)
    services = [service.id for service in spec.services]
    rows = compute_measures(
        arrow_columns(visits.select([n for n in VISIT_COLUMNS if n in visits.column_names])),
        people,
        services=services,
        window_s=window_s,
        unmet_equivalent_s=spec.measures.unmet_equivalent_s,
        crossings=crossings,
        facility_hours=arrow_columns(hours.select(_HOUR_COLUMNS))
        if hours is not None and has_service
        else None,
    )
    groups = groupings(people, crossings)
    names = [name for name in needed_columns(services) if name in residents.column_names]
    rows += equity_rows(
        arrow_columns(residents.select(names)),
        services=services,
        kappa_per_h=spec.measures.inequality_aversion_per_h,
        groups=groups,
    )
    if set(DAY_COLUMNS) <= set(residents.column_names):
        days = arrow_columns(residents.select(DAY_COLUMNS))
        rows += day_rows(days, services=services, window_s=window_s, groups=groups)
    if "enrolments" in tables and spec.schools is not None:
        enrolments = arrow_columns(tables["enrolments"].select(ENROLMENT_COLUMNS))
        levels = [level.id for level in spec.schools.levels]
        # First: where a report shows one service only, it is the last one.
        rows = [*school_rows(enrolments, people, levels=levels, groups=groupings(people)), *rows]
    return rows


def _manifest(
    order: Order,
    found: Simulated,
    *,
    measures: list[dict[str, Any]],
    timings: dict[str, float],
) -> dict[str, Any]:
    """Return ``run.json`` without the tables' digests."""
    spec = order.spec
    return {
        "schema": SCHEMA,
        "name": spec.name,
        "title": spec.title,
        "seed": order.seed,
        "digests": order.digests,
        "versions": {**versions(), "results": RESULTS_VERSION},
        "machine": machine(),
        "n_residents": found.tables["residents"].num_rows,
        "window_s": measured_window_s(spec.run.days, spec.run.warmup_days, spec.run.cooldown_days),
        "facilities": found.facilities,
        "measures": measures,
        "warnings": found.warnings,
        "assumed": spec.assumed(),
        "population_fit": found.population_fit,
        "hash_chain": found.hash_chain,
        "timings": timings,
        "scenario": resolved_document(spec),
    }
