"""`[schools]`: what it takes, what it compiles to, and every error in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures.day_towns import town
from tests.fixtures.school_towns import school_text
from twin.city.edits import Edit, compile_edits
from twin.city.schools import check_catchment, corners_of
from twin.engine.preparation import prepare
from twin.errors import InputError, InputErrors
from twin.model.city_model import CityModel
from twin.scenario.compile import compile_scenario
from twin.scenario.interventions import OpenEnrolment
from twin.scenario.load import load_scenario
from twin.units import DAY_S

if TYPE_CHECKING:
    from pathlib import Path

    from twin.scenario.document import Scenario


def load(tmp_path: Path, text: str = "", *overrides: str) -> Scenario:
    path = tmp_path / "schools.toml"
    path.write_text(school_text(text), encoding="utf-8")
    return load_scenario(path, overrides)


def told(tmp_path: Path, text: str = "", *overrides: str) -> str:
    with pytest.raises(InputErrors) as error:
        compile_scenario(load(tmp_path, text, *overrides), town())
    return str(error.value)


def table(**values: Any) -> str:
    lines = ["[[interventions]]"]
    for key, value in {"id": "a", "level": "primary", "from_day": 1, **values}.items():
        text = str(value) if isinstance(value, dict) else repr(value)
        lines.append(f"{key} = {text}".replace("'", '"').replace('": ', '" = '))
    return "\n".join(lines) + "\n"


LEVEL = "schools.levels.primary"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (f"{LEVEL}.ages=[8, 6]", "ages [8, 6]\n  expected: first and last age, as [6, 11]"),
        (f"{LEVEL}.ages=[6, 15]", "expected: less than 15"),
        (f"{LEVEL}.classes=[]", "0 classes\n  expected: 1 to 64 classes"),
        (f'{LEVEL}.classes=[{{id="a"}}, {{id="a"}}]', "class `a` twice"),
        (f'{LEVEL}.rounds=[{{id="a", day=0}}, {{id="a", day=1}}]', "round `a` twice"),
        (f'{LEVEL}.rounds=[{{id="a", day=3, term_day=2}}]', "term_day 2 before day 3"),
        (f'{LEVEL}.rounds=[{{id="a", day=3, grades=[7]}}]', "grade 7\n  expected: grades 1 to 6"),
        (
            f'{LEVEL}.classes=[{{id="a", traits="garden"}}]',
            "class `a` of `primary`: unknown trait `garden`\n  expected: property",
        ),
        ("schools.levels=[]", "no level"),
        (f"{LEVEL}.mechanism=boston", "deferred_acceptance"),
        (f"{LEVEL}.list_length=0", "list_length: 0"),
        (
            f"{LEVEL}.service=primary_scool",
            "no facility offers `primary_scool`",
        ),
        (
            f"{LEVEL}.places.wst=3",
            "unknown school `wst`\n  expected: east, middle, west\n  hint: did you mean `west`?",
        ),
        (f"{LEVEL}.catchment=near", "catchment `near`\n  expected: `none`, `nearest`, `ward`"),
        (f"{LEVEL}.catchments.east='wards=Nowhere'", "unknown ward `Nowhere`"),
        (f"{LEVEL}.eligibility='hair=red'", "`hair` is no column that groups residents"),
        (f'{LEVEL}.classes=[{{id="a", where="sex=men"}}]', "`men` is no category of `sex`"),
        ("schools.traits.property.share=1.5", "property.share: 1.5"),
        ("schools.points.by.income_band.lo=5", "unknown category of income_band `lo`"),
    ],
)
def test_wrong_settings_are_told(tmp_path: Path, setting: str, words: str) -> None:
    assert words in told(tmp_path, "", setting)


def test_levels_share_neither_names_nor_ages(tmp_path: Path) -> None:
    other = """
