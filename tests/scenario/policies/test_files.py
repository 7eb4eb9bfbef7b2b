"""`[[policies]]` in scenario files: read, checked against the city, described."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any, Literal

import jsonschema  # type: ignore[import-untyped]
import pytest

from twin.city.city import City
from twin.errors import InputErrors, TwinError
from twin.scenario.compile import compile_scenario
from twin.scenario.document import Scenario
from twin.scenario.policies import BasePolicy, Policy, policy_kinds, registry
from twin.scenario.policies_page import policies_page
from twin.scenario.schema import file_schema

Load = Callable[..., Scenario]
BALANCE = {"kind": "balance_staff", "service": "clinic"}
COUNTERS = {
    "kind": "open_counters",
    "service": "clinic",
    "open_above": 5,
    "close_below": 2,
    "hours_per_day": 8,
}


def table(**values: Any) -> str:
    given = {"id": "a", "from_day": 2, **values}
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in given.items()]
    return "\n".join(["[[policies]]", *lines, ""])


def told(load: Load, text: str, city: City | None = None) -> str:
    def read() -> None:
        scenario = load(text)
        if city is not None:
            compile_scenario(scenario, city)

    with pytest.raises(InputErrors) as error:
        read()
    return str(error.value)


@pytest.mark.parametrize("values", [BALANCE, COUNTERS])
def test_a_policy_is_read_and_changes_nothing_beforehand(
    load: Load, city: City, values: dict[str, Any]
) -> None:
    compiled = compile_scenario(load(table(**values)), city)
    (policy,) = compiled.scenario.policies
    assert isinstance(policy, Policy)
    assert (compiled.edits, compiled.ledger, compiled.warnings) == ((), (), ())


def test_slips_are_told_with_what_was_meant(load: Load) -> None:
    words = told(load, table(kind="balance_staf", service="clinic", move_delay=5))
    assert "policies.a.kind: unknown kind `balance_staf`" in words
    assert "did you mean `balance_staff`?" in words
    assert "policies.a.move_delay: unknown key" in words
    assert "did you mean `move_delay_s`?" in words
    words = told(load, table(kind="balance_staff", service="clinc"))
    assert "policies.a.service: unknown service `clinc`" in words
    words = told(load, table(kind="balance_staff", department="health"))
    assert "policies.a.department: unknown department `health`" in words


def test_one_scope_is_asked_for(load: Load) -> None:
    assert "neither `service` nor `department`" in told(load, table(kind="balance_staff"))
    health = '[[departments]]\nid = "health"\n'
    words = told(load, health + table(**BALANCE, department="health"))
    assert "both `service` and `department`" in words
    assert "expected: one of the two" in words


def test_bounds_are_told(load: Load) -> None:
    assert "60 or more (seconds)" in told(load, table(**BALANCE, period_s=1))
    assert "1 or more" in told(load, table(**BALANCE, min_servers=0))
    words = told(load, table(**{**COUNTERS, "close_below": 6}))
    assert "close_below 6 is above open_above 5" in words
    assert "a close_below of 5 or less" in words


def test_unknown_facilities_are_told(load: Load, city: City) -> None:
    words = told(load, table(**BALANCE, facility=["north", "sout"]), city)
    assert "policies.a.facility: unknown facility of service clinic `sout`" in words
    assert "did you mean `south`?" in words


def test_what_can_change_nothing_is_warned_of(load: Load, city: City) -> None:
    one = compile_scenario(load(table(**BALANCE, facility="north")), city).warnings
    assert one == (
        "town.toml:15: policies.a: it is in charge of fewer than two facilities: changes nothing",
    )
    late = compile_scenario(load(table(**{**BALANCE, "from_day": 20})), city).warnings
    assert "starts on day 20, after the last of 14 days" in late[0]
    none = '[[departments]]\nid = "health"\n' + table(kind="balance_staff", department="health")
    assert "in charge of fewer than two" in compile_scenario(load(none), city).warnings[0]


def test_ids_that_cost_are_not_shared(load: Load, city: City) -> None:
    text = table(**BALANCE) + '[[interventions]]\nid = "a"\nkind = "close_facility"\n'
    words = told(load, text + 'facility = "north"\nfrom_day = 3\n', city)
    assert "policies.a: `a` is the id of an intervention too" in words


def test_delays_and_costs_want_a_tag(load: Load) -> None:
    lines = load(table(**BALANCE, cost_per_move=5)).untagged()
    found = {line.split(": ")[1].split(" = ")[0] for line in lines if "policies" in line}
    assert found == {"policies.a.delay_s", "policies.a.move_delay_s", "policies.a.cost_per_move"}


def test_the_schema_knows_the_kinds(load: Load) -> None:
    schema = file_schema()
    head = 'name = "x"\nextends = "y.toml"\n'
    jsonschema.validate(tomllib.loads(head + table(**BALANCE)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(head + table(**BALANCE, sevice="x")), schema)
    assert load(table(**BALANCE)).resolved["policies"][0]["smallest_gain_s"] == 600.0


def test_the_page_in_docs_is_current(root: Any) -> None:
    page = (root / "docs" / "policies.md").read_text(encoding="utf-8")
    assert page == policies_page(), "run: python -m twin.scenario.policies_page > docs/policies.md"
    for kind, model in policy_kinds().items():
        assert f"### `{kind}`" in page
        for name, field in model.model_fields.items():
            assert field.description, f"{kind}.{name}"
            assert f"| `{name}` |" in page


class Lazy(BasePolicy):
    """Somebody else's policy."""

    kind: Literal["lazy"]
    words: int


class Impostor(BasePolicy):
    kind: Literal["balance_staff"]


class Unnamed(BasePolicy):
    kind: str


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    def install(model: Any) -> None:
        point = EntryPoint("theirs", f"{__name__}:Model", registry.GROUP)
        monkeypatch.setattr(EntryPoint, "load", lambda _self: model)
        monkeypatch.setattr(
            registry, "entry_points", lambda group: [point] if group == registry.GROUP else []
        )
        policy_kinds.cache_clear()

    yield install
    monkeypatch.undo()
    policy_kinds.cache_clear()


def test_another_package_brings_a_kind(installed: Callable[[Any], None], load: Load) -> None:
    installed(Lazy)
    (policy,) = load(table(kind="lazy", service="clinic", words=3)).policies
    assert isinstance(policy, Lazy)
    words = told(load, table(kind="lazy", service="clinic", words="3"))
    assert 'policies.a.words: "3"\n  expected: a whole number' in words


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (int, "is no BasePolicy"),
        (Impostor, "kind `balance_staff` is taken"),
        (Unnamed, "must be one literal word"),
    ],
)
def test_what_does_not_fit_is_refused(
    installed: Callable[[Any], None], model: Any, words: str
) -> None:
    installed(model)
    with pytest.raises(TwinError, match=words):
        policy_kinds()
