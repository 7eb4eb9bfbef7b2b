"""A city without streets: tables of the declared schemas from a few formulas."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from twin.errors import InputError, InputErrors
from twin.experiment.runner import run_with
from twin.experiment.runset import RunSet
from twin.experiment.worker import Simulated
from twin.results.tables import EDITS, LEDGER, schema_of

SERVICE = "primary_care"
DAYS = 14
MEASURES: dict[str, Any] = {
    "unmet_equivalent_s": 7200.0,
    "inequality_aversion_per_h": 0.5,
    "by": (),
    "smallest_group": 5,
}
FAKE = "tests.experiment.fakes:fake_run"


@dataclass(frozen=True)
class FakeSpec:
    """The parts of a scenario that experiments read."""

    name: str
    resolved: dict[str, Any]
    title: str = ""
    map: Path = Path("maps/nowhere")
    source: Path | None = None
    run: Any = field(
        default_factory=lambda: SimpleNamespace(
            days=DAYS, warmup_days=0, cooldown_days=0, seeds=(1, 2, 3)
        )
    )
    measures: Any = field(default_factory=lambda: SimpleNamespace(**MEASURES))
    services: Any = (SimpleNamespace(id=SERVICE, choice=SimpleNamespace(rule="nearest")),)
    output: Any = field(default_factory=lambda: SimpleNamespace(level="standard"))

    def assumed(self) -> list[dict[str, str]]:
        """Return one value that nobody wrote."""
        return [{"path": "population.female_share", "value": "0.51", "why": "a default"}]


def fake_spec(name: str, *, shift_s: float = 0.0, forgo: float = 0.05, **more: Any) -> FakeSpec:
    """Return a scenario whose migrants wait `shift_s` longer and whose residents forgo a share."""
    resolved = {
        "name": name,
        "title": more.pop("title", name),
        "map": "maps/nowhere",
        "run": {"start": "2026-03-02", "days": DAYS, "warmup_days": 0, "cooldown_days": 0},
        "population": {"seed": 1},
        "fake": {"shift_s": shift_s, "forgo": forgo, "n_residents": 400, "n_visits": 1500, **more},
        "measures": {**MEASURES, "smallest_effect_s": 60.0},
        "questions": [
            {
                "id": "migrants",
                "title": "",
                "measure": "wait_mean_s",
                "service": SERVICE,
                "by": "registration",
                "better": "lower",
                "smallest_effect": 30.0,
            }
        ],
        "interventions": [],
        "tags": {},
    }
    return FakeSpec(name, resolved, title=str(resolved["title"]))


def draws(seed: int, stream: int, n: int) -> np.ndarray[Any, Any]:
    """Return uniforms that depend on (seed, stream, place) only."""
    place = np.arange(n, dtype=np.uint64) + np.uint64(seed * 1_000_003 + stream * 7_919)
    mixed = place * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(float) / 2.0**53


def category(codes: np.ndarray[Any, Any], labels: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32()), pa.array(labels, pa.string())
    )


def resident_columns(n: int) -> dict[str, Any]:
    """Return the same residents in every run."""
    pick = {name: draws(0, place, n) for place, name in enumerate("abcdefgh")}
    return {
        "resident": np.arange(n, dtype=np.uint32),
        "household": np.arange(n, dtype=np.uint32) // 3,
        "building": np.zeros(n, dtype=np.int32),
        "home_node": (pick["h"] * 20).astype(np.int32),
        "zone": category(
            (pick["a"] * 3).astype(int), ["North", "South", "<script>alert(1)</script>"]
        ),
        "age_band": category((pick["b"] * 3).astype(int), ["0-14", "15-59", "60+"]),
        "sex": category((pick["c"] * 2).astype(int), ["female", "male"]),
        "registration": category((pick["d"] < 0.3).astype(int), ["registered", "migrant"]),
        "income_band": category((pick["e"] * 3).astype(int), ["low", "middle", "high"]),
        "has_car": pick["f"] < 0.4,
        "has_ebike": pick["g"] < 0.4,
        "is_informed": pick["a"] < 0.5,
    }


def fake_tables(settings: dict[str, Any], seed: int) -> dict[str, pa.Table]:
    """Return residents, visits, edits and ledger of one run."""
    n, n_visits = int(settings["n_residents"]), int(settings["n_visits"])
    residents = resident_columns(n)
    is_migrant = residents["registration"].indices.to_numpy() == 1
    who = (draws(seed, 1, n_visits) * n).astype(np.uint32)
    is_forgone = draws(seed, 2, n_visits) < settings["forgo"]
    wait = -np.log1p(-draws(seed, 3, n_visits)) * 600 + 900
    wait = np.maximum(
        wait + settings["shift_s"] * is_migrant[who] * (0.9 + 0.2 * draws(seed, 6, n_visits)), 0
    )
    travel, delay = draws(seed, 4, n_visits) * 1200, draws(seed, 5, n_visits) * 600
    times = {
        name: np.where(is_forgone, np.nan, x)
        for name, x in (("wait", wait), ("travel", travel), ("delay", delay))
    }
    burden = np.where(is_forgone, 7200.0, wait + travel + delay)
    visits = pa.table(
        {
            "visit_id": np.arange(n_visits),
            "resident": who,
            "service": category(np.zeros(n_visits, int), [SERVICE]),
            "need_s": np.sort(draws(seed, 7, n_visits)) * DAYS * 86_400,
            **{f"{name}_s": pa.array(x, from_pandas=True) for name, x in times.items()},
            "outcome": category(is_forgone.astype(int), ["served", "forgone"]),
            **_one_row_a_need(n_visits),
        }
    )
    residents["burden_s"] = np.bincount(who, weights=burden, minlength=n)
    residents["n_needs"] = np.bincount(who, minlength=n)
    residents["n_unmet"] = np.bincount(who, weights=is_forgone, minlength=n).astype(np.int32)
    residents["n_served"] = residents["n_needs"] - residents["n_unmet"]
    for name, seconds in times.items():
        summed = np.bincount(who, weights=np.nan_to_num(seconds), minlength=n)
        residents[f"{name}_s"] = summed
    edits = pa.table(
        {
            "time_s": [172_800.0],
            "cause": ["more <b>staff</b>"],
            "table": ["facilities"],
            "uid": ["osm/node/1/primary_care"],
            "column": ["servers"],
            "op": ["add"],
            "old": ["2"],
            "new": ["3"],
        }
    )
    ledger = schema_of(LEDGER).empty_table()
    more = placed_tables(settings, seed) if "places" in settings else {}
    return {
        "residents": pa.table(residents),
        "visits": visits,
        "edits": edits if settings["shift_s"] else schema_of(EDITS).empty_table(),
        "ledger": ledger,
        **more,
    }


def _one_row_a_need(n: int) -> dict[str, np.ndarray]:
    """Return the columns by which rows of one need add up."""
    nowhere = np.full(n, np.nan)
    return {"arrival_s": nowhere, "end_s": nowhere, "parent": np.full(n, -1)}


def placed_tables(settings: dict[str, Any], seed: int) -> dict[str, pa.Table]:
    """Return visits and facility hours of places whose every number is given.

    A place is [uid, servers, first hour, last hour, needs, wait_s, load]. Needs are
    numbered; the first place has the first ones, so that places of another size move
    the needs between them.
    """
    places = settings["places"]
    n_of = [place[4] for place in places]
    n = sum(n_of)
    row = np.repeat(np.arange(len(places)), n_of)
    order = np.argsort(draws(seed, 8, n), kind="stable")  # rows of a table have no order
    wait = np.repeat([place[5] for place in places], n_of) * (1 + seed / 1000)
    uids = [place[0] for place in places]
    times = {"delay_s": np.zeros(n), "travel_s": np.full(n, 60.0), "wait_s": wait}
    visits = {
        "visit_id": np.arange(n),
        "need_id": np.arange(n, dtype=np.uint64) + np.uint64(2**63),
        "resident": (np.arange(n) % int(settings["n_residents"])).astype(np.uint32),
        "facility": category(row, uids),
        "need_s": (np.arange(n) + 0.5) / n * DAYS * 86_400,
        **times,
    }
    visits = {
        name: column.take(pa.array(order)) if name == "facility" else column[order]
        for name, column in visits.items()
    }
    nothing = np.zeros(n, int)
    visits |= {"service": category(nothing, [SERVICE]), "outcome": category(nothing, ["served"])}
    visits |= _one_row_a_need(n)
    hours = [
        (place, day * 24 + hour) for place in range(len(places)) for day in range(DAYS)
        for hour in range(places[place][2], places[place][3])
    ]  # fmt: skip
    at, hour = np.array([one[0] for one in hours]), np.array([one[1] for one in hours])
    servers = np.array([float(place[1]) for place in places])[at]
    load = np.array([place[6] for place in places])[at]
    open_a_day = np.array([DAYS * (place[3] - place[2]) for place in places])
    per_hour = (np.array(n_of) / open_a_day)[at]
    return {
        "visits": pa.table(visits),
        "facility_hours": pa.table(
            {
                "facility": category(at, uids),
                "service": category(np.zeros(len(at), int), [SERVICE]),
                "hour_s": hour * 3600.0,
                "arrivals": per_hour,
                "served": per_hour,
                "open_servers": servers,
                "utilisation": np.minimum(load, 1.0),
                "busy_s": load * servers * 3600,
            }
        ),
    }


def fake_run(order: Any) -> Simulated:
    """Simulate; with `killed_in` a worker dies once, with `pause_s` it takes its time."""
    seed, settings = order.seed, order.spec.resolved["fake"]
    marker = settings.get("killed_in")
    if marker and seed == 2 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if settings.get("always_killed") and seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    if settings.get("fails") == "input":
        raise InputError("fake.toml:3", "a wrong thing", expected="a right one", hint="mend it")
    if settings.get("fails") == "inputs":
        raise InputErrors([InputError("fake.toml:3", "a thing"), InputError("fake.toml:4", "more")])
    if settings.get("fails") == "defect":
        raise ZeroDivisionError("by nothing")
    time.sleep(settings.get("pause_s", 0.0))
    tables = fake_tables(settings, seed)
    links = [
        f"{seed}-{settings['shift_s']}-{day}" if day > 2 else f"{seed}-{day}" for day in range(DAYS)
    ]
    return Simulated(tables, links, ["a fake <city>"])


def fake_runs(out: Path, specs: Sequence[Any], **more: Any) -> RunSet:
    settings = {"seeds": [1, 2, 3, 4], "workers": 1, **more}
    return run_with(
        FAKE, specs, settings.pop("seeds"), out=out, map_digest=lambda _: "f" * 64, **settings
    )
