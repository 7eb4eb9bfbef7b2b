"""The verdict cards: one scenario each, in sentences that a planner can quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import change, number, sentence
from twin.report.charts import badge, share_bar
from twin.report.html import Html, join, name_of, section, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.experiment.comparison import Comparison

Row = dict[str, Any]
HEADLINES: Final = ("wait_mean_s", "burden_mean_s", "unmet_share")
"""What a card says where a scenario asks no question."""
MOST_ANSWERS: Final = 4
"""Answers of a card besides its headline; more stand behind a click."""


def title_of(record: Mapping[str, Any]) -> str:
    """Return the title of a scenario, or its name."""
    return str(record["title"] or record["name"])


def answers(record: Mapping[str, Any]) -> list[Row]:
    """Return the rows that a card tells: those asked about, or the usual ones."""
    asked = [row for row in record["measures"] if row["question_id"] is not None]
    if asked:
        return asked
    return [
        row
        for name in HEADLINES
        for row in record["measures"]
        if row["measure"] == name and row["group"] == "all"
    ]


def leading(record: Mapping[str, Any]) -> Row | None:
    """Return the row of the headline: a decided one about everyone if there is one."""
    rank = {"better": 0, "worse": 0, "no_material_difference": 1, "undecided": 2}
    return min(
        answers(record), key=lambda row: (rank[row["verdict"]], row["group"] != "all"), default=None
    )


def verdicts(comparison: Comparison) -> Html:
    """Return one card a scenario."""
    seeds = len(comparison.seeds)
    lead = (
        f"Each scenario ran with the same {seeds} seeds as the baseline: every resident has the "
        "same needs and tastes in both, so that differences are the intervention's and not luck."
    )
    cards = [_card(record, seeds) for record in comparison.document["scenarios"]]
    return section(
        "verdicts", "Verdicts", tag("p", lead, class_="lead"), tag("div", *cards, class_="cards")
    )


def _card(record: Mapping[str, Any], seeds: int) -> Html:
    first = leading(record)
    others = [row for row in answers(record) if row is not first]
    counts = record["residents"]
    notes = list(dict.fromkeys(row["note"] for row in answers(record) if row["note"]))
    people = join(
        share_bar(counts),
        tag(
            "p",
            *_counted_words(counts),
            f" (burden moved by more than {number(counts['smallest_effect_s'], 's')} "
            "in the measured days)",
        ),
    )
    return tag(
        "article",
        tag(
            "div",
            tag("h3", name_of(title_of(record))),
            tag("p", name_of(record["name"]), class_="name"),
        ),
        tag("p", f"{sentence(first)}, {seeds} paired seeds.", class_="headline") if first else None,
        badge(first["verdict"]) if first else None,
        *(tag("p", note[:1].upper() + note[1:] + ".", class_="caution") for note in notes),
        _said(others[:MOST_ANSWERS]) if others else None,
        _more(others[MOST_ANSWERS:]),
        _guard(record, first),
        _cost(record["cost"]),
        tag("div", people, class_="people"),
        class_="card",
    )


def _said(rows: Sequence[Row]) -> Html:
    return tag(
        "ul",
        *(tag("li", tag("p", sentence(row), "."), badge(row["verdict"])) for row in rows),
        class_="said",
    )


def _more(rows: Sequence[Row]) -> Html | None:
    if not rows:
        return None
    return tag("details", tag("summary", f"{len(rows)} more answers"), _said(rows), class_="inner")


def _counted_words(counts: Mapping[str, Any]) -> list[object]:
    words: list[object] = []
    for kind in ("gained", "unchanged", "lost"):
        words += [tag("span", class_=f"key {kind}"), f"{counts[kind]:,} {kind}  "]
    return words


def _guard(record: Mapping[str, Any], first: Row | None) -> Html | None:
    """Return the unmet share of everyone: no verdict on waits goes without it."""
    service = first["service"] if first else None
    rows = [
        row
        for row in record["measures"]
        if row["measure"] == "unmet_share" and row["group"] == "all" and row["service"] == service
    ]
    if not rows or (first and first["measure"] == "unmet_share"):
        return None
    row = rows[0]
    moved = change(row["difference"], "share")
    before, after = (number(row[arm], "share") for arm in ("baseline", "scenario"))
    return tag(
        "p",
        f"Unmet needs: {before} → {after} ({moved}).",
        class_="small",
    )


def _cost(cost: Mapping[str, Any]) -> Html | None:
    if not cost["undiscounted"]:
        return None
    return tag(
        "p",
        f"Outlay beyond the baseline in the simulated days: {cost['undiscounted']:,.0f}, "
        "undiscounted.",
        class_="small",
    )
