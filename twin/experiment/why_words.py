"""Sentences for planners from the facts of `twin.experiment.why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import DASH, MINUS, change, number
from twin.results.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Facts = dict[str, Any]
NEAR_FULL: Final = 0.85
"""From this load on, waits react steeply: one server's queue grows as 1 / (1 - load)."""
OFTEN_FULL: Final = 0.25
"""From this share of its time on, a facility that is not full on average is so at peaks."""
MOST: Final = 0.8
"""Below this share of the change in waiting, the facilities named are not most of it."""
_LEAST_HOURS: Final = 0.05
_TITLES: Final = {"wait_p90_s": "longest waits (90th percentile)"}
_UNMET: Final = {
    "forgone": "needs for which nobody sought service",
    "ineligible": "needs that no facility was allowed to serve",
    "unreachable": "needs without a facility that can be reached",
    "closed": "needs turned away because it was closed",
    "blocked": "needs turned away at a full waiting room",
    "balked": "people who left at the sight of the queue",
    "abandoned": "people who gave up waiting",
    "in_system": "needs unfinished at the end of the run",
}
_PARTS: Final = {
    "delay": "time from need to departure",
    "travel": "travel",
    "wait": "waiting",
    "unmet": "needs that stay unmet",
}
_UNKNOWN: Final = "The data by facility do not explain the size of this change: doubt it first."


def words_of(facts: Mapping[str, Any]) -> Facts:
    """Return ``sentences`` and whether they explain the size: ``is_explained``."""
    if facts["capacity"] is None:
        kept = "The runs kept no hours by facility ([output] level), so nothing explains the size."
        return {"sentences": [_claim(facts), kept], "is_explained": False}
    sentences = [_claim(facts), *_capacity(facts["capacity"])]
    drivers = facts["drivers"]
    is_explained: list[bool] = []
    tellers = {"burden": _burden, "wait": _wait, "delay": _delay, "unmet": _unmet}
    for driver in drivers:
        if driver in tellers:
            told, is_known = tellers[driver](facts)
            sentences += told
            is_explained.append(is_known)
    if _is_same(facts["capacity"]) or "travel" in drivers or _is_spread(facts):
        told, is_known = _moved(facts["moved"])
        is_aside = not _is_same(facts["capacity"]) and "travel" not in drivers
        sentences += told[:1] if is_aside else told
        is_explained.append(is_known or is_aside)
    if not all(is_explained) or not is_explained:
        sentences.append(_UNKNOWN)
        return {"sentences": sentences, "is_explained": False}
    return {"sentences": sentences, "is_explained": True}


def _is_spread(facts: Mapping[str, Any]) -> bool:
    """Return whether waits also change where nothing was done: people must go elsewhere."""
    waiting = facts["waiting"]
    if waiting is None or "wait" not in facts["drivers"]:
        return False
    is_all_changed = all(one["is_changed"] for one in waiting["facilities"])
    return waiting["named_share"] < MOST or not is_all_changed


def _claim(facts: Mapping[str, Any]) -> str:
    """Return the changes that ask for an explanation."""
    moved = [
        f"{_TITLES.get(name, MEASURES[name].title)} {_percent(share)}"
        for name, share in facts["relative"].items()
    ]
    text = f"{_listed(moved)}: more than the 4 to 5 % that evaluations of whole cities find."
    return text[:1].upper() + text[1:]


def _is_same(capacity: Mapping[str, Any]) -> bool:
    return bool(capacity["added"] < _LEAST_HOURS and capacity["removed"] < _LEAST_HOURS)


def _capacity(capacity: Mapping[str, Any]) -> list[str]:
    before, after = capacity["baseline"], capacity["scenario"]
    if _is_same(capacity):
        return [f"No capacity is added or moved: {_hours(before)} staffed hours a week as before."]
    net = after - before
    share = f", {_percent(net / before)}" if before else ""
    total = f"{_hours(before)} to {_hours(after)} staffed hours a week ({_signed(net)}{share})"
    if not capacity["removed"]:
        return [f"Capacity grows from {total}, at {_places(capacity['n_added'])}."]
    if not capacity["added"]:
        return [f"Capacity falls from {total}, at {_places(capacity['n_removed'])}."]
    moved = (
        f"{_hours(capacity['added'])} more at {_places(capacity['n_added'])} and "
        f"{_hours(capacity['removed'])} fewer at {_places(capacity['n_removed'])}"
    )
    return [f"Capacity is moved: {moved}; in all from {total}."]


