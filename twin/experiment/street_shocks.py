"""Who is delayed and who is cut off when streets close: records of comparison.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.gains import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twin.experiment.runset import Run

TABLE: Final = "street_effects"
ELSEWHERE: Final = "elsewhere"
"""Residents outside all wards, and of wards with fewer residents than may be shown."""


def street_records(run: Run) -> list[dict[str, Any]]:
    """Return the effects of each change of the streets, by service and ward.

    They rest on no draw, so that one run tells what all seeds tell.

    Parameters
    ----------
    run
        A run of the scenario.
    """
    moments: dict[tuple[float, str, str], list[dict[str, Any]]] = {}
    for row in run.rows(TABLE):
        key = (float(row["time_s"]), str(row["cause"] or ""), str(row["service"]))
        moments.setdefault(key, []).append(row)
    return [
        {
            "time_s": time_s,
            "cause": cause,
            "service": service,
            "all": _counts(rows),
            "zones": _zones(rows),
        }
        for (time_s, cause, service), rows in moments.items()
    ]


def _zones(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the effects by ward, the most disturbed first; small ones are put together."""
    by_zone: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_zone.setdefault(row["zone"] or ELSEWHERE, []).append(row)
    small = [
        name
        for name, own in by_zone.items()
        if name != ELSEWHERE and sum(_counts(own).values()) < FEWEST
    ]
    for name in small:
        by_zone.setdefault(ELSEWHERE, []).extend(by_zone.pop(name))
    found: list[dict[str, Any]] = [
        {"zone": name, "effects": _counts(own)} for name, own in by_zone.items()
    ]
    shown = [one for one in found if sum(one["effects"].values()) >= FEWEST]
    return sorted(shown, key=lambda one: (-_disturbed_share(one["effects"]), one["zone"]))


def _counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        effect = str(row["effect"])
        counts[effect] = counts.get(effect, 0) + int(row["n_residents"])
    return counts


def _disturbed_share(effects: Mapping[str, int]) -> float:
    calm = effects.get("as before", 0) + effects.get("out of reach before", 0)
    return 1.0 - calm / max(sum(effects.values()), 1)
