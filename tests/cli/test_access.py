"""`twin access`: answers without a run, of a scenario or of a bare map."""

from __future__ import annotations

import json

import numpy as np
import pytest

from twin.cli import main
from twin.cli.runs import KEY_MEASURES
from twin.cli.tiny_city import write_tiny_city
from twin.engine.access import access_seconds
from twin.engine.preparation import prepare
from twin.report.who_bears import OF_EQUITY
from twin.scenario.inspection import city_of
from twin.scenario.load import load_scenario


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_city(folder)
    return folder


def asked(capsys, *words):
    assert main(["access", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def told(capsys, *words):
    code = main(["access", *map(str, words)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_document_holds_what_the_engine_computes(place, capsys):
    document = asked(capsys, place / "tiny.toml")
    scenario = load_scenario(place / "tiny.toml")
    prep = prepare(city_of(scenario), scenario)
    time_s = access_seconds(prep)["primary_care.access_s"]
    (service,) = document["services"]
    values = {(row["measure"], row["group"]): row["value"] for row in service["measures"]}
    assert values["access_mean_s", "all"] == pytest.approx(np.nanmean(time_s))
    assert values["access_share_5min", "all"] == pytest.approx((time_s <= 300).mean())
    assert values["access_p90_s", "all"] == pytest.approx(np.quantile(time_s, 0.9))
    assert (document["n_residents"], document["day"], document["date"]) == (400, 1, "2024-01-09")
    assert service["server_hours"] == pytest.approx(3 * 70.0)
    assert service["server_hours_reached"] == pytest.approx(3 * 70.0)
    # Three doctors of seventy hours a week for 400 residents, whoever reaches whom.
    assert service["score"] == pytest.approx(3 * 70.0 / 400 * 1000)


def test_places_add_up_to_the_city(place, capsys):
    for by in ("ward", "h3"):
        if by == "h3":
            pytest.importorskip("h3", reason="the extra [h3] is not installed")
        (service,) = asked(capsys, place / "tiny.toml", "--by", by, "--resolution", "10")[
            "services"
        ]
        places = service["places"]
        assert sum(one["n_residents"] for one in places) + service["n_hidden"] == 400
        if not service["n_hidden"]:
            mean = sum(one["n_residents"] * one["score"] for one in places) / 400
            assert mean == pytest.approx(service["score"])


def test_tables_are_told_and_written(place, capsys, tmp_path):
    code, out, err = told(capsys, place / "tiny.toml", "--out", tmp_path / "new")
    assert code == 0
    assert "primary care: 2 facilities in operation, 210 server-hours a week" in out
    assert "mode walk" in out
    assert "relation/1" in out
    assert "access.html" in err
    page = (tmp_path / "new" / "access.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http" not in page.split("</style>")[1]
    json.loads((tmp_path / "new" / "access.json").read_text(encoding="utf-8"))
    assert not (tmp_path / "new" / "access_primary_care.geojson").exists()


def test_how_unequal_times_are_is_told_by_group(place, capsys, tmp_path):
    one = asked(capsys, place / "tiny.toml")["services"][0]
    values = {(row["measure"], row["group"]): row["value"] for row in one["measures"]}
    assert 0 <= values["access_gini", "all"] < 1
    assert values["access_kp_ede_s", "all"] >= values["access_mean_s", "all"]
    assert ("access_gini", "registration=migrant") in values
    code, out, _ = told(capsys, place / "tiny.toml", "--out", tmp_path / "unequal")
    assert code == 0
    assert "Gini" in out
    page = (tmp_path / "unequal" / "access.html").read_text(encoding="utf-8")
    assert "if alike" in page
    assert "Kolm-Pollak" in page


def test_equity_is_in_no_table_of_a_run():
    assert not OF_EQUITY & set(KEY_MEASURES)


def test_cells_are_written_with_their_outlines(place, capsys, tmp_path):
    pytest.importorskip("h3", reason="the extra [h3] is not installed")
    code, _, _ = told(capsys, place / "tiny.toml", "--by", "h3", "--out", tmp_path)
    assert code == 0
    written = json.loads((tmp_path / "access_primary_care.geojson").read_text(encoding="utf-8"))
    first = written["features"][0]
    assert first["geometry"]["type"] == "Polygon"
    assert set(first["properties"]) >= {"h3", "n_residents", "access_mean_s", "score"}


def test_what_closes_counts_from_its_day(place, capsys):
    (place / "less.toml").write_text(
        """
name = "less"
extends = "tiny.toml"
[[interventions]]
id = "close"
kind = "close_facility"
facility = "north"
service = "primary_care"
from_day = 1
"""
    )
    (before,), (after,), (end,) = (
        asked(capsys, place / "less.toml", *day)["services"]
        for day in (("--day", "0"), ("--day", "1"), ())
    )
    assert (before["n_facilities"], after["n_facilities"]) == (2, 1)
    assert before["places"][0]["access_mean_s"] < after["places"][0]["access_mean_s"]
    assert after == end


def test_a_busy_hour_is_slower(place, capsys):
    (place / "busy.toml").write_text(
        """
name = "busy"
extends = "tiny.toml"
[traffic]
mode = "profile"
"""
    )

    def minutes(hour):
        document = asked(capsys, place / "busy.toml", "--day", "0", "--hour", hour)
        rows = document["services"][0]["measures"]
        return {row["group"]: row["value"] for row in rows if row["measure"] == "access_mean_s"}

    night, morning = minutes(3), minutes(8)
    assert morning["mode=car"] > night["mode=car"]
    assert morning["mode=walk"] == night["mode=walk"]


def test_a_map_alone_is_asked_for_the_services_that_it_knows(place, capsys):
    code, _, err = told(capsys, place / "map")
    assert code == 2
    assert "the map has no facility" in err


def test_monacos_map_alone(root, capsys):
    document = asked(capsys, root / "maps/monaco", "--service", "pharmacy", "--residents", "2000")
    (service,) = document["services"]
    assert service["service"] == "pharmacy"
    assert service["n_facilities"] > 5
    shares = [row for row in service["measures"] if row["measure"] == "access_share_15min"]
    assert shares[0]["value"] > 0.9


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tiny.toml", "--service", "primary_car"], "did you mean `primary_care`"),
        (["tiny.toml", "--by", "district"], "--by: found `district`"),
        (["tiny.toml", "--method", "2sfa"], "--method: found `2sfa`"),
        (["tiny.toml", "--catchment", "0"], "--catchment: found 0"),
        (["tiny.toml", "--day", "2"], "--day: found 2"),
        (["tiny.toml", "--day", "1", "--hour", "24"], "--hour: found 24"),
        (["tiny.toml", "--hour", "8"], "--hour: is given without a day"),
        (["none.toml"], "none.toml"),
        (["map", "--set", "run.days=3"], "a map has no settings"),
        (["tiny.toml", "--out", "tiny.toml"], "is a file"),
    ],
)
def test_wrong_words_are_told_in_one_message(place, capsys, words, message, monkeypatch):
    monkeypatch.chdir(place)
    code, out, err = told(capsys, *words)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not out


def test_without_h3_one_line_says_what_to_install(place, capsys, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "h3", None)
    code, _, err = told(capsys, place / "tiny.toml", "--by", "h3")
    assert code == 2
    assert "twin[h3]" in err
