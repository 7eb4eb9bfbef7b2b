"""Facilities before and after, where every number is known by construction."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.experiment.fakes import SERVICE, fake_runs, fake_spec
from tests.experiment.placed import SEED_MEAN, A, B, against, changed, record_of
from twin.experiment.by_facility import facility_records, paired
from twin.experiment.comparison import compare
from twin.results.by_facility import by_facility
from twin.results.groups import Category

DAY_S = 86_400


def facilities(tmp_path: Path, *places: Any, **more: Any) -> dict[str, dict[str, Any]]:
    found = record_of(against(tmp_path, list(places), **more))["facilities"]
    return {one["facility"]: one for one in found}


def test_a_second_server_halves_the_load(tmp_path: Path) -> None:
    found = facilities(tmp_path, changed(A, servers=2, load=0.475, wait_s=600.0), B)
    assert list(found) == ["A", "B"]
    a, b = found.values()
    assert a["load"]["baseline"] == pytest.approx(0.95)
    assert a["load"]["difference"] == pytest.approx(-0.475)
    assert [a["staffed_h_per_week"][arm] for arm in ("baseline", "scenario")] == [56.0, 112.0]
    assert a["arrivals_per_day"]["scenario"] == pytest.approx(100.0)
    assert a["served_per_day"]["difference"] == pytest.approx(0.0)
    wait = a["wait_mean_s"]
    assert wait["difference"] == pytest.approx(-2400 * SEED_MEAN)
    assert wait["ci_low"] < wait["difference"] < wait["ci_high"] < 0
    assert wait["n_seeds"] == 4
    assert a["wait_p90_s"]["scenario"] == pytest.approx(600 * SEED_MEAN)
    assert a["wait_h_per_week"]["difference"] == pytest.approx(-700 * 2400 / 3600 * SEED_MEAN)
    assert (a["is_changed"], b["is_changed"]) == (True, False)
    assert b["wait_mean_s"]["difference"] == b["load"]["difference"] == 0.0


def test_the_largest_change_of_waiting_comes_first(tmp_path: Path) -> None:
    found = facilities(tmp_path, changed(A, wait_s=2900.0), changed(B, wait_s=600.0))
    assert list(found) == ["B", "A"]


def test_a_new_place_has_no_load_before_and_no_visitors(tmp_path: Path) -> None:
    new = ["C", 1, 8, 16, 700, 60.0, 0.4]
    found = facilities(tmp_path, changed(A, needs=700), B, new)["C"]
    assert found["load"] == {
        "baseline": None, "scenario": pytest.approx(0.4), "difference": None,
        "ci_low": None, "ci_high": None, "n_seeds": 0,
    }  # fmt: skip
    assert found["arrivals_per_day"]["difference"] == pytest.approx(50.0)
    assert found["wait_h_per_week"]["baseline"] == 0.0
    assert found["is_changed"]


def test_one_seed_gives_no_interval_and_the_file_no_nan(tmp_path: Path) -> None:
    result = against(tmp_path, [changed(A, wait_s=600.0), B], seeds=[3])
    text = result.write(tmp_path).read_text()
    assert "NaN" not in text
    first = json.loads(text)["scenarios"][0]["facilities"][0]
    assert first["wait_mean_s"]["difference"] == pytest.approx(-2400 * 1.003)
    assert first["wait_mean_s"]["ci_low"] is None


def test_names_tags_and_edits_come_from_the_runs(tmp_path: Path) -> None:
    result = against(tmp_path, [changed(A, wait_s=600.0), B])
    runs = (result.runs_of("baseline"), result.runs_of("other"))
    runs[0][0].manifest["facilities"] = [
        {"service": SERVICE, "uid": "A", "name": "Old town", "tag": "assumed"}
    ]
    found = facility_records(paired(*runs, level=0.95), *runs)
    assert [(one["name"], one["tag"]) for one in found] == [("Old town", "assumed"), ("B", "")]


def test_runs_without_hours_have_no_facilities(tmp_path: Path) -> None:
    result = compare(fake_runs(tmp_path, [fake_spec("baseline"), fake_spec("other", shift_s=9.0)]))
    assert record_of(result)["facilities"] == []


def hours(n: int, **more: Any) -> dict[str, Any]:
    places = Category(np.zeros(n, dtype=np.int32), ("A",))
    given = {name: np.full(n, 1.0) for name in ("arrivals", "served", "open_servers")}
    return {
        "facility": places, "service": places, "hour_s": np.arange(n) * 3600.0, **given,
        "utilisation": np.ones(n), "busy_s": np.full(n, 3600.0), **more,
    }  # fmt: skip


def test_work_after_closing_counts_and_only_the_window_does() -> None:
    late = hours(48, open_servers=np.r_[np.ones(24), np.full(24, 0.5)])
    found = by_facility(late, None, services=["A"], window_s=(DAY_S, 2 * DAY_S))
    assert found.values["load"][0] == pytest.approx(2.0)
    assert found.values["staffed_h"][0] == pytest.approx(12.0 * 7)
    assert found.values["arrivals"][0] == pytest.approx(24.0)
    assert np.isnan(found.values["wait_mean_s"][0])


def test_waits_are_those_of_served_needs_at_the_place() -> None:
    rng = np.random.default_rng(1)
    n = 2000
    wait, row = rng.exponential(600, n), rng.integers(-1, 2, n).astype(np.int32)
    is_served = rng.random(n) < 0.8
    visits: dict[str, Any] = {
        "need_id": rng.permutation(n).astype(np.uint64),
        "service": Category(np.zeros(n, dtype=np.int32), ("A",)),
        "facility": Category(row, ("none", "A")),
        "need_s": rng.random(n) * 2 * DAY_S,
        "wait_s": np.where(is_served, wait, np.nan),
        "outcome": Category(np.where(is_served, 0, 1).astype(np.int32), ("served", "balked")),
    }
    found = by_facility(hours(48), visits, services=["A"], window_s=(0.0, DAY_S))
    own = wait[is_served & (row == 1) & (visits["need_s"] < DAY_S)]
    assert found.values["wait_mean_s"][0] == pytest.approx(own.mean())
    assert found.values["wait_p90_s"][0] == pytest.approx(np.quantile(own, 0.9))
    assert found.values["wait_h"][0] == pytest.approx(own.sum() / 3600 * 7)
    needs = (found.needs or {})["A"]
    assert (np.diff(needs.need_id.astype(np.int64)) > 0).all()
    assert (needs.place >= 0).sum() == ((row == 1) & (visits["need_s"] < DAY_S)).sum()


def test_forty_runs_of_five_thousand_visits_take_well_under_half_a_second(tmp_path: Path) -> None:
    places = [["P" + str(place), 1, 8, 16, 417, 600.0, 0.8] for place in range(12)]
    result = against(tmp_path, places, base=places, seeds=list(range(1, 21)))
    runs = (result.runs_of("baseline"), result.runs_of("other"))
    began = time.process_time()
    found = facility_records(paired(*runs, level=0.95), *runs)
    assert time.process_time() - began < 0.5
    assert len(found) == 12
