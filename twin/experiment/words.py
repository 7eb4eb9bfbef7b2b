"""Numbers and verdicts in plain language, for the command line and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.results.groups import parts_of
from twin.results.measures import MEASURES
from twin.results.school_measures import SCHOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

DASH: Final = "\N{EN DASH}"
"""Stands where there is no value."""
MINUS: Final = "\N{MINUS SIGN}"
MINUTES_FROM_S: Final = 90.0
"""From here on seconds are told in minutes, and from `HOURS_FROM_S` in hours."""
HOURS_FROM_S: Final = 10_800.0

VERDICTS: Final = {
    "better": "better",
    "worse": "worse",
    "no_material_difference": "no material difference",
    "undecided": "undecided",
}
_SUBJECTS: Final = {
    "all": "residents",
    "registration=migrant": "migrants",
    "registration=registered": "registered residents",
    "sex=female": "women and girls",
    "sex=male": "men and boys",
    "has_car=true": "residents with a car",
    "has_car=false": "residents without a car",
    "has_ebike=true": "residents with an e-bike",
    "has_ebike=false": "residents without an e-bike",
    "is_informed=true": "residents who see what is published",
    "is_informed=false": "residents who do not see what is published",
}
_MODE: Final = "mode="
_SENTENCES: Final = {
    "wait_mean_s": ("{who} wait {much} less on average", "{who} wait {much} longer on average"),
    "wait_p90_s": (
        "{who}: the wait that 9 in 10 stay below falls by {much}",
        "{who}: the wait that 9 in 10 stay below rises by {much}",
    ),
    "travel_mean_s": (
        "{who} travel {much} less on average",
        "{who} travel {much} longer on average",
    ),
    "delay_mean_s": (
        "{who} leave {much} sooner after a need, on average",
        "{who} leave {much} later after a need, on average",
    ),
    "burden_mean_s": (
        "A need costs {whom} {much} less in delay, travel, wait and going without",
        "A need costs {whom} {much} more in delay, travel, wait and going without",
    ),
    "unmet_share": (
        "{who}: the share of unmet needs falls by {much}",
        "{who}: the share of unmet needs rises by {much}",
    ),
    "access_mean_s": (
        "{who} live {much} nearer to a facility on average",
        "{who} live {much} farther from a facility on average",
    ),
    "access_p90_s": (
        "{who}: the time within which 9 in 10 reach a facility falls by {much}",
        "{who}: the time within which 9 in 10 reach a facility rises by {much}",
    ),
    "trip_time_mean_s": (
        "{who}: a trip of the day takes {much} less on average",
        "{who}: a trip of the day takes {much} longer on average",
    ),
    "cut_off_share": (
        "{who}: the share of trips that find no way falls by {much}",
        "{who}: the share of trips that find no way rises by {much}",
    ),
    "n_served": ("{who}: {much} fewer needs are served", "{who}: {much} more needs are served"),
}


def subject(group: str) -> str:
    """Return the people of a group in words: ``registration=migrant`` are migrants."""
    parts = parts_of(group)
    people = [part for part in parts if not part.startswith(_MODE)] or ["all"]
    modes = [_by_mode(part.removeprefix(_MODE)) for part in parts if part.startswith(_MODE)]
    return " ".join([" and ".join(_subject_of(part) for part in people), *modes])


def _by_mode(mode: str) -> str:
    return "on foot" if mode == "walk" else f"by {mode} alone"


def _subject_of(part: str) -> str:
    known = _SUBJECTS.get(part)
    if known:
        return known
    column, _, value = part.partition("=")
    forms = {
        "age_band": f"residents aged {value.replace('-', ' to ')}",
        "income_band": f"{value}-income residents",
        "zone": f"residents of {value}",
    }
    return forms.get(column, f"residents with {column.replace('_', ' ')} {value}")


def scale(unit: str, size: float) -> tuple[float, str, int]:
    """Return (factor, unit word, decimals) in which numbers of about `size` read well."""
    if unit == "share":
        return 100.0, "points", 1 if abs(size) * 100 >= 1 else 2
    if unit == "index":
        return 1.0, "", 1 if abs(size) >= 10 else 3 if abs(size) >= 0.01 else 4  # noqa: PLR2004
    if unit == "count":
        return 1.0, "", 0 if abs(size) >= 10 else 1  # noqa: PLR2004 - two digits are enough
    if abs(size) >= HOURS_FROM_S:
        return 1 / 3600, "h", 1
    if abs(size) >= MINUTES_FROM_S:
        return 1 / 60, "min", 1
    return 1.0, "s", 0 if abs(size) >= 10 else 1  # noqa: PLR2004


def number(value: float | None, unit: str, *, is_difference: bool = False) -> str:
    """Return one number with its unit; a difference has a sign and shares are in points.

    Parameters
    ----------
    value
        In the measure's unit; None is a dash.
    unit
        ``s``, ``share``, ``count`` or ``index``.
    is_difference
        Whether it is a change.
    """
    if value is None:
        return DASH
    if unit == "share" and not is_difference:
        return f"{100 * value:.1f} %"
    factor, word, decimals = scale(unit, value)
    return f"{_digits(factor * value, decimals, sign=is_difference)} {word}".rstrip()


def _digits(value: float, decimals: int, *, sign: bool) -> str:
    """Return digits with a true minus; what rounds to zero has no sign."""
    if round(value, decimals) == 0:
        return f"{0:.{decimals}f}"
    return f"{value:{'+' if sign else ''},.{decimals}f}".replace("-", MINUS)


def change(value: float | None, unit: str) -> str:
    """Return a difference with its sign; one of exactly zero is ``no change``."""
    return "no change" if value == 0 else number(value, unit, is_difference=True)


def is_same(row: Mapping[str, Any]) -> bool:
    """Return whether the two arms agree in every seed."""
    return bool(row["difference"] == row["ci_low"] == row["ci_high"] == 0)


def interval(row: Mapping[str, Any]) -> str:
    """Return the interval of a difference in one unit: ``-3.6 to -2.8 min``, with a true minus."""
    low, high = row["ci_low"], row["ci_high"]
    if low is None or high is None:
        return "no interval: it needs two seeds"
    factor, word, decimals = scale(row["unit"], max(abs(low), abs(high)))
    ends = (_digits(factor * end, decimals, sign=True) for end in (low, high))
    return f"{' to '.join(ends)} {word}".strip()


def difference(row: Mapping[str, Any]) -> str:
    """Return a difference in the unit of its interval."""
    ends = [abs(end) for end in (row["ci_low"], row["ci_high"]) if end is not None]
    factor, word, decimals = scale(row["unit"], max(ends, default=row["difference"]))
    return f"{_digits(factor * row['difference'], decimals, sign=True)} {word}".strip()


def relative(row: Mapping[str, Any]) -> str:
    """Return a difference as a share of the baseline: ``-20 %``."""
    if row["difference"] is None or not row["baseline"]:
        return DASH
    return f"{_digits(100 * row['difference'] / row['baseline'], 1, sign=True)} %"


def service_words(service: str) -> str:
    """Return a service's id as words."""
    totals = {"all": "all services", SCHOOLS: "all schools"}
    return totals.get(service, service.replace("_", " "))


