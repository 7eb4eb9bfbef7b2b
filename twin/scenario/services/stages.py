"""`[[services.stages]]`: a visit in steps, such as register, consult, test, pay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Id, wrong
from twin.scenario.services.service_time import ServiceTime  # noqa: TC001 - pydantic
from twin.scenario.services.waiting import Balking, Patience  # noqa: TC001 - pydantic
from twin.units import Share, StrictModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydantic_core import PydanticCustomError

ONLY_STAGE: Final = "visit"
"""Id of the stage of a service that names none."""
STAGES_MAX: Final = 15
PASSES_MAX: Final = 15
"""Stages that one visit passes at most: the address of its draws has no more."""
_LEAVES: Final = 1e-9


class StageSettings(StrictModel):
    """One step of a visit: a line and servers of its own."""

    id: Id = Field(description="name of the stage within the service")
    title: str = Field(default="", description="words for reports")
    service_time: ServiceTime = Field(description="how long the step keeps a server busy")
    servers: int | None = Field(
        default=None,
        ge=0,
        le=SERVERS_MAX,
        description="servers at every facility; not given: the main stage, served by the"
        " facility's own number",
    )
    waiting_room: int | None = Field(
        default=None,
        ge=0,
        le=10**9,
        description="places to wait; not given: no limit, at the main stage the facility's own",
    )
    patience: Patience | None = Field(
        default=None, description="how long people wait here; not given: that of the service"
    )
    balking: Balking | None = Field(
        default=None, description="who does not join the line; not given: that of the service"
    )
    next: dict[Id, Share] | None = Field(
        default=None,
        description="share of visits that go on to each stage, the rest leaves; not given: all"
        " go on to the stage that follows in the list",
    )


def routes_of(stages: Sequence[StageSettings]) -> NDArray[np.float64]:
    """Return the share of visits that go from a stage to another, (n_stages, n_stages)."""
    number = {stage.id: row for row, stage in enumerate(stages)}
    routes = np.zeros((len(stages), len(stages)))
    for row, stage in enumerate(stages):
        if stage.next is not None:
            for name, share in stage.next.items():
                routes[row, number[name]] = share
        elif row + 1 < len(stages):
            routes[row, row + 1] = 1.0
    return routes


def route_cdf(routes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(next stage <= k); shares that sum to one but for rounding leave nobody over."""
    cdf = np.cumsum(routes, axis=1)
    total = cdf[:, -1:]
    return np.where((cdf >= total) & (total > 1.0 - _LEAVES), 1.0, cdf)


def mean_passes(routes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often a visit passes each stage on average (Jackson 1957), (n_stages,)."""
    n = len(routes)
    first = np.zeros(n)
    first[0] = 1.0
    return np.asarray(np.linalg.solve(np.eye(n) - routes.T, first), dtype=np.float64)


def check_stages(stages: Sequence[StageSettings]) -> None:
    """Refuse stages that name each other wrongly, never end, or leave the servers unclear.

    Raises
    ------
    PydanticCustomError
        The first thing that is wrong.
    """
    names = [stage.id for stage in stages]
    if len(names) > STAGES_MAX:
        raise wrong(f"{len(names)} stages", expected=f"at most {STAGES_MAX}")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise wrong(f"two stages `{doubled[0]}`", expected="one stage an id")
    main = [stage.id for stage in stages if stage.servers is None]
    if len(main) != 1:
        raise _unclear_main(main)
    for stage in stages:
        _check_next(stage, names)
    _check_ends(stages)


def _unclear_main(main: Sequence[str]) -> PydanticCustomError:
    found = f"stages {', '.join(main)} without `servers`" if main else "`servers` at every stage"
    return wrong(
        found,
        expected="one stage without `servers`: it is served by the facility's own number",
        hint="give all other stages their servers",
    )


def _check_next(stage: StageSettings, names: Sequence[str]) -> None:
    following = stage.next or {}
    for name in following:
        if name not in names:
            raise wrong(
                f"stage `{stage.id}` leads to `{name}`", expected=f"one of {', '.join(names)}"
            )
    total = math.fsum(following.values())
    if total > 1.0 + _LEAVES:
        raise wrong(
            f"shares after stage `{stage.id}` sum to {total:g}",
            expected="at most 1; what is missing to 1 leaves",
        )


def _check_ends(stages: Sequence[StageSettings]) -> None:
    """Refuse stages from which nobody ever leaves."""
    routes = routes_of(stages)
    leaves = 1.0 - routes.sum(axis=1) > _LEAVES
    for _ in stages:
        leaves |= (routes > 0) @ leaves
    stuck = [stage.id for stage, ends in zip(stages, leaves, strict=True) if not ends]
    if stuck:
        raise wrong(
            f"nobody ever leaves from stage `{stuck[0]}`",
            expected="shares in `next` that sum to less than 1 somewhere on the way",
        )
