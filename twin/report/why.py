"""Why a result is large: the paragraph below a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import service_words
from twin.report.html import Html, join, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCE: Final = (
    "Evaluations of smart-city programmes over whole cities find about 4 to 5 % (education and "
    "medical quality +5.18 %: Zhou, Liu, Wang 2022, IEEE Access 10:120923). A result beyond 5 % "
    "of the baseline therefore says under “Why so much?” where in its own runs it comes from."
)


N_SHOWN: Final = 3
"""Sentences that stand open; the rest unfolds (and is printed)."""


def why(record: Mapping[str, Any]) -> list[Html]:
    """Return why large results are large, one paragraph a service."""
    several = len(record["explanations"]) > 1
    return [_paragraph(one, is_named=several) for one in record["explanations"]]


def _paragraph(one: Mapping[str, Any], *, is_named: bool) -> Html:
    first, *rest = one["sentences"]
    # One by one: each text is cut at a sane length, the paragraph is not.
    shown, folded = (
        [join(sentence, " ") for sentence in part] for part in (rest[:N_SHOWN], rest[N_SHOWN:])
    )
    name = f"{service_words(one['service']).capitalize()}: " if is_named else None
    return tag(
        "div",
        tag("p", tag("strong", "Why so much? "), name, first),
        tag("p", *shown),
        tag("details", tag("summary", "More of why"), tag("p", *folded), class_="inner")
        if folded
        else None,
        class_="why" if one["is_explained"] else "why unexplained",
    )


def source_of_few_per_cent(records: Sequence[Mapping[str, Any]]) -> Html | None:
    """Return where the few per cent come from, if a card speaks of them."""
    is_told = any(record["explanations"] for record in records)
    return tag("p", SOURCE, class_="small muted") if is_told else None
