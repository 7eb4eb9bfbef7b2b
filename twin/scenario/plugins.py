"""Kinds of tables by the word that chooses them: ours, and those of entry points."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, get_args

from pydantic import BaseModel

from twin.errors import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import EntryPoint

Model = TypeVar("Model", bound=BaseModel)


def kind_of(model: type[BaseModel], what: str) -> str:
    """Return the word that chooses `model` in a scenario file.

    Raises
    ------
    TwinError
        If its `kind` is not one literal word.
    """
    words = get_args(model.model_fields["kind"].annotation)
    if len(words) != 1 or not isinstance(words[0], str):
        name = f"{model.__module__}.{model.__name__}"
        raise TwinError(f"{what} {name}: `kind` must be one literal word")
    return words[0]


def classes_by_kind(
    own: Sequence[type[Model]],
    points: Iterable[EntryPoint],
    base: type[Model],
    *,
    group: str,
    what: str,
) -> dict[str, type[Model]]:
    """Return the classes by kind: `own`, then what entry points name.

    Raises
    ------
    TwinError
        If an entry point is no `base` or takes a kind that is taken.
    """
    kinds = {kind_of(model, what): model for model in own}
    for point in sorted(points, key=lambda found: (found.name, found.value)):
        model = point.load()
        if not (isinstance(model, type) and issubclass(model, base)):
            raise TwinError(
                f"entry point {point.name} of {group} ({point.value}) is no {base.__name__}"
            )
        kind = kind_of(model, what)
        if kinds.setdefault(kind, model) is not model:
            raise TwinError(f"entry point {point.name} of {group}: kind `{kind}` is taken")
    return kinds
