"""The engine's parts on arrays, without a city.

What runs here is what runs in a city: the same compiled functions, fed with
arrays instead of residents and facilities. Parts are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twin.parts.choosing import ChoiceResult, choose
    from twin.parts.customer_class import Balking
    from twin.parts.matching import MatchResult, match
    from twin.parts.network import NetworkResult, simulate_network
    from twin.parts.queue_result import QueueCustomers, QueueResult
    from twin.parts.queueing import simulate_queue
    from twin.parts.routing import Nearest, Routes, nearest, paths
    from twin.parts.service_time import ServiceTime
    from twin.parts.spatial_access import accessibility, cost_pairs
    from twin.parts.synthesising import fit_list, fit_margins, synthesise
    from twin.results.spatial_access import CostPairs, SpatialAccess

_HOME: Final = {
    "Balking": "twin.parts.customer_class",
    "ChoiceResult": "twin.parts.choosing",
    "CostPairs": "twin.results.spatial_access",
    "MatchResult": "twin.parts.matching",
    "Nearest": "twin.parts.routing",
    "NetworkResult": "twin.parts.network",
    "QueueCustomers": "twin.parts.queue_result",
    "QueueResult": "twin.parts.queue_result",
    "Routes": "twin.parts.routing",
    "ServiceTime": "twin.parts.service_time",
    "SpatialAccess": "twin.results.spatial_access",
    "accessibility": "twin.parts.spatial_access",
    "choose": "twin.parts.choosing",
    "cost_pairs": "twin.parts.spatial_access",
    "match": "twin.parts.matching",
    "fit_list": "twin.parts.synthesising",
    "fit_margins": "twin.parts.synthesising",
    "nearest": "twin.parts.routing",
    "paths": "twin.parts.routing",
    "simulate_network": "twin.parts.network",
    "simulate_queue": "twin.parts.queueing",
    "synthesise": "twin.parts.synthesising",
}

__all__ = [
    "Balking",
    "ChoiceResult",
    "CostPairs",
    "MatchResult",
    "Nearest",
    "NetworkResult",
    "QueueCustomers",
    "QueueResult",
    "Routes",
    "ServiceTime",
    "SpatialAccess",
    "accessibility",
    "choose",
    "cost_pairs",
    "fit_list",
    "fit_margins",
    "match",
    "nearest",
    "paths",
    "simulate_network",
    "simulate_queue",
    "synthesise",
]


def __getattr__(name: str) -> object:
    """Load a part on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
