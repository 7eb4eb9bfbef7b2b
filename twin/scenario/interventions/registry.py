"""Kinds of interventions: ours, and those that other packages bring.

Another package names its classes as entry points of the group
``twin.interventions``; the kind is what the class says it is.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from twin.scenario.interventions.base import BaseIntervention
from twin.scenario.interventions.beds import AddBeds
from twin.scenario.interventions.booking import AddAppointments, SetPriority
from twin.scenario.interventions.capacity import AddServers
from twin.scenario.interventions.counters import MergeCounters, OneStopService
from twin.scenario.interventions.eligibility import SetEligibility
from twin.scenario.interventions.fees import SetFee
from twin.scenario.interventions.hours import ChangeHours
from twin.scenario.interventions.information import InformResidents, PublishWaitingTimes
from twin.scenario.interventions.mobile import MobileUnit
from twin.scenario.interventions.schools import (
    AddClasses,
    OpenEnrolment,
    RedrawCatchments,
    ReservePlaces,
)
from twin.scenario.interventions.sites import CloseFacility, OpenFacility
from twin.scenario.interventions.staff import ShiftStaff
from twin.scenario.plugins import classes_by_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP: Final = "twin.interventions"
OWN: Final[tuple[type[BaseIntervention], ...]] = (
    AddServers,
    AddBeds,
    AddAppointments,
    OpenFacility,
    MobileUnit,
    CloseFacility,
    MergeCounters,
    OneStopService,
    ChangeHours,
    SetEligibility,
    SetPriority,
    SetFee,
    InformResidents,
    PublishWaitingTimes,
    ShiftStaff,
    OpenEnrolment,
    AddClasses,
    RedrawCatchments,
    ReservePlaces,
)


@cache
def intervention_kinds() -> Mapping[str, type[BaseIntervention]]:
    """Return the classes by kind; entry points are read once.

    Raises
    ------
    TwinError
        If an entry point is no intervention or takes a kind that is taken.
    """
    return classes_by_kind(
        OWN, entry_points(group=GROUP), BaseIntervention, group=GROUP, what="intervention"
    )
