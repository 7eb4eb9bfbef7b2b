"""Statistics cases on inequality, answered by the indices that runs are measured with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.experiment.inequality import gini, theil
from twin.validation.cases import number, numbers
from twin.validation.registry import Computation, NotBuiltYetError

if TYPE_CHECKING:
    from twin.validation.cases import Case
    from twin.validation.registry import Adapter

N_VALUES: Final = 1_000_000
"""Values that stand for a law, in the middle of as many equal shares."""


def sample(case: Case) -> Computation:
    """Gini and Theil's T of given values, weighted or not."""
    values = np.array(numbers(case, "inputs", "x"))
    weights = np.array(numbers(case, "inputs", "w")) if "w" in case.inputs else np.ones(values.size)
    if values.size == 0 or weights.shape != values.shape:
        raise InputError(
            f"{case.where}.inputs",
            f"{values.size} values and {weights.size} weights",
            expected="one weight for each of one value or more",
        )

    def compute() -> dict[str, float]:
        return {
            "gini": gini(values, weights),
            "theil_T": theil(values, weights),
            "mean": float(np.average(values, weights=weights)),
        }

    return Computation(compute)


def law(case: Case) -> Computation:
    """Gini of a law, from values that have it."""
    from scipy.special import ndtri  # noqa: PLC0415 - 0.2 s

    if case.inputs.get("dist") != "lognormal":
        raise NotBuiltYetError(f"law `{case.inputs.get('dist')}`")
    sigma = number(case, "inputs", "sigma")
    if sigma < 0:
        raise InputError(f"{case.where}.inputs.sigma", f"found {sigma:g}", expected="0 or more")

    def compute() -> dict[str, float]:
        shares = (np.arange(N_VALUES) + 0.5) / N_VALUES
        return {"gini": gini(np.exp(sigma * ndtri(shares)))}

    return Computation(compute)


ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {
    ("stats", "gini_sample"): sample,
    ("stats", "gini_dist"): law,
}