def standing(row: Mapping[str, Any]) -> str:
    """Return how a verdict came about; empty if its question was written before the run."""
    if row["question_id"] is None:
        return "exploratory"
    return "" if row["preregistered"] else "asked after the run"


def sentence(row: Mapping[str, Any], *, is_service_named: bool = False) -> str:
    """Return a verdict as a sentence a planner can quote, with its interval.

    Parameters
    ----------
    row
        Record of comparison.json.
    is_service_named
        Whether the service is said, as it must be where there are several.
    """
    text = _change(row) if row["verdict"] in {"better", "worse"} else _no_change(row)
    return f"{_capital(service_words(row['service']))}: {text}" if is_service_named else text


def _no_change(row: Mapping[str, Any]) -> str:
    who = _capital(subject(row["group"]))
    title = MEASURES[row["measure"]].title
    if row["difference"] is None:
        return f"{who}: no case of {title}"
    if row["ci_low"] is None:
        return f"{who}: {title} {difference(row)} in one seed, which decides nothing"
    if is_same(row):
        return f"{who}: {title} is the same in every seed"
    found = f"{difference(row)}, {_level(row)} {interval(row)}"
    if row["verdict"] == "no_material_difference":
        return f"{who}: no material difference in {title} ({found}; {_smallest(row)})"
    more = f"; about {row['seeds_needed']:,} seeds would decide" if row["seeds_needed"] else ""
    return f"{who}: {title} is undecided after {row['n_seeds']} seeds ({found}{more})"


def _change(row: Mapping[str, Any]) -> str:
    is_rise = row["difference"] > 0
    ends = sorted(abs(row[end]) for end in ("ci_low", "ci_high"))
    factor, word, decimals = scale(row["unit"], abs(row["difference"]))
    unit = "percentage points" if word == "points" else word
    low, high = (f"{factor * end:,.{decimals}f}" for end in ends)
    much = f"{abs(factor * row['difference']):,.{decimals}f} {unit}".rstrip()
    whom = subject(row["group"])
    generic = (
        f"{{who}}: {MEASURES[row['measure']].title} {'rises' if is_rise else 'falls'} by {{much}}"
    )
    form = _SENTENCES.get(row["measure"], (generic, generic))[int(is_rise)]
    text = form.format(who=_capital(whom), whom=whom, much=much)
    is_small = row["smallest_effect"] is not None and ends[0] < row["smallest_effect"]
    maybe = f"; it may be below the {_smallest(row)}" if is_small else ""
    return f"{text} ({_level(row)} {low} to {high} {word}".rstrip() + f"{maybe})"


def _smallest(row: Mapping[str, Any]) -> str:
    least = number(row["smallest_effect"], row["unit"], is_difference=True).lstrip("+")
    return f"smallest effect that matters, {least}"


def _level(row: Mapping[str, Any]) -> str:
    return f"{100 * row['level']:g} % interval"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
