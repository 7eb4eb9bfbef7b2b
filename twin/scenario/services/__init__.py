"""Kinds of service as data: one file for each side of a service."""

from twin.scenario.services.settings import ServiceSettings

__all__ = ["ServiceSettings"]