[[schools.levels]]
id = "{}"
service = "primary_school"
ages = [11, 13]
default_places = 1
travel_per_min = 0.1
"""
    assert "age 11 in `primary` and `middle`" in told(tmp_path, other.format("middle"))
    assert "level `schools`\n  expected: an id of its own" in told(
        tmp_path, other.format("schools")
    )


REGISTERED = "registration=registered"
KINDS: list[tuple[str, dict[str, Any], list[tuple[Any, ...]]]] = [
    ("open_enrolment", {"eligible": "all"}, [("eligibility", "set", "all", REGISTERED)]),
    ("add_classes", {"classes": 2}, [("places", "add", 10, -10)]),
    ("add_classes", {"classes": 2, "class_size": 3}, [("places", "add", 6, -6)]),
    ("redraw_catchments", {"catchment": "nearest"}, [("catchment", "set", "nearest", "none")]),
    (
        "reserve_places",
        {"reserved_for": "registration=migrant", "share": 0.25},
        [("reserved", "set", 1, 0), ("reserved_for", "set", "registration=migrant", "none")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "cells"), KINDS)
def test_each_kind_is_dated_edits_that_are_undone_and_costs(
    tmp_path: Path, kind: str, values: dict[str, Any], cells: list[tuple[Any, ...]]
) -> None:
    text = table(
        kind=kind, school="east", to_day=3.5, cost_once=500, cost_per_day=20, **values
    )  # fmt: skip
    compiled = compile_scenario(load(tmp_path, text), town())
    uid = "east/primary"
    begun = [Edit(DAY_S, "schools", uid, c, op, value, "a") for c, op, value, _ in cells]
    ended = [Edit(3.5 * DAY_S, "schools", uid, c, op, before, "a") for c, op, _, before in cells]
    assert compiled.edits == (*begun, *ended)
    ledger = {(row.day, row.item): row.amount for row in compiled.ledger}
    assert ledger == {
        (1.0, "outlay"): 500,
        (1.0, "schools"): 20,
        (2.0, "schools"): 20,
        (3.0, "schools"): 10,
    }


def test_what_was_logged_undoes_itself(tmp_path: Path) -> None:
    """The undo of each applied edit restores every cell: the plan is data."""
    text = "".join(
        table(**{"id": f"i{i}", "kind": kind, **values})
        for i, (kind, values, _) in enumerate(KINDS)
    )
    prep = prepare(town(), load(tmp_path, text))
    model = CityModel(preparation=prep, seed=1).run(2)
    schools, first = model.engine.state.schools, CityModel(preparation=prep, seed=1)
    before = first.engine.state.schools
    assert schools is not None
    assert before is not None
    assert schools.cells.places.tolist() != before.cells.places.tolist()
    undo = [applied.undone(2 * DAY_S) for applied in reversed(model.edit_log)]
    model.engine.state.apply(undo)
    for name, column in vars(schools.cells).items():
        assert list(column) == list(getattr(before.cells, name)), name


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"kind": "open_enrolment", "level": "primry"},
            "level: unknown level `primry`\n  expected: primary\n  hint: did you mean `primary`?",
        ),
        (
            {"kind": "add_classes", "classes": 1, "school": ["west", "wst"]},
            "school: unknown school `wst` of `primary`\n  expected: east, middle, west",
        ),
        ({"kind": "redraw_catchments"}, "neither `catchment` nor `catchments`"),
        ({"kind": "redraw_catchments", "catchment": "round"}, "catchment: catchment `round`"),
        (
            {"kind": "redraw_catchments", "catchments": {"wst": "ward"}},
            "unknown school `wst` of `primary`",
        ),
        (
            {"kind": "redraw_catchments", "catchments": {"west": "area=1 2"}},
            "catchments: west: catchment with 1 corners",
        ),
        ({"kind": "reserve_places", "reserved_for": "all"}, "`places` and `share`"),
        (
            {"kind": "reserve_places", "reserved_for": "all", "places": 1, "share": 0.1},
            "`places` and `share`\n  expected: one of the two",
        ),
        (
            {"kind": "reserve_places", "reserved_for": "sex=men", "places": 1},
            "reserved_for: `men` is no category of `sex`",
        ),
        ({"kind": "open_enrolment", "eligible": "sex=men"}, "`men` is no category of `sex`"),
    ],
)
def test_wrong_interventions_are_told(tmp_path: Path, values: dict[str, Any], words: str) -> None:
    assert words in told(tmp_path, table(**values))


def test_two_that_set_one_rule_at_one_time_are_refused(tmp_path: Path) -> None:
    one = table(kind="open_enrolment", eligible="all")
    two = table(id="b", kind="open_enrolment", eligible="none")
    with pytest.raises(InputError, match=r"both set schools\[east/primary\]\.eligibility at day 1"):
        compile_scenario(load(tmp_path, one + two), town())


def test_questions_name_levels(tmp_path: Path) -> None:
    question = """
