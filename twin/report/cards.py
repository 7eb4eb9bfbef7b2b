"""The verdict cards: one scenario each, in sentences that a planner can quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.street_shocks import worst_words
from twin.experiment.words import DASH, change, number, sentence, standing
from twin.report.charts import badge, share_bar
from twin.report.html import Html, name_of, section, tag
from twin.report.why import source_of_few_per_cent, why
from twin.results.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.experiment.comparison import Comparison

Row = dict[str, Any]
HEADLINES: Final = ("wait_mean_s", "burden_mean_s", "unmet_share")
"""What a card says where a scenario asks no question."""
WHOLE: Final = ("wait_mean_s", "travel_mean_s", "delay_mean_s", "unmet_share", "burden_mean_s")
"""What together make up the burden: if one of them gets worse, a card says so."""
MOST_ANSWERS: Final = 2
"""Answers of a card besides its headline; more stand behind a click."""


def title_of(record: Mapping[str, Any]) -> str:
    """Return the title of a scenario, or its name."""
    return str(record["title"] or record["name"])


def services_of(*records: Mapping[str, Any]) -> list[str]:
    """Return the services of scenarios' rows; ``all`` is the last where there are several."""
    listed = dict.fromkeys(row["service"] for one in records for row in one["measures"])
    return sorted(listed, key=lambda service: service == "all")


def answers(record: Mapping[str, Any]) -> list[Row]:
    """Return the rows that a card tells: those asked about, in the order of the questions.

    Where nothing was asked they are the usual ones.
    """
    place = {question: number for number, question in enumerate(record["questions"])}
    asked = [row for row in record["measures"] if row["question_id"] is not None]
    if asked:
        return sorted(asked, key=lambda row: place.get(row["question_id"], len(place)))
    total = services_of(record)[-1:]
    return [
        row
        for name in HEADLINES
        for row in record["measures"]
        if row["measure"] == name and row["group"] == "all" and row["service"] in total
    ]


def leading(record: Mapping[str, Any]) -> Row | None:
    """Return the row of the headline: the first question about everyone, whatever its verdict.

    Where all questions are about groups, a group that gains or loses goes first; the
    others follow below it.
    """
    rank = {"better": 1, "worse": 1, "no_material_difference": 2, "undecided": 3}

    def place(row: Row) -> int:
        return 0 if row["group"] == "all" else rank[row["verdict"]]

    return min(answers(record), key=place, default=None)


def drawbacks(record: Mapping[str, Any]) -> list[Row]:
    """Return what gets worse for everyone besides the answers: no gain is told without it."""
    told = {(row["measure"], row["service"]) for row in answers(record) if row["group"] == "all"}
    return [
        row
        for row in record["measures"]
        if row["measure"] in WHOLE
        and row["group"] == "all"
        and row["verdict"] == "worse"
        and (row["measure"], row["service"]) not in told
    ]


def said(row: Row, record: Mapping[str, Any]) -> str:
    """Return a row as a sentence; the service is named where there are several."""
    return sentence(row, is_service_named=len(services_of(record)) > 1)


def people_words(counts: Mapping[str, Any], seeds: int) -> str:
    """Return what gaining and losing mean, in words."""
    idle = counts["n_without_need"]
    least = number(counts["smallest_effect_s"], "s")
    mean = ", as a mean over the seeds" if seeds > 1 else ""
    without = f", {idle:,} for want of a need in those days and seeds" if idle else ""
    return (
        "A resident gains or loses if his or her burden in the measured days moves by more than "
        f"{least}{mean}; everybody else is unchanged{without}."
    )


def verdicts(comparison: Comparison) -> Html:
    """Return one card a scenario."""
    seeds = len(comparison.seeds)
    lead = (
        f"Each scenario ran with the same {'seed' if seeds == 1 else f'{seeds} seeds'} as the "
        "baseline: every resident has the "
        "same needs and tastes in both, so that a difference is the intervention's and not luck. "
        "A verdict compares its interval with the smallest effect that the question names."
    )
    records = comparison.document["scenarios"]
    about = [people_words(record["residents"], seeds) for record in records[:1]]
    return section(
        "verdicts",
        "Verdicts",
        tag("p", lead, class_="lead"),
        tag("div", *(_card(record) for record in records), class_="cards"),
        tag("p", *about, class_="small muted"),
        source_of_few_per_cent(records),
    )


