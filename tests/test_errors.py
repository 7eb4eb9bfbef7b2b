from __future__ import annotations

import copy
import pickle

import pytest

from twin.errors import (
    InputError,
    InputErrors,
    MapError,
    RunError,
    ScenarioError,
    TwinError,
    did_you_mean,
)


def test_one_message_says_where_what_and_what_to_do() -> None:
    error = ScenarioError(
        "a.toml:3: run.days", "-1", expected="a whole number >= 1", hint="count days from 1"
    )
    assert str(error) == (
        "a.toml:3: run.days: -1\n  expected: a whole number >= 1\n  hint: count days from 1"
    )
    assert str(InputError("here", "that")) == "here: that"


@pytest.mark.parametrize("kind", [InputError, MapError, ScenarioError])
def test_wrong_input_ends_with_two(kind: type[InputError]) -> None:
    assert kind("here", "that").exit_code == 2
    assert issubclass(kind, TwinError)


def test_failed_runs_end_with_one() -> None:
    assert RunError("disk full").exit_code == 1


def test_several_errors_are_told_at_once() -> None:
    errors = InputErrors([InputError("a", "x"), InputError("b", "y")])
    assert str(errors) == "a: x\nb: y"
    assert errors.exit_code == 2


@pytest.mark.parametrize("duplicate", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_errors_come_home_from_a_worker(duplicate: object) -> None:
    error = MapError("here", "that", expected="this", hint="do so")
    again = duplicate(error)  # type: ignore[operator]
    assert type(again) is MapError
    assert again.to_dict() == error.to_dict()
    several = duplicate(InputErrors([error, error]))  # type: ignore[operator]
    assert str(several) == f"{error}\n{error}"


def test_did_you_mean() -> None:
    assert did_you_mean("facilty", ["facility", "service"]) == "did you mean `facility`?"
    assert did_you_mean("zzz", ["facility"]) == ""
    assert did_you_mean("", []) == ""
