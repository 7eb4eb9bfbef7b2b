"""How well the residents fit their margins, and which values nobody has written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.report.html import Html, join, table, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SMALL: Final = 10.0


def population_fit(manifests: Iterable[Mapping[str, Any]]) -> Html | None:
    """Return how well the first fitted population meets its margins; None without any."""
    fits = (manifest.get("population_fit") for manifest in manifests)
    fit = next((found for found in fits if found), None)
    if fit is None:
        return None
    rows = [
        [
            tag("code", margin["id"]),
            f"{margin['of']}s by {' × '.join(margin['columns']) or 'zone'}",
            f"{margin['tae']:,.0f} of {margin['total']:,.0f}",
            f"{margin['srmse']:.2g}",
            (
                f"{margin['worst']}: {_count(margin['worst_found'])}"
                f" for {_count(margin['worst_target'])}"
            ),
        ]
        for margin in fit["margins"]
    ]
    words = [*fit["conflicts"], *fit["notes"]]
    caption = (
        f"{fit['n_residents']:,} residents in {fit['n_households']:,} households"
        f" fitted to {len(rows)} margins in {fit['n_zones']:,} zones"
    )
    return join(
        table(
            ["margin", "counts", "misplaced", "SRMSE", "worst cell"],
            rows,
            caption=caption,
            class_="wrap",
        ),
        tag("ul", *(tag("li", one) for one in words)) if words else None,
    )


def _count(value: float) -> str:
    return f"{value:,.1f}" if value < _SMALL else f"{value:,.0f}"


def assumed_defaults(manifests: Iterable[Mapping[str, Any]]) -> Html | None:
    """Return the values that are defaults nobody wrote and nobody tagged; None without any."""
    found: dict[tuple[str, str], None] = {}
    for manifest in manifests:
        for one in manifest.get("assumed") or ():
            if one["why"] == "a default":
                found[one["path"], one["value"]] = None
    if not found:
        return None
    rows = [[tag("code", path), value] for path, value in found]
    return tag(
        "details",
        tag("summary", f"{len(rows)} values that no file says: defaults, assumed"),
        table(["key", "value"], rows, caption="Defaults behind the result", class_="wrap"),
    )