def _wait(facts: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Return which facilities the change of waiting comes from, and whether they were full."""
    waiting = facts["waiting"]
    if waiting is None or not waiting["facilities"]:
        return ["No facility stands out in the change of waiting."], False
    net, named = waiting["difference"], waiting["facilities"]
    is_less = net < 0
    word = "less" if is_less else "more"
    shares = [
        f"{_share_of(one['share'])} at {one['name']} (load {_from_to(*one['load'])})"
        for one in named
    ]
    rest = "; the rest is spread over others" if waiting["named_share"] < MOST else ""
    told = [f"People wait {abs(net):,.0f} hours a week {word} in all: {_listed(shares)}{rest}."]
    if abs(waiting["against"]) > 0.1 * abs(net):
        other = "grow" if is_less else "fall"
        told.append(f"Elsewhere waits {other} by {abs(waiting['against']):,.0f} hours a week.")
    falls = [share for name, share in facts["relative"].items() if name.startswith("wait_")]
    if any((share or 1.0) < 0 for share in falls) != is_less and falls:
        return [*told, "That is against the mean wait: others are served than before."], False
    reason = _steep(named, arm=0 if is_less else 1)
    return [*told, *reason], bool(reason)


def _steep(named: Sequence[Mapping[str, Any]], *, arm: int) -> list[str]:
    """Return why waits react steeply there, if they do."""
    most = sum(one["share"] for one in named)
    near = [one for one in named if (one["load"][arm] or 0.0) >= NEAR_FULL]
    if 2 * sum(one["share"] for one in near) >= most:
        over = any((one["load"][arm] or 0.0) >= 1 for one in near)
        late = " (beyond 100 % it is done after closing time)" if over else ""
        how = "waits react steeply: a few people or hours more or less move them far."
        return [f"So near full load{late} {how}"]
    often = [one for one in named if (one["full"][arm] or 0.0) >= OFTEN_FULL]
    if 2 * sum(one["share"] for one in often) >= most:
        top = number(max(one["full"][arm] for one in often), "share")
        when = f"but up to {top} of their time falls in hours that are busy throughout"
        return [f"On average they are not near full load, {when}: there waits react steeply."]
    return []


def _delay(facts: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Return how many staffed hours are at times when nothing, or not this, was open."""
    capacity = facts["capacity"]
    new, alone, gone = (
        capacity[key] for key in ("at_new_times", "when_all_were_closed", "times_gone")
    )
    if max(new, gone) < _LEAST_HOURS:
        return ["Opening times hardly change: they do not make people leave at other times."], False
    if gone > new:
        told = f"{_hours(gone)} staffed hours a week were at times that are closed now"
        return [f"{told}: who has a need then leaves later."], True
    told = f"{_hours(new)} staffed hours a week are at times when the place was closed before"
    if alone >= _LEAST_HOURS:
        told += f", {_hours(alone)} of them when every facility was"
    return [f"{told}: who has a need then need not wait for the next opening."], True


def _burden(facts: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Return what the change of burden is made of."""
    parts = facts["burden_parts_s"]
    if parts is None:
        return ["What the change of burden is made of is not known."], False
    least = 0.02 * abs(parts["all"])
    listed = sorted(_PARTS, key=lambda name: -abs(parts[name]))
    listed = [name for name in listed if abs(parts[name]) >= least]
    told = _listed([f"{_PARTS[name]} {change(parts[name], 's')}" for name in listed])
    return [f"The burden of a need changes by {change(parts['all'], 's')}: {told}."], True


def _unmet(facts: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Return which outcomes make up the change of unmet needs."""
    parts = facts["unmet_parts"]
    if not parts:
        return [], False
    told = [
        f"{_UNMET[part['outcome']]} ({number(part['baseline'], 'share')} → "
        f"{number(part['scenario'], 'share')} of needs)"
        for part in parts[:2]
    ]
    return [f"Of unmet needs it is above all {_listed(told)} that change."], True


def _moved(moved: Mapping[str, Any] | None) -> tuple[list[str], bool]:
    """Return how many needs go to another facility, and where those of the worst wait go."""
    if moved is None:
        return ["Who goes where is not known: the runs kept no visits."], False
    if round(moved["n_per_week"]) == 0:
        return ["Nobody goes to another facility than before."], False
    told = (
        f"People spread differently: {moved['n_per_week']:,.0f} needs a week "
        f"({number(moved['share'], 'share')}) go to another facility than before."
    )
    if round(moved["left"]) == 0:
        return [told], True
    where = [f"{one['name']} ({one['n_per_week']:,.0f})" for one in moved["to"]]
    most = f", most to {_listed(where)}" if where else ""
    out = f"{moved['left']:,.0f} of its needs a week elsewhere{most}"
    back = f"and receives {moved['came']:,.0f}"
    return [told, f"{moved['busiest']}, where people waited most, sends {out}, {back}."], True


def _from_to(before: float | None, after: float | None) -> str:
    old, new = (DASH if one is None else f"{100 * one:.0f} %" for one in (before, after))
    return f"{old} → {new}"


def _places(n: int) -> str:
    return "one facility" if n == 1 else f"{n} facilities"


def _share_of(share: float) -> str:
    return "more than all" if share > 1.005 else f"{100 * share:.0f} %"  # noqa: PLR2004 - rounding


def _hours(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}{_hours(abs(value))}"


def _percent(share: float | None) -> str:
    if share is None:
        return "from nothing"
    return f"{100 * share:+.0f} %".replace("-", MINUS)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
