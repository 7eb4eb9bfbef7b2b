"""Kernels borrow their arrays: reference counts cost twenty times the queue itself."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numba
import numpy as np
import pytest

import twin.kernels
from twin.kernels.jit import kernel

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="about compiled code; NUMBA_DISABLE_JIT is set"
)


# Kernels that make arrays; each is a reason to think again.
_ALLOCATING: frozenset[str] = frozenset()


def _kernels() -> list[tuple[str, Any]]:
    found = []
    for info in pkgutil.iter_modules(twin.kernels.__path__):
        module = importlib.import_module(f"twin.kernels.{info.name}")
        for name, value in vars(module).items():
            if hasattr(value, "targetoptions") and value.py_func.__module__ == module.__name__:
                found.append((f"{info.name}.{name}", value))
    return found


def test_kernels_count_no_references() -> None:
    kernels = _kernels()
    assert {"queueing.join_queue", "cases.run_station"} <= {name for name, _ in kernels}
    counting = {name for name, value in kernels if value.targetoptions["_nrt"]}
    assert counting == _ALLOCATING


def test_a_kernel_that_makes_an_array_does_not_compile() -> None:
    @kernel
    def greedy(n: int) -> int:
        return int(np.empty(n, dtype=np.int64).size)

    with pytest.raises(numba.core.errors.TypingError, match="empty"):
        greedy(3)


def test_a_function_may_say_that_it_allocates() -> None:
    @kernel(allocates=True)
    def greedy(n: int) -> int:
        return int(np.empty(n, dtype=np.int64).size)

    assert greedy(3) == 3
