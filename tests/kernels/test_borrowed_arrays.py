"""Kernels borrow their arrays: reference counts cost twenty times the queue itself."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from tests.kernels.stations import served
from twin.kernels import cases, queueing
from twin.kernels.jit import kernel

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="about compiled code; NUMBA_DISABLE_JIT is set"
)


@pytest.mark.parametrize("function", [cases.serve_customers, queueing.join_queue])
def test_compiled_code_counts_no_references(function: object) -> None:
    served([1, 2, 3], [5, 5, 5], 1)
    queueing.join_queue(
        queueing.Queues(
            np.ones(1, dtype=np.int32),
            np.zeros(1, dtype=np.int32),
            np.zeros(1, dtype=np.int32),
            np.full(1, -1, dtype=np.int64),
            np.full(1, -1, dtype=np.int64),
            np.full(1, -1, dtype=np.int64),
        ),
        np.zeros(1, dtype=np.int64),
        0,
        0,
    )
    signatures = function.signatures  # type: ignore[attr-defined]
    assert signatures
    for signature in signatures:
        text = function.inspect_llvm(signature)  # type: ignore[attr-defined]
        assert "NRT_incref" not in text


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
