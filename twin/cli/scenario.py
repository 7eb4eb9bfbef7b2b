"""Commands about scenario files: ``twin check``, ``twin schema`` and ``twin init``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from twin.cli.output import note, say, write_json, write_table
from twin.errors import InputError, InputErrors

if TYPE_CHECKING:
    from twin.scenario.inspection import Inspection

N_UNTAGGED_SHOWN: Final = 10
_WRONG: Final = 2


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(check)
    app.command()(schema)
    app.command()(init)


def check(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files.")],
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY.PATH=VALUE", help="Lay a value over the files."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Say everything that is wrong with scenarios, or what they would run.

    Example:  twin check scenarios/monaco/*.toml
    """
    reports = [_report(path, settings or []) for path in scenarios]
    is_right = all(report["ok"] for report in reports)
    if as_json:
        write_json({"schema": 1, "ok": is_right, "scenarios": reports})
    else:
        for report in reports:
            _tell(report)
        notes = [text for report in reports for text in report.get("notes", ())]
        errors = [text for report in reports for text in _error_texts(report)]
        for text in dict.fromkeys([*notes, *errors]):
            note(text)
    return 0 if is_right else _WRONG


def _report(path: Path, settings: list[str]) -> dict[str, Any]:
    """Return what there is to say about one scenario, as plain data."""
    report: dict[str, Any] = {"file": str(path), "ok": True, "errors": [], "warnings": []}
    try:
        inspection = _inspected(path, settings)
    except InputErrors as errors:
        return report | {"ok": False, "errors": [error.to_dict() for error in errors.errors]}
    except InputError as error:
        return report | {"ok": False, "errors": [error.to_dict()]}
    compiled = inspection.compiled
    return report | {
        "name": compiled.scenario.name,
        "title": compiled.scenario.title,
        "warnings": list(compiled.warnings),
        "notes": list(compiled.city.notes),
        "runs": inspection.to_dict(),
    }


def _inspected(path: Path, settings: list[str]) -> Inspection:
    from twin.cli.preflight import check_memory  # noqa: PLC0415
    from twin.scenario.inspection import city_of, inspected  # noqa: PLC0415 - heavy
    from twin.scenario.load import load_scenario  # noqa: PLC0415

    scenario = load_scenario(path, settings)
    inspection = inspected(scenario, city_of(scenario))
    check_memory(inspection)
    return inspection


def _tell(report: dict[str, Any]) -> None:
    if not report["ok"]:
        return
    runs = report["runs"]
    rows = [
        ("map", runs["map"]),
        ("days", f"{runs['days']} from {runs['start']}, {runs['measured_days']} of them measured"),
        ("residents", f"{runs['residents']:,}"),
        *((f"service {name}", _service_words(counts)) for name, counts in runs["services"].items()),
        *_fit_rows(runs["population_fit"]),
        *((f"schools {name}", _school_words(counts)) for name, counts in runs["schools"].items()),
        ("edits", _edit_words(runs["edits_by_cause"], has_policies=bool(runs["policies"]))),
        *((f"policy {name}", kind) for name, kind in runs["policies"].items()),
        ("questions", ", ".join(runs["questions"]) or "none"),
        ("seeds", str(runs["n_seeds"])),
        ("a seed", _estimate_words(runs["per_seed"])),
    ]
    write_table(("right", report["file"]), rows, numbers_from=2)
    for warning in report["warnings"]:
        note(f"warning: {warning}")
    _tell_untagged(runs["untagged"])


def _error_texts(report: dict[str, Any]) -> list[str]:
    """Return each error in words; files that extend a wrong one all tell of it."""
    return [
        str(InputError(one["where"], one["found"], expected=one["expected"], hint=one["hint"]))
        for one in report["errors"]
    ]


def _service_words(counts: dict[str, int]) -> str:
    later = f", {counts['open_later']} that open later" if counts["open_later"] else ""
    assumed = f" ({counts['assumed']} assumed)" if counts["assumed"] else ""
    return f"{counts['facilities']} facilities{assumed} with {counts['servers']} servers{later}"


def _fit_rows(fit: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return a line for each margin that the residents are fitted to."""
    return [
        (
            f"margin {one['id']}",
            (
                f"{one['tae']:,.0f} of {one['total']:,.0f} misplaced, worst {one['worst']}:"
                f" {one['worst_found']:,.0f} for {one['worst_target']:,.0f}"
            ),
        )
        for one in (fit["margins"] if fit else ())
    ]


def _school_words(counts: dict[str, int]) -> str:
    later = f", {counts['open_later']} that open later" if counts["open_later"] else ""
    rounds = "1 round" if counts["rounds"] == 1 else f"{counts['rounds']} rounds"
    return f"{counts['schools']} with {counts['places']:,} places{later}, {rounds}"


def _edit_words(by_cause: dict[str, int], *, has_policies: bool) -> str:
    none = "none before the run" if has_policies else "none: a baseline"
    return ", ".join(f"{n} by {cause}" for cause, n in by_cause.items()) or none


def _estimate_words(per_seed: dict[str, Any]) -> str:
    return (
        f"about {per_seed['n_needs']:,} needs, {per_seed['memory_mb']:,} MB,"
        f" {per_seed['seconds']:g} s once compiled"
    )


def _tell_untagged(untagged: list[str]) -> None:
    if not untagged:
        return
    note(f"warning: {len(untagged)} values bear no tag (sourced, derived, assumed, fitted):")
    for line in untagged[:N_UNTAGGED_SHOWN]:
        note(f"  {line}")
    if len(untagged) > N_UNTAGGED_SHOWN:
        note(f"  ... and {len(untagged) - N_UNTAGGED_SHOWN} more (--json lists all)")


def schema(
    *,
    out: Annotated[Path | None, typer.Option("--out", help="File to write, not stdout.")] = None,
) -> None:
    """Write the JSON Schema of a scenario file, for editors that complete and check.

    Example:  twin schema --out scenario.schema.json
    """
    from twin.scenario.load import scenario_schema  # noqa: PLC0415 - heavy

    document = scenario_schema()
    if out is None:
        write_json(document)
        return
    try:
        out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        found = f"cannot be written ({error.strerror})"
        raise InputError(str(out), found, expected="a file in a folder that exists") from error
    note(f"wrote {out}")


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the city.")],
    *,
    map_folder: Annotated[
        Path | None,
        typer.Option("--map", help="Map folder; else maps/NAME or maps/monaco."),
    ] = None,
    folder: Annotated[Path, typer.Option("--in", help="Folder around it.")] = Path("scenarios"),
) -> None:
    """Write a commented city folder to start from: a baseline, one intervention, a facility table.

    Example:  twin init mytown --map maps/mytown
    """
    from twin.scenario.new_city import default_map, write_city  # noqa: PLC0415 - heavy

    written = write_city(name, folder, map_folder=map_folder)
    for path in written:
        say(str(path))
    chosen = map_folder or default_map(name)
    if not chosen.exists():
        note(f"there is no {chosen} yet: twin map build EXTRACT --out {chosen}")
    elif chosen.name != name:
        note(f"on the map {chosen}; another is named by --map, or by `map` in the baseline")
    note(f"next: twin check {written[0].parent}/*.toml")
