"""Commands about finished runs: ``runs list``, ``runs show``, ``runs rm`` and ``diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from twin.cli.output import note, say, write_json, write_table
from twin.errors import InputError

if TYPE_CHECKING:
    from twin.experiment.runset import Run, RunSet

OUT: Final = Path("runs")
KEY_MEASURES: Final = (
    "n_needs",
    "n_served",
    "unmet_share",
    "wait_mean_s",
    "wait_p90_s",
    "travel_mean_s",
    "delay_mean_s",
    "burden_mean_s",
    "utilisation",
    "access_share_15min",
    # Of day plans; left out where a scenario has none.
    "trips_per_day",
    "trip_time_mean_s",
    "cut_off_share",
    # Of enrolment, by level of schools.
    "n_school_seekers",
    "placed_share",
    "first_choice_share",
    "choice_rank_mean",
    "school_travel_mean_s",
    "migrant_placed_share",
)

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the run folders.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]

runs_app = typer.Typer(no_args_is_help=True, help="List, show and remove finished runs.")


@runs_app.command("list")
def list_runs(*, out: Out = OUT, as_json: AsJson = False) -> None:
    """List the runs of a folder.

    Example:  twin runs list --out runs
    """
    from twin.experiment.runset import find_runs  # noqa: PLC0415 - arrays

    if out != OUT and not out.is_dir():
        raise InputError(str(out), "no such folder", expected="the --out of runs made before")
    found = list(find_runs(out))
    if as_json:
        write_json([_summary(one, out) for one in found])
        return
    if not found:
        say(f"no run in {out}")
        return
    rows = [
        [one[key] for key in ("run", "seed", "days", "warnings")]
        for one in (_summary(r, out) for r in found)
    ]
    write_table(["run", "seed", "days", "warnings"], rows)


@runs_app.command("show")
def show_run(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show the measures and the origin of one run, and verify its tables.

    Example:  twin runs show runs/baseline/0123456789abcdef/seed-00001
    """
    from twin.experiment.runset import RunSet, open_run  # noqa: PLC0415 - arrays
    from twin.experiment.storage import verify_run  # noqa: PLC0415

    one = open_run(folder)
    damage = verify_run(folder)
    if as_json:
        write_json({**one.manifest, "damage": damage})
        return
    tell_runs(RunSet([one]))
    manifest = one.manifest
    for key in ("digests", "versions", "machine", "timings"):
        say(f"{key}: " + ", ".join(f"{name} {value}" for name, value in manifest[key].items()))
    for words in manifest["warnings"]:
        say(f"warning: {words}")
    say(f"tables: {damage or 'as they were written'}")


@runs_app.command("rm")
def remove_runs(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders.")],
) -> None:
    """Remove run folders; what is not a run is refused.

    Example:  twin runs rm runs/baseline/0123456789abcdef/seed-00001
    """
    import shutil  # noqa: PLC0415

    from twin.experiment.runset import is_run_folder  # noqa: PLC0415 - arrays

    wrong = [folder for folder in folders if not is_run_folder(folder)]
    if wrong:
        raise InputError(
            str(wrong[0]),
            "is not a run folder",
            expected="a folder seed-00001 with a run.json",
            hint="nothing was removed",
        )
    for folder in folders:
        shutil.rmtree(folder)
        say(f"removed {folder}")


def diff(
    left: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    right: Annotated[Path, typer.Argument(metavar="RUN", help="Another.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say where two runs differ: the first midnight, then table and row.

    Example:  twin diff runs/a/0123456789abcdef/seed-00001 runs/b/fedcba9876543210/seed-00001
    """
    from twin.experiment.differences import run_difference  # noqa: PLC0415 - arrays

    found = run_difference(left, right)
    if as_json:
        write_json(found)
        return
    if found["same"]:
        say("the same: every link of the hash chain and every table")
        return
    midnight = found["first_midnight"]
    say(
        "hash chains agree"
        if midnight is None
        else f"first midnight that differs: {midnight} (0 begins the run)"
    )
    rows = [
        [one["table"], one["row"], one["column"], one["left"], one["right"]]
        for one in found["tables"]
    ]
    write_table(["table", "row", "column", "left", "right"], rows)


def tell_runs(found: RunSet) -> None:
    """Show the key measures: one column a seed, or the mean of many."""
    from twin.experiment.words import number  # noqa: PLC0415
    from twin.results.measures import MEASURES  # noqa: PLC0415 - arrays

    runs = list(found)
    services = sorted({key[1] for key in runs[0].measures})
    for service in services:
        rows = []
        for name in KEY_MEASURES:
            values = [one.measures.get((name, service, "all")) for one in runs]
            known = [value for value in values if value is not None]
            if not known:
                continue
            unit = MEASURES[name].unit
            mean = sum(known) / len(known)
            spread = [min(known), max(known)] if len(runs) > 1 else []
            rows.append([MEASURES[name].title, *(number(value, unit) for value in (mean, *spread))])
        title = f"{runs[0].name}, {service}, {len(runs)} seed{'s' if len(runs) > 1 else ''}"
        heads = ["mean", "lowest", "highest"] if len(runs) > 1 else ["value"]
        write_table(["measure", *heads], rows, title=title)
    tell_warnings(found)
    places = {one.folder.parent for one in runs}
    for place in sorted(places):
        say(f"runs: {place}")


def tell_warnings(found: RunSet) -> None:
    """Note what runs, but may not be meant; each warning once."""
    for words in dict.fromkeys(words for one in found for words in one.manifest["warnings"]):
        note(f"warning: {words}")


def _summary(one: Run, out: Path) -> dict[str, Any]:
    return {
        "run": str(one.folder.relative_to(out)),
        "name": one.name,
        "seed": one.seed,
        "digest": one.digest,
        "days": one.scenario.get("run", {}).get("days"),
        "warnings": len(one.manifest["warnings"]),
    }
