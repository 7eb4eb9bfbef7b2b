"""Replications: run what is missing, reuse what is there, in processes or in this one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twin.errors import InputError
from twin.experiment.design import Cell, cells, plan, resolved_document
from twin.experiment.pool import ResilientPool, start_server
from twin.experiment.progress import Progress
from twin.experiment.runset import RunSet, open_run
from twin.experiment.storage import verify_run
from twin.experiment.worker import SIMULATOR, Failure, Order, load_city, make_run, try_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twin.scenario.document import Scenario

OUT: Final = "runs"


def run(
    specs: Scenario | Sequence[Scenario],
    seeds: Sequence[int] | None = None,
    *,
    workers: int = 1,
    out: str | Path = OUT,
    progress: bool = False,
) -> RunSet:
    """Run scenarios with every seed and return the finished runs.

    A complete run that is already in `out` is verified and reused; it is never
    overwritten. A damaged one is set aside under another name and run again.

    Parameters
    ----------
    specs
        Scenarios, as `twin.load_scenario` returns them.
    seeds
        Run seeds; None takes those of each scenario.
    workers
        Processes; 1 runs in this one.
    out
        Folder of the run folders.
    progress
        Show progress on standard error.
    """
    listed = list(specs) if isinstance(specs, Sequence) else [specs]
    return run_with(SIMULATOR, listed, seeds, workers=workers, out=Path(out), progress=progress)


def run_with(
    simulator: str,
    specs: Sequence[Scenario],
    seeds: Sequence[int] | None,
    *,
    workers: int,
    out: Path,
    progress: bool = False,
    map_digest: Callable[[Path], str] | None = None,
) -> RunSet:
    """Run with another simulator, named as ``module:function`` (see `run`)."""
    if workers < 1:
        raise InputError(
            "workers", str(workers), expected="a whole number of processes, at least 1"
        )
    if workers > 1:
        start_server()
    digest_of = map_digest or _map_digest
    arms = plan(specs, out, map_digest={spec.map: digest_of(spec.map) for spec in specs})
    wanted = cells(arms, seeds)
    notes: list[str] = []
    missing = [cell for cell in wanted if not _is_done(cell, notes)]
    with Progress(len(missing), is_shown=progress) as shown:
        for _ in _made(missing, workers=workers, simulator=simulator):
            shown.advance()
    documents = {arm.name: resolved_document(arm.spec) for arm in arms}
    return RunSet(
        [open_run(cell.folder) for cell in wanted],
        n_made=len(missing),
        notes=notes,
        documents=documents,
        map_folder=specs[0].map if specs else None,
    )


def _made(missing: Sequence[Cell], *, workers: int, simulator: str) -> Iterator[Order]:
    """Make the missing runs and yield each when it is done."""
    orders = [
        Order(cell.arm.spec, cell.seed, cell.folder, cell.arm.digests, simulator)
        for cell in missing
    ]
    if min(workers, len(orders)) <= 1:
        for order in orders:
            make_run(order)
            yield order
        return
    for order, found in ResilientPool(min(workers, len(orders))).map(try_run, orders):
        if isinstance(found, Failure):
            raise found.error(order)
        yield order


def _is_done(cell: Cell, notes: list[str]) -> bool:
    """Return whether a cell has a sound run; set a damaged one aside and note it."""
    if not cell.folder.exists():
        return False
    damage = verify_run(cell.folder)
    if damage == "":
        return True
    number = 1
    while (aside := cell.folder.with_name(f"damaged-{number}-{cell.folder.name}")).exists():
        number += 1
    cell.folder.rename(aside)
    notes.append(f"{cell}: {damage}; kept as {aside.name}, run again")
    return False


def _map_digest(path: Path) -> str:
    return str(load_city(path).digest)
