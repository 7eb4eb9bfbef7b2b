"""How a burden is shared out, for a picture: Lorenz curves of both arms of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.equity import BURDEN_COLUMNS, NOISE_FLOOR, held
from twin.results.inequality import Spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.experiment.runset import Run

SHARES: Final = tuple(step / 20 for step in range(21))
"""Shares of the needs, least burdened first, at which a curve is told."""
_MEASURED: Final = "burden_gini"


def lorenz_records(baseline: Sequence[Run], scenario: Sequence[Run]) -> list[dict[str, Any]]:
    """Return by service the share of the burden that falls on the least burdened needs.

    Parameters
    ----------
    baseline, scenario
        Paired runs; a curve is the mean over the seeds. A service in which too few
        residents had a need in a seed has no curve.
    """
    measured = [row for row in baseline[0].manifest["measures"] if row["measure"] == _MEASURED]
    services = list(dict.fromkeys(str(row["service"]) for row in measured))
    found = []
    for service in services:
        own = None if len(services) == 1 or service == "all" else service
        curves = [_mean_curve(runs, own) for runs in (baseline, scenario)]
        if all(curve is not None for curve in curves):
            pair = dict(zip(("baseline", "scenario"), curves, strict=True))
            found.append({"service": service, "share": list(SHARES), **pair})
    return found


def _mean_curve(runs: Sequence[Run], service: str | None) -> list[float] | None:
    curves = [_curve(run, service) for run in runs]
    known = [curve for curve in curves if curve is not None]
    return np.mean(known, axis=0).tolist() if len(known) == len(curves) else None


def _curve(run: Run, service: str | None) -> NDArray[np.float64] | None:
    """Return the Lorenz curve of one run at `SHARES`."""
    names = [name if service is None else f"{service}.{name}" for name in BURDEN_COLUMNS]
    found = held(run.columns("residents", names), service, column="burden_s", weight="n_needs")
    if found is None or found.rows.size < NOISE_FLOOR or not found.values.any():
        return None
    of_all = np.zeros(found.rows.size, dtype=np.int32)
    ranked = Spread(found.values, found.weights, of_all, 1)
    return np.array([ranked.share_below(share)[0] for share in SHARES])
