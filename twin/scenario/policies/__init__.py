"""Policies: rules that decide during the run on what they have been told."""

from twin.scenario.policies.balance_staff import BalanceStaff
from twin.scenario.policies.base import BasePolicy, Policy
from twin.scenario.policies.decisions import Charge, Decisions, Move, Open, Recall
from twin.scenario.policies.information import Information, Report, Roster
from twin.scenario.policies.open_counters import OpenCounters
from twin.scenario.policies.registry import policy_kinds

__all__ = [
    "BalanceStaff",
    "BasePolicy",
    "Charge",
    "Decisions",
    "Information",
    "Move",
    "Open",
    "OpenCounters",
    "Policy",
    "Recall",
    "Report",
    "Roster",
    "policy_kinds",
]