def _card(record: Mapping[str, Any]) -> Html:
    first = leading(record)
    others = [row for row in answers(record) if row is not first]
    notes = list(dict.fromkeys(row["note"] for row in answers(record) if row["note"]))
    return tag(
        "article",
        tag(
            "div",
            tag("h3", name_of(title_of(record))),
            tag("p", name_of(record["name"]), class_="name"),
        ),
        _headline(first, record) if first else None,
        *why(record),
        *(tag("p", note[:1].upper() + note[1:] + ".", class_="caution") for note in notes),
        *(
            tag("p", f"But: {said(row, record)}; exploratory.", class_="caution")
            for row in drawbacks(record)
        ),
        tag("p", streets, class_="caution") if (streets := worst_words(record)) else None,
        _said(others[:MOST_ANSWERS], record) if others else None,
        _more(others[MOST_ANSWERS:], record),
        _guard(record, first),
        _cost(record["cost"]),
        tag("div", *_people(record["residents"]), class_="people"),
        class_="card",
    )


def _headline(row: Row, record: Mapping[str, Any]) -> Html:
    seeds = f"{row['n_seeds']} paired seed{'' if row['n_seeds'] == 1 else 's'}"
    text = tag("p", f"{said(row, record)}, {seeds}.", class_="headline")
    return tag("div", text, *badges(row))


def badges(row: Row) -> list[Html]:
    """Return the verdict of a row and, where it was not asked beforehand, that it was not."""
    how = standing(row)
    return [badge(row["verdict"]), *([tag("span", how, class_="badge how")] if how else [])]


def _people(counts: Mapping[str, Any]) -> list[Html]:
    return [share_bar(counts), tag("p", *_counted_words(counts))]


def _said(rows: Sequence[Row], record: Mapping[str, Any]) -> Html:
    items = [tag("li", tag("p", said(row, record), "."), tag("div", *badges(row))) for row in rows]
    return tag("ul", *items, class_="said")


def _more(rows: Sequence[Row], record: Mapping[str, Any]) -> Html | None:
    if not rows:
        return None
    summary = tag("summary", f"{len(rows)} more answer{'' if len(rows) == 1 else 's'}")
    return tag("details", summary, _said(rows, record), class_="inner")


def _counted_words(counts: Mapping[str, Any]) -> list[object]:
    words: list[object] = []
    for kind in ("gained", "unchanged", "lost"):
        key = tag("span", class_=f"key {kind}")
        words += [tag("span", key, f"{counts[kind]:,} {kind}", class_="count"), " "]
    return words


def _guard(record: Mapping[str, Any], first: Row | None) -> Html | None:
    """Return the headline before and after, and the unmet share that no verdict goes without."""
    if first is None:
        return None
    everyone = [
        row
        for row in record["measures"]
        if row["measure"] == "unmet_share"
        and row["group"] == "all"
        and row["service"] == first["service"]
    ]
    shown = dict.fromkeys(row["measure"] for row in (first, *everyone))
    rows = {row["measure"]: row for row in (first, *everyone)}
    return tag("p", " ".join(_before_and_after(rows[name]) for name in shown), class_="small")


def _before_and_after(row: Row) -> str:
    before, after = (number(row[arm], row["unit"]) for arm in ("baseline", "scenario"))
    title = MEASURES[row["measure"]].title
    moved = DASH if row["difference"] is None else change(row["difference"], row["unit"])
    return f"{title[:1].upper()}{title[1:]}: {before} → {after} ({moved})."


def _cost(cost: Mapping[str, Any]) -> Html | None:
    if not cost["undiscounted"]:
        return None
    return tag(
        "p",
        f"Outlay beyond the baseline in the simulated days: {cost['undiscounted']:,.0f}, "
        "undiscounted.",
        class_="small",
    )
