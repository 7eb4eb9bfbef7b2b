"""Kinds of interventions: ours, and those that other packages bring.

Another package names its classes as entry points of the group
``twin.interventions``; the kind is what the class says it is.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final, get_args

from twin.errors import TwinError
from twin.scenario.interventions.base import BaseIntervention
from twin.scenario.interventions.capacity import AddServers
from twin.scenario.interventions.eligibility import SetEligibility
from twin.scenario.interventions.hours import ChangeHours
from twin.scenario.interventions.information import PublishWaitingTimes
from twin.scenario.interventions.sites import CloseFacility, OpenFacility
from twin.scenario.interventions.staff import ShiftStaff

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP: Final = "twin.interventions"
OWN: Final[tuple[type[BaseIntervention], ...]] = (
    AddServers,
    OpenFacility,
    CloseFacility,
    ChangeHours,
    SetEligibility,
    PublishWaitingTimes,
    ShiftStaff,
)


def kind_of(model: type[BaseIntervention]) -> str:
    """Return the word that chooses `model` in a scenario file."""
    words = get_args(model.model_fields["kind"].annotation)
    if len(words) != 1 or not isinstance(words[0], str):
        raise TwinError(
            f"intervention {model.__module__}.{model.__name__}: `kind` must be one literal word"
        )
    return words[0]


@cache
def intervention_kinds() -> Mapping[str, type[BaseIntervention]]:
    """Return the classes by kind; entry points are read once.

    Raises
    ------
    TwinError
        If an entry point is no intervention or takes a kind that is taken.
    """
    kinds = {kind_of(model): model for model in OWN}
    for point in sorted(entry_points(group=GROUP), key=lambda found: (found.name, found.value)):
        model = point.load()
        if not (isinstance(model, type) and issubclass(model, BaseIntervention)):
            raise TwinError(
                f"entry point {point.name} of {GROUP} ({point.value}) is no BaseIntervention"
            )
        if kinds.setdefault(kind_of(model), model) is not model:
            raise TwinError(
                f"entry point {point.name} of {GROUP}: kind `{kind_of(model)}` is taken"
            )
    return kinds
