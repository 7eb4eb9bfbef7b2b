"""Herding in a finished run: a measure of each service, and a warning where it is high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin.experiment.storage import arrow_columns
from twin.results.herding import HERDING_COLUMNS, PERIOD_S, herding_row, herding_warning
from twin.results.measures import measured_window_s
from twin.scenario.interventions.information import PublishWaitingTimes
from twin.scenario.services.choosing import BY_UTILITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.results.measure import Row
    from twin.scenario.document import Scenario


def herding_rows(spec: Scenario, tables: Mapping[str, Any]) -> list[Row]:
    """Return one row for each service whose facilities are chosen by utility."""
    services = [one.id for one in spec.services if one.choice.rule in BY_UTILITY]
    table = tables["visits"]
    if not services or not set(HERDING_COLUMNS) <= set(table.column_names):
        return []
    visits = arrow_columns(table.select(HERDING_COLUMNS))
    window_s = measured_window_s(spec.run.days, spec.run.warmup_days, spec.run.cooldown_days)
    return [
        herding_row(visits, service=service, period_s=_period_s(spec, service), window_s=window_s)
        for service in services
    ]


def herding_warnings(spec: Scenario, rows: Sequence[Row]) -> list[str]:
    """Return a warning for each service with an index that is too high."""
    told = [herding_warning(row, spec.where("services", row["service"], "choice")) for row in rows]
    return [words for words in told if words is not None]


def _period_s(spec: Scenario, service: str) -> float:
    """Return the shortest period at which waits of a service are published."""
    periods = [
        float(one.period_s)
        for one in spec.interventions
        if isinstance(one, PublishWaitingTimes) and one.service == service
    ]
    return min(periods, default=PERIOD_S)
