"""The sections of the report, each from `Comparison.document` and run folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import DASH, change, number, service_words
from twin.report.cards import services_of, title_of
from twin.report.changes import assumptions, assumptions_table, differences_table, edits_list
from twin.report.charts import interval_plot, reach
from twin.report.html import Html, name_of, section, table, tag
from twin.report.population import assumed_defaults, population_fit
from twin.report.precision import find, precision
from twin.report.who_bears import OF_EQUITY, has_equity
from twin.results.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.experiment.comparison import Comparison

Row = dict[str, Any]


CONTENTS: Final = (
    "verdicts",
    "where",
    "streets",
    "facilities",
    "measures",
    "groups",
    "equity",
    "changes",
    "assumptions",
    "warnings",
    "provenance",
)


def contents(comparison: Comparison) -> tuple[str, ...]:
    """Return the sections of the page; those of streets and equity only if there are any."""
    records = comparison.document["scenarios"]
    has = {
        "streets": any(record["street_effects"] for record in records),
        "equity": has_equity(records),
    }
    return tuple(word for word in CONTENTS if has.get(word, True))


def heading(comparison: Comparison) -> Html:
    """Return title, facts and table of contents."""
    document = comparison.document
    settings = comparison.scenario_document(comparison.baseline).get("run", {})
    baseline = comparison.scenario_document(comparison.baseline)
    n_measured = int(settings.get("days", 0)) - sum(
        int(settings.get(key, 0)) for key in ("warmup_days", "cooldown_days")
    )
    facts = {
        "City": document["map"]["name"] or DASH,
        "Residents": f"{document['n_residents']:,}",
        "Days": f"{settings.get('days', DASH)} from {settings.get('start', DASH)}",
        "Measured": f"{n_measured} days",
        "Paired seeds": f"{len(document['seeds'])}",
        "Baseline": baseline.get("title") or comparison.baseline,
    }
    n = len(document["scenarios"])
    asked = "one intervention" if n == 1 else f"{n} interventions"
    return tag(
        "header",
        tag("p", "Comparison of futures", class_="eyebrow"),
        tag(
            "h1",
            name_of(str(document["map"]["name"] or "The city").replace("_", " ").title()),
            f": what {asked} would change, and for whom",
        ),
        tag(
            "dl",
            *(
                tag("div", tag("dt", key), tag("dd", name_of(value)))
                for key, value in facts.items()
            ),
            class_="facts",
        ),
        tag(
            "nav",
            *(tag("a", word, href=f"#{word}") for word in contents(comparison)),
            class_="toc",
            aria_label="contents",
        ),
    )


def measures_table(comparison: Comparison) -> Html:
    """Return measures against scenarios, with intervals."""
    records = comparison.document["scenarios"]
    tables = [_service_table(records, service) for service in services_of(*records)]
    lead = (
        "Each plot shows the change against the baseline with its 95 % interval; the thin line is "
        "no change, right of it is more. Blue is better, orange is worse, grey is undecided or "
        "immaterial; a band is the smallest effect that matters. A full dot was asked before the "
        "run; a hollow one is exploratory: of twenty such intervals one misses by chance."
    )
    return section(
        "measures",
        "Measures",
        tag("p", lead.replace("95 %", f"{100 * comparison.level:g} %"), class_="lead"),
        *tables,
        precision(records),
    )


def _service_table(records: Sequence[Mapping[str, Any]], service: str) -> Html:
    rows: list[list[object]] = []
    for name, measure in MEASURES.items():
        if name in OF_EQUITY:
            continue
        found = [find(record, name, service, "all") for record in records]
        listed = [row for row in found if row is not None]
        if not any(row["baseline"] or row["scenario"] for row in listed):
            continue
        size = reach(listed)
        baseline = number(listed[0]["baseline"], measure.unit)
        cells = [_cell(row, size=size, is_neutral=measure.is_neutral) for row in found]
        rows.append([tag("span", measure.title, title=measure.meaning), baseline, *cells])
    head: list[object] = ["measure", "baseline", *(name_of(title_of(record)) for record in records)]
    return table(head, rows, caption=f"{service_words(service).capitalize()}: all residents")


def _cell(row: Row | None, *, size: float, is_neutral: bool = False) -> Html | str:
    if row is None:
        return DASH
    return tag(
        "div",
        tag("span", number(row["scenario"], row["unit"]), class_="value"),
        tag("span", change(row["difference"], row["unit"]), class_="diff"),
        interval_plot(row, size=size),
        class_="cell neutral" if is_neutral else "cell",
    )


def changes(comparison: Comparison, facility_names: Mapping[str, str]) -> Html:
    """Return what each scenario changes: dated edits and the difference of the files."""
    baseline = comparison.scenario_document(comparison.baseline)
    parts = []
    for record in comparison.document["scenarios"]:
        rows = comparison.runs_of(record["name"])[0].rows("edits")
        own = comparison.runs_of(comparison.baseline)[0].rows("edits")
        new = [row for row in rows if row not in own]
        parts.append(
            tag(
                "details",
                tag("summary", name_of(title_of(record))),
                edits_list(new, facility_names, start=baseline.get("run", {}).get("start")),
                differences_table(baseline, comparison.scenario_document(record["name"])),
                open=True,
            )
        )
    lead = (
        "An intervention is a list of dated edits to the city; "
        "everything not named here is the baseline's."
    )
    if any(comparison.scenario_document(name).get("policies") for name in comparison.scenarios):
        lead += (
            " What a policy decides differs from seed to seed: shown are the edits of the first."
        )
    return section("changes", "What changed", tag("p", lead, class_="lead"), *parts)


def assumed(comparison: Comparison, places: Html | None) -> Html:
    """Return tagged values, assumed ones first, after the facilities and what is known of them."""
    documents = [
        comparison.scenario_document(name) for name in (comparison.baseline, *comparison.scenarios)
    ]
    manifests = [
        comparison.runs_of(name)[0].manifest
        for name in (comparison.baseline, *comparison.scenarios)
    ]
    return section(
        "assumptions",
        "Assumptions",
        places,
        population_fit(manifests),
        assumptions_table(assumptions(documents)),
        assumed_defaults(manifests),
    )


def warnings(comparison: Comparison, extra: Sequence[str]) -> Html:
    """Return what the runs and the map warned of, each once."""
    said: dict[str, set[str]] = {}
    for name in (comparison.baseline, *comparison.scenarios):
        for run in comparison.runs_of(name):
            for words in run.manifest["warnings"]:
                said.setdefault(str(words), set()).add(name)
    n = 1 + len(comparison.scenarios)
    items = [
        tag("li", words, "" if len(names) == n else f" ({', '.join(sorted(names))})")
        for words, names in said.items()
    ]
    items += [tag("li", words) for words in (*comparison.notes, *extra) if words not in said]
    body = tag("ul", *items, class_="plainlist") if items else tag("p", "None.", class_="muted")
    return section("warnings", "Warnings", body)


def provenance(comparison: Comparison) -> Html:
    """Return digests, versions, machine and seeds."""
    runs = {
        name: comparison.runs_of(name)[0].manifest
        for name in (comparison.baseline, *comparison.scenarios)
    }
    rows: list[list[object]] = [
        [
            name_of(name),
            tag("code", run["digests"]["scenario"][:16]),
            tag("code", str(run["digests"]["map"])[:16]),
            tag("code", run["digests"]["population"][:16]),
            tag("code", _last_link(run)),
        ]
        for name, run in runs.items()
    ]
    first = runs[comparison.baseline]
    versions = ", ".join(f"{key} {value}" for key, value in first["versions"].items() if value)
    machine = ", ".join(f"{value}" for value in first["machine"].values() if value)
    seeds = ", ".join(str(seed) for seed in comparison.seeds)
    return section(
        "provenance",
        "Provenance",
        table(
            ["scenario", "digest", "map", "population", f"last hash, seed {comparison.seeds[0]}"],
            rows,
            caption="What was run",
        ),
        tag("p", "Seeds: ", tag("code", seeds)),
        tag("p", "Versions: ", versions, class_="small"),
        tag("p", "Machine: ", machine, class_="small"),
    )


def _last_link(run: Mapping[str, Any]) -> str:
    return str(run["hash_chain"][-1])[:16] if run["hash_chain"] else DASH
