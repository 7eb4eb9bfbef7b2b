"""`[schools]`: who gets which school place, one file for each side of it."""

from twin.scenario.schools.levels import EnrolmentRound, PriorityClass, SchoolLevel
from twin.scenario.schools.settings import SchoolSettings

__all__ = ["EnrolmentRound", "PriorityClass", "SchoolLevel", "SchoolSettings"]
