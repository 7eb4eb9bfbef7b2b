"""Interventions: one file a family; `registry` knows the kinds."""

from twin.scenario.interventions.base import (
    BaseIntervention,
    Intervention,
    LedgerRow,
    Problem,
    Span,
)
from twin.scenario.interventions.capacity import AddServers
from twin.scenario.interventions.eligibility import SetEligibility
from twin.scenario.interventions.hours import ChangeHours
from twin.scenario.interventions.information import PublishWaitingTimes
from twin.scenario.interventions.registry import intervention_kinds
from twin.scenario.interventions.schools import (
    AddClasses,
    OpenEnrolment,
    RedrawCatchments,
    ReservePlaces,
)
from twin.scenario.interventions.sites import CloseFacility, OpenFacility
from twin.scenario.interventions.staff import ShiftStaff

__all__ = [
    "AddClasses",
    "AddServers",
    "BaseIntervention",
    "ChangeHours",
    "CloseFacility",
    "Intervention",
    "LedgerRow",
    "OpenEnrolment",
    "OpenFacility",
    "Problem",
    "PublishWaitingTimes",
    "RedrawCatchments",
    "ReservePlaces",
    "SetEligibility",
    "ShiftStaff",
    "Span",
    "intervention_kinds",
]
