"""Who is delayed and who is cut off when streets close: records of comparison.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.gains import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twin.experiment.runset import Run

TABLE: Final = "street_effects"
_CUT_OFF: Final = "cut off"
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


def worst_words(record: Mapping[str, Any]) -> str:
    """Return the worst that a scenario's streets do to residents; empty where nobody is touched.

    A wait that falls because some cannot come must not be told without them.

    Parameters
    ----------
    record
        One scenario of comparison.json.
    """
    touched = [
        one["all"]
        for one in record.get("street_effects", ())
        if one["all"].get(_CUT_OFF, 0) or n_longer(one["all"])
    ]
    if not touched:
        return ""
    worst = max(touched, key=lambda effects: (effects.get(_CUT_OFF, 0), n_longer(effects)))
    return f"Streets closed or slowed: {effects_words(worst)[:1].lower()}{effects_words(worst)[1:]}"


def percent_words(n: int, total: int) -> str:
    """Return a share in whole per cent; a little is not nothing."""
    share = 100 * n / total
    return "<1 %" if share < 1 else f"{share:.0f} %"


def n_longer(effects: Mapping[str, int]) -> int:
    """Return how many residents need longer."""
    return sum(n for name, n in effects.items() if name.endswith("longer"))


def effects_words(effects: Mapping[str, int]) -> str:
    """Return how many residents are late and how many are cut off, in a sentence."""
    total = sum(effects.values())
    late, cut_off = n_longer(effects), effects.get("cut off", 0)
    return (
        f"Of {total:,} residents {late:,} need longer ({percent_words(late, total)}) and "
        f"{cut_off:,} are cut off ({percent_words(cut_off, total)})."
        if late or cut_off
        else f"None of {total:,} residents needs longer or is cut off."
    )
