"""Compare scenarios with a baseline, paired by seed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twin.errors import InputError, did_you_mean
from twin.experiment.arms import PairedArms, paired_arms
from twin.experiment.asked import asked_crossings, asked_rows, unanswered
from twin.experiment.by_cell import cell_rows
from twin.experiment.by_facility import facility_records, paired
from twin.experiment.crossing import H3, people_columns
from twin.experiment.gains import FEWEST, Gains, gains
from twin.experiment.statistics import LEVEL
from twin.experiment.street_shocks import street_records
from twin.experiment.verdicts import effect_rows
from twin.experiment.who_bears import lorenz_records
from twin.experiment.why import explanations
from twin.results.groups import columns_of
from twin.results.measure import STANDARDISED
from twin.results.measures import MEASURES
from twin.results.quantities import names_in_short
from twin.results.storage import to_json, write_bytes_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from twin.experiment.asked import Asked, Key
    from twin.experiment.runset import Run, RunSet

SCHEMA: Final = 1
FILE: Final = "comparison.json"
REPORT: Final = "report.html"
COMPARABLE: Final = ("start", "days", "warmup_days", "cooldown_days")
"""Keys of ``[run]`` that two arms must share; the seeds are paired one by one."""


class Comparison:
    """Paired effects of scenarios against a baseline.

    Parameters
    ----------
    runs
        Finished runs.
    baseline
        Name of the baseline.
    scenarios
        Names of the others; None takes all, in the order of `runs`.
    seeds
        Seeds to pair; None takes those that every arm has.
    level
        Confidence level.
    """

    def __init__(
        self,
        runs: RunSet,
        baseline: str,
        *,
        scenarios: Sequence[str] | None = None,
        seeds: Sequence[int] | None = None,
        level: float = LEVEL,
    ) -> None:
        if not 0.5 < level < 1:  # noqa: PLR2004
            raise InputError("level", f"{level:g}", expected="a share such as 0.95, not per cent")
        self.baseline = baseline
        self.level = level
        listed = dict.fromkeys(runs.names if scenarios is None else scenarios)
        self.scenarios = [name for name in listed if name != baseline]
        self._runset = runs
        self._runs = {name: runs.of(name) for name in [baseline, *self.scenarios]}
        self._check_comparable()
        self.seeds = self._common_seeds(seeds)

    def __repr__(self) -> str:
        lines = [f"Comparison with `{self.baseline}`, {len(self.seeds)} paired seeds"]
        for record in self.document["scenarios"]:
            counts = record["residents"]
            lines.append(f"  {record['name']}: {counts['gained']} gained, {counts['lost']} lost")
        return "\n".join(lines)

    def runs_of(self, name: str) -> list[Run]:
        """Return the paired runs of one arm, by seed."""
        return [self._runs[name][seed] for seed in self.seeds]

    def scenario_document(self, name: str) -> dict[str, Any]:
        """Return the resolved scenario of an arm, with its words and questions as they are now."""
        return self._runset.document(name)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know: damaged runs set aside, questions without an answer."""
        silent = [
            words
            for record in self.document["scenarios"]
            for words in unanswered(self.scenario_document(record["name"]), record["measures"])
        ]
        return (*self._runset.notes, *dict.fromkeys(silent))

    @cached_property
    def document(self) -> dict[str, Any]:
        """Content of ``comparison.json``."""
        first = self.runs_of(self.baseline)[0].manifest
        return {
            "schema": SCHEMA,
            "baseline": self.baseline,
            "seeds": self.seeds,
            "level": self.level,
            "n_residents": first["n_residents"],
            "digests": {
                name: self.runs_of(name)[0].digest for name in [self.baseline, *self.scenarios]
            },
            "map": {"name": first["scenario"].get("map"), "digest": first["digests"]["map"]},
            "scenarios": [self._scenario(name) for name in self.scenarios],
        }

    def effect(
        self, measure: str, *, service: str | None = None, by: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of a measure, for everyone or by a column of residents.

        Parameters
        ----------
        measure
            Name of a measure.
        service
            Id of a service; None takes all there are.
        by
            Column such as ``registration``, or several as a question crossed them;
            None gives the group ``all``. ``h3`` groups by cell of the home, also crossed
            with a column of residents: computed when asked for, which takes a second.
        """
        if measure not in MEASURES:
            raise InputError(
                f"measure `{measure}`",
                "is not known",
                expected=", ".join(names_in_short(MEASURES)),
                hint=did_you_mean(measure, MEASURES),
            )
        columns = tuple(by.replace(" ", "").split(",")) if by else ()
        records = self.document["scenarios"]
        if H3 in columns:
            records = [self._by_cell(name, columns) for name in self.scenarios]
        return [
            {"scenario_name": record["name"], **row}
            for record in records
            for row in record["measures"]
            if row["measure"] == measure
            and service in (None, row["service"])
            and columns_of(row["group"]) == columns
        ]

    def verdicts(self) -> list[dict[str, Any]]:
        """Return the rows that answer a question, each with its `scenario_name`."""
        return [
            {"scenario_name": record["name"], **row}
            for record in self.document["scenarios"]
            for row in record["measures"]
            if row["question_id"] is not None
        ]

    def residents(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return who gained and lost: one record a scenario with counts, in all and by group."""
        return [
            {
                "scenario": scenario,
                **self.gains(scenario).counts(),
                "by_group": self.gains(scenario).by_group(),
            }
            for scenario in self.scenarios
            if name in (None, scenario)
        ]

    def gains(self, name: str) -> Gains:
        """Return each resident's mean paired difference in one scenario."""
        found = self._gains.get(name)
        if found is None:
            runs = self.runs_of(name)
            settings = runs[0].scenario.get("measures", {})
            found = self._gains[name] = gains(
                self.runs_of(self.baseline),
                runs,
                threshold_s=float(settings.get("smallest_effect_s", 0.0)),
                fewest=int(settings.get("smallest_group", FEWEST)),
            )
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return all rows as a pandas frame."""
        import pandas as pd  # noqa: PLC0415 - half a second, and only here

        return pd.DataFrame(
            [
                {"scenario_name": record["name"], **row}
                for record in self.document["scenarios"]
                for row in record["measures"]
            ]
        )

    def write(self, folder: str | Path) -> Path:
        """Write ``comparison.json`` atomically and return its path."""
        path = Path(folder) / FILE
        write_bytes_atomically(path, to_json(self.document).encode())
        return path

    def report(self, path: str | Path, *, map_folder: str | Path | None = None) -> Path:
        """Write the offline report; a folder gets ``report.html``.

        Parameters
        ----------
        path
            File or folder.
        map_folder
            Folder of the city's map, for the picture of gains and losses; None
            takes the one that was run, if it is still there.
        """
        import importlib  # noqa: PLC0415

        # the report lies above this layer: it is looked up when it is asked for
        write = importlib.import_module("twin.report.page").write_report
        known = self._runset.map_folder if map_folder is None else Path(map_folder)
        found: Path = write(
            self, Path(path), map_folder=known if known and known.is_dir() else None
        )
        return found

    @cached_property
    def _gains(self) -> dict[str, Gains]:
        return {}

    def _scenario(self, name: str) -> dict[str, Any]:
        arms = self._arms(name)
        same_age = arms.standardised_effects(level=self.level)
        rows = effect_rows(arms.crude, self._asked(name, arms.crude.keys), level=self.level)
        for row in rows:
            row[STANDARDISED] = same_age.get((row["measure"], row["service"], row["group"]))
        found = self.gains(name)
        questions = self.scenario_document(name).get("questions") or []
        record = {
            "name": name,
            "title": self.scenario_document(name).get("title", ""),
            "measures": rows,
            "questions": [question["id"] for question in questions],
            "residents": {
                **found.counts(),
                "n_without_need": found.n_idle,
                "smallest_effect_s": found.threshold_s,
                "smallest_group": found.fewest,
                "by_group": found.by_group(),
            },
            "cost": self._cost(name),
            "break_even": [],
        }
        runs = (self.runs_of(self.baseline), self.runs_of(name))
        by_facility = paired(*runs, level=self.level)
        record["facilities"] = facility_records(by_facility, *runs)
        record["explanations"] = explanations(record, by_facility, runs)
        streets = street_records(runs[1][0])
        return record | {"street_effects": streets, "lorenz": lorenz_records(*runs)}

    def _arms(self, name: str) -> PairedArms:
        """Return the paired values of all rows that both arms have, but for too small groups."""
        columns = asked_crossings(self.scenario_document(name))
        small = self.gains(name).small_groups(people_columns(columns))
        arms = (self.runs_of(self.baseline), self.runs_of(name))
        return paired_arms(*arms, crossings=columns, small=small)

    def _by_cell(self, name: str, columns: tuple[str, ...]) -> dict[str, Any]:
        """Return all rows of one scenario by cell of the home."""
        arms = (self.runs_of(self.baseline), self.runs_of(name))
        rows = cell_rows(arms, self._runset.map_folder, columns, level=self.level)
        return {"name": name, "measures": rows}

    def _asked(self, name: str, keys: Sequence[Key]) -> dict[Key, Asked]:
        return asked_rows(self.scenario_document(name), self.runs_of(name), keys)

    def _cost(self, name: str) -> dict[str, Any]:
        """Return the ledger's sum beyond the baseline's; what costs nothing is worth 0 at any rate.

        Of a sum that is not 0 no present value is known before finance gives the rate.
        """
        amounts = [
            [float(row["amount"]) for row in self.runs_of(arm)[0].rows("ledger")]
            for arm in (self.baseline, name)
        ]
        return {
            "npv": None if any(amounts[0]) or any(amounts[1]) else 0.0,
            "undiscounted": float(sum(amounts[1]) - sum(amounts[0])),
            "per_effect": {},
        }

    def _check_comparable(self) -> None:
        """Refuse arms that differ in more than what they are asked about."""
        first = next(iter(self._runs[self.baseline].values()))
        for name in [self.baseline, *self.scenarios]:
            runs = list(self._runs[name].values())
            digests = sorted({run.digest[:16] for run in runs})
            if len(digests) > 1:
                raise InputError(
                    f"runs of `{name}`",
                    f"are of {len(digests)} versions: {', '.join(digests)}",
                    expected="one version of a scenario: its seeds are averaged",
                    hint="give the runs of one folder <out>/<name>/<digest>",
                )
            check_comparable(first.manifest, runs[0].manifest)

    def _common_seeds(self, seeds: Sequence[int] | None) -> list[int]:
        common = sorted(set.intersection(*(set(by_seed) for by_seed in self._runs.values())))
        if seeds is not None:
            missing = sorted(set(seeds) - set(common))
            if missing:
                raise InputError(
                    "seeds", f"{missing} were not run in every scenario", expected=f"among {common}"
                )
            common = sorted(set(seeds))
        if not common:
            raise InputError(
                "seeds",
                "no seed was run in every scenario",
                expected="the same seeds: differences are paired",
            )
        return common


def compare(
    runs: RunSet,
    baseline: str | None = None,
    *,
    scenarios: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    level: float = LEVEL,
) -> Comparison:
    """Return the comparison of scenarios with a baseline, paired by seed.

    Parameters
    ----------
    runs
        Finished runs.
    baseline
        Name of the baseline; None takes the first scenario of `runs`.
    scenarios
        Names of the others; None takes all.
    seeds
        Seeds to pair; None takes those that every arm has.
    level
        Confidence level.

    Raises
    ------
    InputError
        If the arms differ in map, population or the days that are run.
    """
    if not runs.names:
        raise InputError(
            "runs", "there is none", expected="finished runs of a baseline and a scenario"
        )
    return Comparison(
        runs, baseline or runs.names[0], scenarios=scenarios, seeds=seeds, level=level
    )


def check_comparable(baseline: Mapping[str, Any], scenario: Mapping[str, Any]) -> None:
    """Refuse two manifests whose difference would not be the intervention's alone.

    Raises
    ------
    InputError
        If map, population, version of the results or days differ.
    """
    where = f"`{baseline['name']}` and `{scenario['name']}`"
    for part in ("map", "population"):
        if baseline["digests"][part] != scenario["digests"][part]:
            raise InputError(
                where,
                f"have another {part}",
                expected=f"one {part} for both: residents are paired",
                hint='let the scenario extend the baseline: extends = "baseline.toml"',
            )
    for key in COMPARABLE:
        left, right = (
            manifest["scenario"].get("run", {}).get(key) for manifest in (baseline, scenario)
        )
        if left != right:
            raise InputError(
                where,
                f"differ in [run] {key}: {left} and {right}",
                expected="the same days for both",
            )
    versions = [manifest["versions"].get("results") for manifest in (baseline, scenario)]
    if versions[0] != versions[1]:
        raise InputError(
            where,
            f"were made by different versions of the results: {versions}",
            expected="one version",
        )
