"""Records of disturbed streets: small wards are put together, the worst come first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from twin.experiment.street_shocks import ELSEWHERE, street_records, worst_words


def row(zone: str | None, effect: str, n: int, time_s: float = 3600.0) -> dict[str, Any]:
    return {
        "time_s": time_s,
        "cause": "flood",
        "service": "care",
        "zone": zone,
        "effect": effect,
        "n_residents": n,
        "longer_s": None,
    }


def records(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    run = SimpleNamespace(rows=lambda table: list(rows) if table == "street_effects" else [])
    return street_records(cast("Any", run))


def test_wards_by_the_share_that_is_disturbed() -> None:
    (one,) = records(
        row("Hill", "as before", 90),
        row("Hill", "cut off", 10),
        row("Dale", "up to 2 min longer", 5),
        row("Dale", "as before", 5),
        row("Moor", "out of reach before", 7),
    )
    assert [zone["zone"] for zone in one["zones"]] == ["Dale", "Hill", "Moor"]
    assert one["all"] == {
        "as before": 95,
        "cut off": 10,
        "up to 2 min longer": 5,
        "out of reach before": 7,
    }
    assert (one["time_s"], one["cause"], one["service"]) == (3600.0, "flood", "care")


def test_a_ward_of_four_is_not_shown_alone() -> None:
    (one,) = records(
        row("Hill", "as before", 90),
        row("Farm", "cut off", 4),
        row("Mill", "cut off", 2),
        row(None, "as before", 1),
    )
    zones = {zone["zone"]: zone["effects"] for zone in one["zones"]}
    assert zones == {"Hill": {"as before": 90}, ELSEWHERE: {"as before": 1, "cut off": 6}}
    (one,) = records(row("Hill", "as before", 90), row("Farm", "cut off", 4))
    assert [zone["zone"] for zone in one["zones"]] == ["Hill"]
    assert one["all"]["cut off"] == 4


def test_one_record_a_moment_and_no_record_without_streets() -> None:
    found = records(row("Hill", "cut off", 9), row("Hill", "cut off", 8, time_s=7200.0))
    assert [one["all"] for one in found] == [{"cut off": 9}, {"cut off": 8}]
    assert records() == []


def test_the_worst_moment_is_told_in_words():
    calm = {"all": {"as before": 100}}
    late = {"all": {"as before": 90, "2 to 5 min longer": 10}}
    cut = {"all": {"as before": 900, "up to 2 min longer": 70, "cut off": 30}}
    assert worst_words({"street_effects": [late, cut, calm]}) == (
        "Streets closed or slowed: of 1,000 residents 70 need longer (7 %)"
        " and 30 are cut off (3 %)."
    )
    assert "10 need longer" in worst_words({"street_effects": [calm, late]})
    assert worst_words({"street_effects": [calm]}) == ""
    assert worst_words({}) == ""