[[questions]]
id = "q"
measure = "placed_share"
service = "{}"
better = "higher"
smallest_effect = 0.01
"""
    assert load(tmp_path, question.format("primary")).questions[0].service == "primary"
    assert load(tmp_path, question.format("schools")).questions[0].service == "schools"
    assert "unknown service `primry`" in told(tmp_path, question.format("primry"))


def test_an_edit_of_no_school_is_refused_before_the_run(tmp_path: Path) -> None:
    class Strange(OpenEnrolment):
        """Edits of rows and words that are none."""

        def edits(self, city: Any) -> Any:
            del city
            column = "catchment" if self.eligible == "words" else "places"
            uid = "west/primary" if self.eligible == "words" else "wst/primary"
            value = "round" if self.eligible == "words" else 3
            yield Edit(DAY_S, "schools", uid, column, "set", value)

    scenario = load(tmp_path)
    for eligible, words in (
        ("rows", "no such row of schools in this scenario"),
        ("words", "catchment `round`"),
    ):
        strange = Strange(
            id="s", kind="open_enrolment", level="primary", from_day=1.0, eligible=eligible
        )
        changed = scenario.model_copy(update={"interventions": (strange,)})
        with pytest.raises(InputError, match=words):
            prepare(town(), changed)


def test_cells_of_schools_have_types() -> None:
    wrong = Edit(0.0, "schools", "a/b", "places", "set", "many", "x")
    with pytest.raises(InputError, match="expected: a value of type int"):
        compile_edits([wrong])


def test_catchments_in_words() -> None:
    for text in ("none", "nearest", "ward", "wards=A|B", "area=0 0, 1 0, 1 1"):
        check_catchment(text, ("A", "B"), where="here")
    assert corners_of("area=0 0, 1 0, 1 1.5") == [(0.0, 0.0), (1.0, 0.0), (1.0, 1.5)]
    for text, words in (
        ("area=0 0, 1 0", "2 corners"),
        ("area=0 0, 1 x, 1 1", "catchment `area"),
        ("area=0 0, 1 nan, 1 1", "catchment `area"),
        ("area=0 0 0, 1 1, 2 2", "catchment `area"),
        ("wards=A|C", "unknown ward `C`"),
        ("school", "catchment `school`"),
    ):
        with pytest.raises(InputError, match=words):
            check_catchment(text, ("A", "B"), where="here")


def test_what_no_round_reads_is_warned_of(tmp_path: Path) -> None:
    text = table(kind="open_enrolment", from_day=3) + table(
        id="b", kind="add_classes", classes=1, from_day=1, to_day=2
    )
    scenario = load(tmp_path, text + table(id="c", kind="open_enrolment", school="west"))
    late = 'schools.levels.primary.rounds=[{id="start", day=0}, {id="late", day=6}]'
    words = [one.partition(": ")[2] for one in compile_scenario(scenario, town()).warnings]
    assert [one for one in words if "round" in one] == [
        "interventions.a: no round of `primary` is held while it holds: nobody moves",
        "interventions.b: no round of `primary` is held while it holds: nobody moves",
    ]
    words = list(compile_scenario(load(tmp_path, "", late), town()).warnings)
    assert any("rounds.late: day 6 is after the last of 6 days: it is not held" in w for w in words)
