"""The figure of disturbed streets: bars that add up, words that are safe."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from tests.experiment.fakes import fake_runs, fake_spec
from twin.engine.street_effects import EFFECTS as OF_RUNS
from twin.experiment.comparison import compare
from twin.report.changes import edits_list
from twin.report.page import page
from twin.report.street_shocks import EFFECTS, MOST_FIGURES, street_shocks

EVIL = "<script>alert(1)</script>"


def comparison(*effects: dict[str, Any], title: str = "A flood") -> Any:
    record = {"name": "flood", "title": title, "street_effects": list(effects)}
    return SimpleNamespace(
        document={"scenarios": [record]},
        scenario_document=lambda _name: {"run": {"start": "2024-01-08"}, "title": title},
    )


def moment(zone: str = "Hill", cause: str = "flood") -> dict[str, Any]:
    counts = {"as before": 60, "2 to 5 min longer": 30, "cut off": 10}
    return {
        "time_s": 2 * 86_400.0 + 8 * 3600,
        "cause": cause,
        "service": "primary_care",
        "all": counts,
        "zones": [{"zone": zone, "effects": counts}, {"zone": "Dale", "effects": {"as before": 5}}],
    }


def test_words_are_those_of_the_runs() -> None:
    assert tuple(name for name, _ in EFFECTS) == OF_RUNS


def test_shares_are_widths_and_words() -> None:
    drawn = str(street_shocks(comparison(moment())))
    assert "primary care from 2024-01-10, 08:00" in drawn
    assert "Of 100 residents 30 need longer (30 %) and 10 are cut off (10 %)." in drawn
    assert "30 % longer, 10 % cut off" in drawn
    assert "no change" in drawn
    for css, share in (("calm", 0.6), ("late2", 0.3), ("cutoff", 0.1)):
        widths = [
            float(w) for w in re.findall(rf'width="([\d.]+)" height="16" class="{css}"', drawn)
        ]
        assert round(share * 360, 2) in widths
    assert "late1" not in drawn
    assert "never" not in drawn


def test_wards_without_a_change_share_a_bar() -> None:
    calm = [{"zone": f"Calm{n}", "effects": {"as before": 7}} for n in range(9)]
    few, many = moment(), moment()
    few["zones"] = [*few["zones"][:1], *calm[:4]]
    many["zones"] = [*many["zones"][:1], *calm]
    assert "Calm3" in str(street_shocks(comparison(few)))
    drawn = str(street_shocks(comparison(many)))
    assert "Calm" not in drawn
    assert ">9 other wards<" in drawn
    assert "9 other wards: 63 residents as before" in drawn


def test_nothing_is_drawn_without_streets() -> None:
    assert street_shocks(comparison()) is None


def test_names_cannot_break_out() -> None:
    drawn = str(street_shocks(comparison(moment(zone=EVIL, cause=EVIL), title=EVIL)))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_many_moments_are_cut_and_said() -> None:
    drawn = str(street_shocks(comparison(*[moment()] * (MOST_FIGURES + 3))))
    assert drawn.count("<figure") == MOST_FIGURES
    assert "3 more changes are in comparison.json." in drawn


def test_the_contents_name_the_section_only_if_it_is_there(tmp_path) -> None:
    specs = [fake_spec("baseline"), fake_spec("gain", shift_s=-300.0)]
    found = compare(fake_runs(tmp_path, specs, seeds=[1, 2]), baseline="baseline")
    assert 'href="#streets"' not in page(found)
    found.document["scenarios"][0]["street_effects"] = [moment()]
    text = page(found)
    assert 'href="#streets"' in text
    assert 'id="streets"' in text


def test_edits_of_many_streets_are_one_line() -> None:
    def edit(way: int, new: str) -> dict[str, Any]:
        return {
            "time_s": 0.0, "cause": "flood", "table": "streets", "uid": f"way/{way}",
            "column": "closures", "op": "add", "old": "0", "new": new,
        }  # fmt: skip

    rows = [edit(way, "1") for way in range(5)] + [edit(9, "2")]
    words = str(edits_list(rows, {}))
    assert words.count("<li>") == 2
    assert "streets <code>5 ways and sections</code>" in words
    assert "way/9" in words
    assert str(edits_list(rows[:3], {})).count("<li>") == 3
