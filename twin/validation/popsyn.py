"""Population synthesis cases, answered by the fits that make a city's residents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.errors import InputError
from twin.parts.synthesising import fit_list, fit_margins
from twin.validation.cases import number
from twin.validation.registry import Computation

if TYPE_CHECKING:
    from twin.validation.cases import Case
    from twin.validation.registry import Adapter


def table(case: Case) -> Computation:
    """Fit a table of any dimension to its margins: `cell_0_1_...` is a fitted cell."""
    seed = _input(case, "seed")
    margins = _input(case, "margins")
    where = f"{case.where}.inputs.margins"
    if not all(isinstance(one, list) and len(one) == 2 for one in margins):  # noqa: PLR2004 - pairs
        raise InputError(where, "is no list of pairs", expected="[axes, sums] each")

    def compute() -> dict[str, float]:
        fitted = fit_margins(seed, [(axes, sums) for axes, sums in margins]).table
        return {
            "_".join(["cell", *map(str, cell)]): float(fitted[cell])
            for cell in np.ndindex(fitted.shape)
        }

    return Computation(compute)


def weights(case: Case) -> Computation:
    """Fit a list under controls: `w_0`, `w_1`, ... are its weights, `sum_0`, ... its sums.

    A case may allow weights another error than controls: `weights_rel`.
    """
    incidence, controls, first = (_input(case, name) for name in ("incidence", "controls", "w0"))

    def compute() -> dict[str, float]:
        fitted = fit_list(incidence, controls, first).weight
        sums = np.asarray(incidence, dtype=np.float64) @ fitted
        made = {f"w_{i}": float(weight) for i, weight in enumerate(fitted)}
        return made | {f"sum_{k}": float(each) for k, each in enumerate(sums)}

    wanted = {f"sum_{k}": float(control) for k, control in enumerate(controls)}
    if "weights_rel" not in case.tolerance:
        return Computation(compute, wanted)
    of_weights = number(case, "tolerance", "weights_rel")
    rel = dict.fromkeys(wanted, CONTROLS_REL) | dict.fromkeys(case.expected, of_weights)
    return Computation(compute, wanted, rel=rel)


CONTROLS_REL: Final = 1e-6
"""Relative error of a control where a case gives one for the weights only."""
ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {
    ("popsyn", "ipf"): table,
    ("popsyn", "entropy_list"): weights,
}


def _input(case: Case, name: str) -> list[Any]:
    found = case.inputs.get(name)
    if not isinstance(found, list) or not found:
        where = f"{case.where}.inputs.{name}"
        raise InputError(where, "is no list" if found else "is missing", expected="a list")
    return found
