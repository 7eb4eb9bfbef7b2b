"""Imported once in the fork server, so that every worker starts with it.

Importing Numba, Mesa and pyarrow takes about a second; a worker that is forked
after it starts in milliseconds. Nothing here starts a thread.
"""

from __future__ import annotations

import contextlib
from importlib import import_module
from typing import Final

MODULES: Final = (
    "twin.experiment.worker",
    "twin.city.city",
    "twin.model.city_model",
    "scipy.spatial",
    "scipy.special",
)

for module in MODULES:
    with contextlib.suppress(ImportError):  # what cannot be loaded here only loads later
        import_module(module)
