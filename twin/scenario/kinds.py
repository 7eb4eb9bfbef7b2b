"""Tables that choose their own class: ``kind`` says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import SerializeAsAny, WrapValidator
from pydantic_core import PydanticCustomError

from twin.errors import did_you_mean
from twin.scenario.fields import wrong
from twin.scenario.interventions.base import BaseIntervention, DatedTable
from twin.scenario.interventions.registry import intervention_kinds
from twin.scenario.policies.base import BasePolicy
from twin.scenario.policies.registry import policy_kinds
from twin.scenario.shocks import SHOCK_KINDS, Shock

Kinds = Callable[[], Mapping[str, type[DatedTable]]]


def shock_kinds() -> Mapping[str, type[DatedTable]]:
    """Return the classes of shocks by kind."""
    return SHOCK_KINDS


def _dispatch(value: Any, kinds: Mapping[str, type[DatedTable]]) -> Any:  # noqa: ANN401 - what a file says
    if isinstance(value, DatedTable):
        return value
    if not isinstance(value, dict):
        raise wrong("not a table", expected="a table with `id`, `kind` and `from_day`")
    kind = value.get("kind")
    model = kinds.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise unknown_kind(kind, kinds)
    return model.model_validate(value)


def unknown_kind(kind: object, kinds: Mapping[str, type[DatedTable]]) -> PydanticCustomError:
    """Return the error of a table whose ``kind`` is missing or not known."""
    return PydanticCustomError(
        "unknown_kind",
        "{found}",
        {
            "found": "no `kind`" if kind is None else f"unknown kind `{kind}`",
            "expected": "one of " + ", ".join(sorted(kinds)),
            "hint": did_you_mean(str(kind), kinds) if kind is not None else "",
        },
    )


AnyIntervention = Annotated[
    SerializeAsAny[BaseIntervention],
    WrapValidator(lambda value, _handler: _dispatch(value, intervention_kinds())),
]
AnyShock = Annotated[
    SerializeAsAny[Shock],
    WrapValidator(lambda value, _handler: _dispatch(value, SHOCK_KINDS)),
]
AnyPolicy = Annotated[
    SerializeAsAny[BasePolicy],
    WrapValidator(lambda value, _handler: _dispatch(value, policy_kinds())),
]
