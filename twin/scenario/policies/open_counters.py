"""Reserve counters open while queues are known to be long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from pydantic import Field, model_validator

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Money, wrong
from twin.scenario.policies.base import BasePolicy, DelaySeconds, is_midnight
from twin.scenario.policies.decisions import Change, Charge, Decisions, Open, Recall
from twin.units import HOUR_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.scenario.policies.information import Information

PEOPLE_MAX: Final = 10**6
USED: Final = "used_s"


class OpenCounters(BasePolicy):
    """Counters open where many wait and close where few do, within hours for each day.

    Where most wait comes first. A counter's hours count from the call; all close at midnight.
    """

    kind: Literal["open_counters"] = Field(
        description="open reserve counters while queues are long"
    )
    open_above: int = Field(
        ge=0, le=PEOPLE_MAX, description="people known to wait, above which one more opens"
    )
    close_below: int = Field(
        ge=0, le=PEOPLE_MAX, description="people known to wait, below which one closes again"
    )
    counters_max: int = Field(
        default=1, ge=1, le=SERVERS_MAX, description="reserve counters of each facility"
    )
    hours_per_day: float = Field(
        ge=0, le=1e6, description="counter-hours for each day, of all facilities together"
    )
    opening_delay_s: DelaySeconds = Field(
        default=0.0, description="from the call until a counter serves"
    )
    cost_per_counter_hour: Money | None = Field(
        default=None, description="cost of one counter, per hour"
    )

    @model_validator(mode="after")
    def _closes_below_where_it_opens(self) -> OpenCounters:
        if self.close_below > self.open_above:
            raise wrong(
                f"close_below {self.close_below} is above open_above {self.open_above}",
                expected=f"a close_below of {self.open_above} or less",
                hint="the two apart keep counters from opening and closing in turns",
            )
        return self

    def decide(self, information: Information, clock_s: float) -> Decisions:
        """Return what closes, then what opens while hours are left until the next decision."""
        own, used_s = information.n_own, information.memory.get(USED, 0.0)
        changes: list[Change] = []
        if is_midnight(clock_s):
            changes.append(Recall())
            own, used_s = np.zeros_like(own), 0.0
        span_s = information.next_s - clock_s
        left = int((self.hours_per_day * HOUR_S - used_s) // span_s)
        wanted = self._wanted(information, own, max(left, 0))
        changes += [
            Open(information.roster.names[row], int(wanted[row] - own[row]), self.opening_delay_s)
            for row in np.flatnonzero(wanted != own)
        ]
        spent_s = float(wanted.sum()) * span_s
        cost = spent_s / HOUR_S * (self.cost_per_counter_hour or 0.0)
        charges = (Charge("counters", cost),) if cost > 0 else ()
        return Decisions(tuple(changes), charges, {USED: used_s + spent_s})

    def _wanted(
        self, information: Information, own: NDArray[np.int64], left: int
    ) -> NDArray[np.int64]:
        """Return the counters open from now, (n,): at most `left`, the longest queues first."""
        report = information.report
        queue = np.where(report.is_open, report.n_waiting, 0)
        closes = (queue < self.close_below) & (own > 0)
        # One that is called but not in the report yet is waited for before the next.
        is_settled = information.n_coming <= 0
        opens = report.is_open & (queue > self.open_above) & (own < self.counters_max) & is_settled
        wanted = own - closes + opens
        for row in np.argsort(queue, kind="stable"):
            surplus = int(wanted.sum()) - left
            wanted[row] -= min(max(surplus, 0), int(wanted[row]))
        return wanted
