"""Finished runs: what `twin.run` returns and what a folder of runs holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twin.errors import InputError, did_you_mean
from twin.experiment.crossing import crossed_values
from twin.experiment.storage import MANIFEST, read_columns, read_manifest, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from twin.experiment.asked import Key
    from twin.results.groups import Category


@dataclass(frozen=True, eq=False)
class Run:
    """One finished run in its folder.

    Parameters
    ----------
    folder
        Run folder.
    manifest
        Content of ``run.json``.
    scratch
        Columns that were read before.
    """

    folder: Path
    manifest: dict[str, Any] = field(repr=False)
    scratch: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["name"])

    @property
    def seed(self) -> int:
        """Run seed."""
        return int(self.manifest["seed"])

    @property
    def digest(self) -> str:
        """Digest of the scenario that was run."""
        return str(self.manifest["digests"]["scenario"])

    @property
    def scenario(self) -> dict[str, Any]:
        """Resolved scenario document."""
        found: dict[str, Any] = self.manifest["scenario"]
        return found

    @property
    def hash_chain(self) -> list[str]:
        """One link per simulated midnight."""
        return list(self.manifest["hash_chain"])

    @cached_property
    def measures(self) -> dict[tuple[str, str, str], float | None]:
        """Values by (measure, service, group)."""
        return {
            (row["measure"], row["service"], row["group"]): row["value"]
            for row in self.manifest["measures"]
        }

    def crossed(
        self, crossings: Sequence[tuple[str, ...]], cells: Category | None = None
    ) -> dict[Key, float | None]:
        """Return values by several columns at once; see `twin.experiment.crossing`."""
        return crossed_values(self, crossings, cells)

    def columns(self, table: str, names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
        """Return columns of a table as arrays."""
        return read_columns(self.folder, table, names)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a small table as records."""
        return read_rows(self.folder, table)


class RunSet:
    """Runs by scenario and seed.

    Parameters
    ----------
    runs
        Finished runs; of two with one name and seed the later one counts.
    n_made
        How many of them were made now, not found.
    notes
        What the user should know, such as damaged runs that were set aside.
    documents
        Resolved scenarios as they are now: questions and words may be younger
        than a run that is reused.
    map_folder
        Map of the city on this machine, if it is known.
    """

    def __init__(
        self,
        runs: Iterable[Run],
        *,
        n_made: int = 0,
        notes: Sequence[str] = (),
        documents: Mapping[str, dict[str, Any]] | None = None,
        map_folder: Path | None = None,
    ) -> None:
        self._runs: dict[str, dict[int, Run]] = {}
        for run in runs:
            self._runs.setdefault(run.name, {})[run.seed] = run
        self.n_made = n_made
        self.notes = tuple(notes)
        self.map_folder = map_folder
        self._documents = dict(documents or {})

    def __len__(self) -> int:
        return sum(len(by_seed) for by_seed in self._runs.values())

    def __iter__(self) -> Iterator[Run]:
        for by_seed in self._runs.values():
            yield from by_seed.values()

    def __repr__(self) -> str:
        return "\n".join(
            [
                "RunSet",
                *(f"  {name}: {len(by_seed)} seeds" for name, by_seed in self._runs.items()),
            ],
        )

    @property
    def names(self) -> list[str]:
        """Names of the scenarios, in the order in which they were given."""
        return list(self._runs)

    def of(self, name: str) -> dict[int, Run]:
        """Return the runs of a scenario by seed."""
        if name not in self._runs:
            raise InputError(
                f"scenario `{name}`",
                "has no run",
                expected=", ".join(self.names) or "at least one run",
                hint=did_you_mean(name, self.names),
            )
        return dict(sorted(self._runs[name].items()))

    def document(self, name: str) -> dict[str, Any]:
        """Return a scenario's resolved document as it is now, or as it was run."""
        known = self._documents.get(name)
        return next(iter(self.of(name).values())).scenario if known is None else known


def find_runs(out: Path) -> Iterator[Run]:
    """Yield the complete runs below a folder; half-written ones are passed by."""
    for path in sorted(out.glob(f"*/*/seed-*/{MANIFEST}")):
        manifest = read_manifest(path.parent)
        if manifest is not None:
            yield Run(path.parent, manifest)


def open_run(folder: Path) -> Run:
    """Return the run of a folder.

    Raises
    ------
    InputError
        If the folder is not a complete run.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise InputError(
            str(folder),
            f"no readable {MANIFEST}",
            expected="a run folder: <out>/<name>/<digest>/seed-00001",
        )
    return Run(folder, manifest)


def is_run_folder(folder: Path) -> bool:
    """Return whether a folder looks like a run, whole or damaged, and nothing else."""
    is_named = folder.name.startswith(("seed-", "damaged-"))
    return is_named and not folder.is_symlink() and (folder / MANIFEST).is_file()
