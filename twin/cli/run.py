"""Commands that run and compare: ``run``, ``compare`` and ``report``; `runs` has the rest."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from twin.cli.output import note, say, write_json
from twin.cli.runs import OUT, AsJson, Out, diff, runs_app, tell_runs, tell_warnings
from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.experiment.comparison import Comparison
    from twin.experiment.runset import RunSet
    from twin.scenario.document import Scenario

MOST_WORKERS: Final = 512

Workers = Annotated[int, typer.Option("--workers", min=1, max=MOST_WORKERS, help="Processes.")]
Seeds = Annotated[
    str | None,
    typer.Option("--seeds", metavar="1:20", help="Seeds, both ends run, or a list: 1,2,5."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY.PATH=VALUE", help="Lay a value over the file."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(compare)
    app.command()(report)
    app.add_typer(runs_app, name="runs")
    app.command()(diff)


def run(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file.")],
    *,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="One seed.")] = None,
    seeds: Seeds = None,
    out: Out = OUT,
    workers: Workers = 1,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Days to run.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Run a scenario and show its key measures.

    Example:  twin run scenarios/monaco/baseline.toml --seeds 1:10 --workers 2
    """
    _begin(workers)
    chosen = _chosen_seeds(seed, seeds)
    overrides = [*(settings or []), *([f"run.days={days}"] if days is not None else [])]
    found = _run([_loaded(scenario, overrides)], chosen, out=out, workers=workers)
    manifests = [one.manifest for one in found]
    if as_json:
        write_json(manifests[0] if len(manifests) == 1 else manifests)
        return
    tell_runs(found)


