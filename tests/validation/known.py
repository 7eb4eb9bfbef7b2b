"""Small known answers of our own: light loads that a short run decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.theory import closed_forms as known

if TYPE_CHECKING:
    from pathlib import Path

_TOLERANCE = {"kind": "simulation", "max_rel_halfwidth": 0.02}


def _case(name: str, model: str, inputs: dict[str, Any], expected: dict[str, float]) -> Any:
    return {
        "id": name,
        "family": "queueing",
        "model": model,
        "inputs": inputs,
        "expected": expected,
        "tolerance": _TOLERANCE,
    }


def mmc_case() -> Any:
    wait = known.mmc_wait(1.2, 0.5, 2)
    return _case(
        "light",
        "mmc",
        {"lam": 1.2, "mu": 2, "c": 2, "t": [0.1]},
        {
            "rho": 0.3,
            "p_wait": known.erlang_c(0.6, 2),
            "Wq": wait,
            "W": wait + 0.5,
            "Lq": 1.2 * wait,
            "L": 1.2 * wait + 0.6,
            "p_wait_gt_0.1": known.mmc_wait_longer(1.2, 0.5, 2, 0.1),
        },
    )


def mmck_case() -> Any:
    return _case(
        "loss",
        "mmck",
        {"lam": 3, "mu": 1, "c": 3, "K": 3},
        {
            "p_block": known.erlang_b(3.0, 3),
            "Lq": 0.0,
            "Wq_admitted": 0.0,
            "util": 1.0 - known.erlang_b(3.0, 3),
            "p_empty": known.mmck_states(3.0, 1.0, 3, 3)[0],
        },
    )


def mdc_case() -> Any:
    wait = known.crommelin_wait(1.0, 1.0, 2)
    return _case(
        "clockwork", "mdc", {"lam": 1, "D": 1, "c": 2}, {"rho": 0.5, "Wq": wait, "Lq": wait}
    )


def mg1_case(service: dict[str, Any], cv: float) -> Any:
    wait = known.pollaczek_khinchine(0.4, 1.0, cv)
    inputs = {"lam": 0.4, "service": service}
    return _case(f"one_{service['dist']}", "mg1", inputs, {"Wq": wait, "p_wait": 0.4})


def write_cases(folder: Path, *cases: Any) -> Path:
    text = json.dumps({"schema": 1, "cases": list(cases)})
    (folder / "cases.json").write_text(text, encoding="utf-8")
    return folder
