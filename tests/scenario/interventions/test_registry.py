# ruff: noqa: E501 - golden texts and the files that earn them are kept whole
from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any, Literal

import pytest

from twin.city.city import City
from twin.city.edits import Edit
from twin.errors import InputErrors, TwinError
from twin.scenario.compile import compile_scenario
from twin.scenario.document import Scenario
from twin.scenario.interventions import (
    BaseIntervention,
    Intervention,
    Span,
    intervention_kinds,
    registry,
)

Load = Callable[..., Scenario]

TABLE = '[[interventions]]\nid = "a"\nkind = "shrink_rooms"\nfrom_day = 2\nto_day = 4\nplaces = 3\n'


class ShrinkRooms(BaseIntervention):
    """Somebody else's intervention."""

    kind: Literal["shrink_rooms"]
    places: int

    def spans(self, city: City) -> Iterator[Span]:
        for row in city.facilities:
            yield Span(
                "facilities", row.key, "waiting_room", "set", self.places,
                -1 if row.waiting_room is None else row.waiting_room, self.from_day, self.to_day, self.id,
            )  # fmt: skip


class WithoutSpans(BaseIntervention):
    """One that brings its edits ready made."""

    kind: Literal["shrink_rooms"]
    places: int

    def edits(self, city: City) -> Iterator[Edit]:
        yield Edit(0.0, "facilities", city.facilities[0].key, "waiting_room", "set", self.places)


class Impostor(BaseIntervention):
    kind: Literal["add_servers"]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    def install(model: Any) -> None:
        point = EntryPoint("theirs", f"{__name__}:Model", registry.GROUP)
        monkeypatch.setattr(EntryPoint, "load", lambda _self: model)
        monkeypatch.setattr(
            registry, "entry_points", lambda group: [point] if group == registry.GROUP else []
        )
        intervention_kinds.cache_clear()

    yield install
    monkeypatch.undo()
    intervention_kinds.cache_clear()


def test_our_kinds() -> None:
    assert set(intervention_kinds()) >= {
        "add_servers",
        "open_facility",
        "close_facility",
        "change_hours",
        "set_eligibility",
        "publish_waiting_times",
    }


@pytest.mark.parametrize("kind", sorted(intervention_kinds()))
def test_every_kind_keeps_the_protocol(kind: str) -> None:
    assert issubclass(intervention_kinds()[kind], BaseIntervention)
    assert {"id", "kind", "edits", "cost", "new_facilities"} <= set(
        {*dir(intervention_kinds()[kind]), *intervention_kinds()[kind].model_fields}
    )


def test_another_package_brings_a_kind(
    installed: Callable[[Any], None], load: Load, city: City
) -> None:
    installed(ShrinkRooms)
    compiled = compile_scenario(load(TABLE), city)
    assert isinstance(compiled.scenario.interventions[0], Intervention)
    assert {(edit.value, edit.cause) for edit in compiled.edits} == {(3, "a"), (-1, "a")}
    assert len(compiled.edits) == 2 * len(city.facilities_of("clinic"))


def test_another_package_may_yield_edits_itself(
    installed: Callable[[Any], None], load: Load, city: City
) -> None:
    installed(WithoutSpans)
    (edit,) = compile_scenario(load(TABLE), city).edits
    assert (edit.value, edit.cause) == (3, "a")


def test_its_errors_are_told_like_ours(installed: Callable[[Any], None], load: Load) -> None:
    installed(ShrinkRooms)
    with pytest.raises(
        InputErrors, match=r'interventions.a.places: "3"\n  expected: a whole number'
    ):
        load(TABLE.replace("3", '"3"'))


@pytest.mark.parametrize(
    ("model", "words"), [(int, "is no BaseIntervention"), (Impostor, "is taken")]
)
def test_what_does_not_fit_is_refused(
    installed: Callable[[Any], None], model: Any, words: str
) -> None:
    installed(model)
    with pytest.raises(TwinError, match=words):
        intervention_kinds()
