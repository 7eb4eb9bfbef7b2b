"""What a user may see when something is wrong: one message, with place and hint.

An error says where, what was found, what is expected and what to do. The
command line prints it on standard error and ends with ``exit_code``; nobody
sees a traceback for a wrong input.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class TwinError(Exception):
    """Any failure that `twin` explains; the command line ends with `exit_code`."""

    exit_code = 1


class RunError(TwinError):
    """A run that was rightly started could not be finished."""


class InputError(TwinError):
    """An input is wrong; nothing was written.

    Parameters
    ----------
    where
        File and line, element or key path.
    found
        What stands there.
    expected
        What would be right.
    hint
        What to do; may be empty.
    """

    exit_code = 2

    def __init__(self, where: str, found: str, *, expected: str = "", hint: str = "") -> None:
        super().__init__(where, found, expected, hint)
        self.where = where
        self.found = found
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.found}"]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Workers send errors home; the default would pass all parts by position.
        return _rebuilt, (type(self), self.where, self.found, self.expected, self.hint)

    def to_dict(self) -> dict[str, str]:
        """Return the parts for ``--json``."""
        return {
            "where": self.where,
            "found": self.found,
            "expected": self.expected,
            "hint": self.hint,
        }


def _rebuilt(
    kind: type[InputError], where: str, found: str, expected: str, hint: str
) -> InputError:
    return kind(where, found, expected=expected, hint=hint)


class MapError(InputError):
    """A map file cannot become a city."""


class ScenarioError(InputError):
    """A scenario file says something that cannot be run."""


class InputErrors(TwinError):  # noqa: N818 - several of them
    """Several things are wrong with one input; all are told at once."""

    exit_code = 2

    def __init__(self, errors: Sequence[InputError]) -> None:
        super().__init__(*errors)
        self.errors = tuple(errors)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.errors,)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` for the closest known word, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""