def compare(
    baseline: Annotated[Path, typer.Argument(metavar="BASELINE", help="Scenario file.")],
    scenarios: Annotated[
        list[Path], typer.Argument(metavar="SCENARIO...", help="Files to compare with it.")
    ],
    *,
    seeds: Seeds = None,
    out: Out = OUT,
    workers: Workers = 1,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Compare scenarios with a baseline, paired by seed: verdicts and a report.

    Runs what is missing, writes DIR/comparison.json and DIR/report.html.

    Example:  twin compare scenarios/monaco/baseline.toml scenarios/monaco/more_doctors.toml
    """
    _begin(workers)
    from twin.experiment.comparison import compare as compared  # noqa: PLC0415 - arrays

    overrides = settings or []
    specs = [_loaded(path, overrides) for path in (baseline, *scenarios)]
    _refuse_unlike(specs)
    chosen = _seed_list(seeds) if seeds is not None else list(specs[0].run.seeds)
    found = _run(specs, chosen, out=out, workers=workers)
    result = compared(found, specs[0].name, seeds=chosen)
    path = _written(result, out, specs[0].map)
    tell_warnings(found)
    if as_json:
        write_json(result.document)
        return
    _tell_verdicts(result)
    say(f"report: {path}")


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a comparison.")],
    *,
    map_folder: Annotated[
        Path | None, typer.Option("--map", metavar="MAP", help="Map folder, if it has moved.")
    ] = None,
) -> None:
    """Make a comparison's report again from its run folders.

    Example:  twin report runs
    """
    from twin.experiment.record import reopened  # noqa: PLC0415 - arrays

    result, known_map = reopened(folder)
    path = result.report(folder, map_folder=map_folder or known_map)
    if map_folder is None and known_map is None:
        note("the map folder was not found: the report has no map (name it with --map)")
    say(f"report: {path}")


def _begin(workers: int) -> None:
    """Let the fork server import while this process reads files: 1 s less to wait."""
    if workers > 1:
        from twin.experiment.pool import start_server  # noqa: PLC0415

        start_server()


def _loaded(path: Path, overrides: Sequence[str]) -> Scenario:
    from twin.scenario.load import load_scenario  # noqa: PLC0415 - pydantic

    return load_scenario(path, overrides)


def _run(
    specs: Sequence[Scenario], seeds: Sequence[int] | None, *, out: Path, workers: int
) -> RunSet:
    from twin.cli.preflight import check_folder, check_scenarios  # noqa: PLC0415
    from twin.experiment.runner import run as run_all  # noqa: PLC0415 - arrays

    check_folder(out)
    check_scenarios(specs)
    found = run_all(specs, seeds, workers=workers, out=out, progress=True)
    for words in found.notes:
        note(words)
    return found


def _written(result: Comparison, out: Path, map_folder: Path) -> Path:
    from twin.experiment.record import write_record  # noqa: PLC0415 - arrays

    result.write(out)
    write_record(result, out, map_folder)
    return result.report(out, map_folder=map_folder)


def _refuse_unlike(specs: Sequence[Scenario]) -> None:
    """Refuse scenarios that cannot be paired before anything is run."""
    from twin.experiment.comparison import COMPARABLE  # noqa: PLC0415 - arrays
    from twin.scenario.located import shown  # noqa: PLC0415

    first = specs[0]
    for other in specs[1:]:
        where = f"`{first.name}` and `{other.name}`"
        hint = 'let the scenario extend the baseline: extends = "baseline.toml"'
        if first.map.resolve() != other.map.resolve():
            raise InputError(
                where,
                f"have other maps: {shown(first.map)} and {shown(other.map)}",
                expected="one map",
                hint=hint,
            )
        if first.population != other.population:
            raise InputError(
                where,
                "have another [population]",
                expected="the same residents: they are paired",
                hint=hint,
            )
        for key in COMPARABLE:
            values = [getattr(spec.run, key) for spec in (first, other)]
            if values[0] != values[1]:
                raise InputError(
                    where,
                    f"differ in [run] {key}: {values[0]} and {values[1]}",
                    expected="the same days",
                    hint=hint,
                )


def _chosen_seeds(seed: int | None, seeds: str | None) -> list[int] | None:
    if seed is not None and seeds is not None:
        raise InputError("--seed and --seeds", "are both given", expected="one of them")
    if seed is not None:
        return [seed]
    return None if seeds is None else _seed_list(seeds)


def _seed_list(text: str) -> list[int]:
    """Return the seeds of ``1:20`` (both ends), ``7`` or ``1,2,5``."""
    from pydantic_core import PydanticCustomError  # noqa: PLC0415

    from twin.scenario.run import SEEDS_EXPECTED, parse_seeds  # noqa: PLC0415 - pydantic

    expected = "a range like 1:20 (both ends run) or a list like 1,2,5"
    value: object = text
    if "," in text:
        parts = [part.strip() for part in text.split(",")]
        if not all(part.isdecimal() for part in parts):
            raise InputError("--seeds", f"`{text}`", expected=expected)
        value = [int(part) for part in parts]
    try:
        found = parse_seeds(value)
    except PydanticCustomError as error:
        words = dict(error.context or {})
        if words["expected"] != SEEDS_EXPECTED:
            expected = words["expected"]
        raise InputError("--seeds", words["found"], expected=expected) from None
    return [int(one) for one in found] if isinstance(found, tuple) else []


def _tell_verdicts(result: Comparison) -> None:
    from twin.experiment.street_shocks import worst_words  # noqa: PLC0415
    from twin.experiment.words import VERDICTS, standing  # noqa: PLC0415
    from twin.report.cards import answers, drawbacks, people_words, said  # noqa: PLC0415

    say(_summary(result))
    for record in result.document["scenarios"]:
        counts = record["residents"]
        say()
        say(f"{record['title'] or record['name']} ({record['name']})")
        for row in answers(record):
            how = standing(row)
            say(f"  {VERDICTS[row['verdict']]:>22}  {said(row, record)}{how and f' [{how}]'}")
            if row["note"]:
                say(f"  {'caution':>22}  {row['note']}")
        for row in drawbacks(record):
            say(f"  {'but worse':>22}  {said(row, record)} [exploratory]")
        streets = worst_words(record)
        if streets:
            say(f"  {'caution':>22}  {streets}")
        guard = _unmet(record)
        if guard:
            say(f"  {'unmet needs':>22}  {guard}")
        say(
            f"  {'residents':>22}  {counts['gained']:,} gained, {counts['lost']:,} lost, "
            f"{counts['unchanged']:,} unchanged"
        )
    say()
    for record in result.document["scenarios"][:1]:
        say(people_words(record["residents"], len(result.seeds)))


def _summary(result: Comparison) -> str:
    """Return the first answer of each scenario in one line."""
    from twin.experiment.words import VERDICTS, difference, service_words  # noqa: PLC0415
    from twin.report.cards import leading  # noqa: PLC0415
    from twin.results.measures import MEASURES  # noqa: PLC0415 - arrays

    leads = [(record["name"], leading(record)) for record in result.document["scenarios"]]
    asked = {(row["measure"], row["service"], row["group"]) for _, row in leads if row}
    parts = []
    for name, row in leads:
        if row is None or row["difference"] is None:
            parts.append(f"{name} has no answer")
            continue
        what = "" if len(asked) == 1 else f"{MEASURES[row['measure']].title} "
        parts.append(f"{name} {what}{difference(row)} ({VERDICTS[row['verdict']]})")
    shared = next(iter(asked)) if len(asked) == 1 else None
    about = f"{MEASURES[shared[0]].title}, {service_words(shared[1])}: " if shared else ""
    n = len(result.seeds)
    seeds = f"{n} paired seed{'' if n == 1 else 's'}"
    text = f"{about}{', '.join(parts)}; against {result.baseline}, {seeds}"
    return text[:1].upper() + text[1:]


def _unmet(record: dict[str, Any]) -> str:
    """Return the unmet share of everyone before and after."""
    from twin.experiment.words import change, number  # noqa: PLC0415

    rows = [
        row
        for row in record["measures"]
        if row["measure"] == "unmet_share" and row["group"] == "all"
    ]
    if not rows:
        return ""
    row = rows[-1]
    before, after = (number(row[arm], "share") for arm in ("baseline", "scenario"))
    return f"{before} → {after} ({change(row['difference'], 'share')})"
