"""A city as a laboratory: what an intervention changes, for whom, and how certainly.

The names below are the public ones; they load what they need when they are
first used, so that ``twin --help`` does not wait for a compiler.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin import parts
    from twin.city.city import City, load_city
    from twin.errors import InputError, RunError, TwinError
    from twin.experiment import compare, run
    from twin.model.city_model import CityModel
    from twin.model.institutions import Department, FacilityManager
    from twin.network.street_graph import StreetGraph
    from twin.scenario.document import Scenario
    from twin.scenario.load import load_scenario

__version__ = "0.1.0"

_HOMES = {
    "City": "twin.city.city",
    "CityModel": "twin.model.city_model",
    "Department": "twin.model.institutions",
    "FacilityManager": "twin.model.institutions",
    "InputError": "twin.errors",
    "RunError": "twin.errors",
    "Scenario": "twin.scenario.document",
    "StreetGraph": "twin.network.street_graph",
    "TwinError": "twin.errors",
    "compare": "twin.experiment",
    "load_city": "twin.city.city",
    "load_scenario": "twin.scenario.load",
    "parts": "twin.parts",
    "run": "twin.experiment",
}

__all__ = [
    "City",
    "CityModel",
    "Department",
    "FacilityManager",
    "InputError",
    "RunError",
    "Scenario",
    "StreetGraph",
    "TwinError",
    "__version__",
    "compare",
    "load_city",
    "load_scenario",
    "parts",
    "run",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module `twin` has no attribute `{name}`"
        raise AttributeError(message)
    module = import_module(home)
    value = module if home == f"twin.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
