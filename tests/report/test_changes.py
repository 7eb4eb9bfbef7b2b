"""What changed and what is assumed, in words."""

from __future__ import annotations

from twin.report.changes import assumptions, differences, edit_words, flat
from twin.report.html import data_island, escape, plain, tag


def test_documents_are_flattened_by_id() -> None:
    document = {"run": {"days": 14}, "services": [{"id": "care", "hours": [1, 2]}], "rows": []}
    assert flat(document) == {
        "run.days": 14,
        "services.care.id": "care",
        "services.care.hours": [1, 2],
        "rows": [],
    }


def test_only_what_differs_is_listed() -> None:
    baseline = {"name": "a", "run": {"days": 14, "seeds": [1]}, "interventions": []}
    scenario = {
        "name": "b",
        "run": {"days": 14, "seeds": [2]},
        "interventions": [{"id": "x", "servers": 2, "to_day": None}],
        "questions": [{"id": "q"}],
    }
    assert differences(baseline, scenario) == [
        ("interventions.x.id", None, "x"),
        ("interventions.x.servers", None, 2),
    ]
    assert differences(baseline, baseline) == []


def test_an_edit_reads_as_a_sentence() -> None:
    row = {
        "time_s": 203_400.0, "table": "facilities", "uid": "osm/node/1/primary_care",
        "column": "servers", "op": "add", "old": "2", "new": "3", "cause": "<more>",
    }  # fmt: skip
    words = edit_words(row, {"osm/node/1": "Clinic & Co"})
    assert words == (
        "<b>day 2, 08:30</b>: <bdi>Clinic &amp; Co</bdi>, primary care: servers "
        "<del>2</del> → <ins>3</ins> (<code>&lt;more&gt;</code>)"
    )


def test_assumed_values_come_first_and_each_once() -> None:
    document = {
        "services": [{"id": "care", "needs": 6.5, "choice": {"rule": "logit", "wait": 0.1}}],
        "tags": {
            "services.care.needs": {"tag": "sourced", "source": "A 2020", "note": ""},
            "services.care.choice": "assumed",
        },
    }
    found = assumptions([document, document])
    assert [one["tag"] for one in found] == ["assumed", "sourced"]
    assert found[0]["value"] == "rule logit, wait 0.1"
    assert found[1] == {
        "path": "services.care.needs",
        "value": "6.5",
        "tag": "sourced",
        "note": "A 2020",
    }


def test_text_is_escaped_and_markup_is_not_escaped_twice() -> None:
    inner = tag("b", "<i>", title='"quoted"')
    assert inner == '<b title="&quot;quoted&quot;">&lt;i&gt;</b>'
    assert tag("p", inner, " & ", None) == f"<p>{inner} &amp; </p>"
    assert escape("a\u202eb\x00c") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_scripts_of_the_world_are_left_alone() -> None:
    for name in ("临沂市", "مستشفى", "क्लिनिक", "Żabka"):
        assert plain(name) == name
    assert len(plain("x" * 10_000)) < 500


def test_an_island_cannot_be_left() -> None:
    island = data_island("x", {"</script>": ["<!--", "a&b", [1, 2.5]]})
    body = island.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in body
    assert ">" not in body


def test_an_edit_is_dated_where_the_run_has_a_date() -> None:
    row = {"time_s": 5 * 86_400.0, "cause": "x", "table": "services", "uid": "a", "column": "b"}
    row |= {"old": "1", "new": "2"}
    assert "<b>day 5 (2024-01-15)</b>" in edit_words(row, {}, start="2024-01-10")
    assert "<b>day 5</b>" in edit_words(row, {}, start="9999-12-31")
    assert "<b>day 5</b>" in edit_words(row, {})
