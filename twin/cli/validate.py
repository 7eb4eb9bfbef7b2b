"""``twin validate``: whether the engine gives the answers that are known to be right."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.output import note, say, write_json

if TYPE_CHECKING:
    from twin.validation.run import CaseResult


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(validate)


def validate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that holds cases.json.")],
    *,
    family: Annotated[str | None, typer.Option(help="Only the cases of this family.")] = None,
    case_id: Annotated[str | None, typer.Option("--id", help="Only the case with this id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Run known-answer cases through the engine; exit code 1 if one fails.

    Example:  twin validate ../shared/cases --family queueing
    """
    from twin.validation.run import FAILED, validate_folder  # noqa: PLC0415 - loads kernels

    report = validate_folder(folder, family=family, case_id=case_id, tell=_tell)
    if as_json:
        write_json(report.to_dict())
    else:
        for result in report.cases:
            say(_line(result))
        say(report.summary)
    return 1 if report.count(FAILED) else 0


def _tell(result: CaseResult) -> None:
    note(f"{result.id}: {result.status} in {result.seconds:.1f} s")


def _line(result: CaseResult) -> str:
    parts = [f"{result.status:<8}{result.id:<28}{result.family}/{result.model}"]
    if result.metrics:
        n_ok = sum(metric.ok for metric in result.metrics)
        again = sum(metric.first is not None for metric in result.metrics)
        parts.append(f"{n_ok} of {len(result.metrics)} metrics, {result.seconds:.1f} s")
        if again:
            parts.append(f"{again} run again at four times the sample")
    if result.reason:
        parts.append(result.reason)
    return "  ".join(parts)
