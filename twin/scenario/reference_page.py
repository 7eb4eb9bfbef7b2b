"""The page of interventions and shocks, written from their classes."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Final

from twin.scenario.interventions.base import DatedModel, DatedTable
from twin.scenario.interventions.registry import intervention_kinds
from twin.scenario.shocks import SHOCK_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_HEAD: Final = """\
# Interventions and shocks

An intervention is what somebody chooses to do, a shock is what happens. Both are
tables of a scenario file that compile to dated edits of single cells; an empty
list is the baseline, and nothing differs before an edit's date. This page is
written from the classes: `python -m twin.scenario.reference_page > docs/interventions.md`.

Common to all:

"""
_ORDER: Final = ("id", "kind", "title", "from_day", "from_time", "to_day", "to_time")
_END: Final = """\
With `to_day` an addition is taken away again; a cell that was set goes back to
what then holds without the intervention: the city's value, or that of another
intervention that is still in force. Of several interventions on one cell the one
that began last holds; two that set one cell at one time are refused.

Other packages bring further kinds by entry points of the group `twin.interventions`:
a subclass of `twin.scenario.interventions.BaseIntervention` with a `kind` of its
own and `spans(city)`, the cells that it changes.
"""


def interventions_page() -> str:
    """Return the Markdown text of the page."""
    lines = [_HEAD, *key_table(DatedModel, _ORDER), "\n", _END]
    for title, kinds in (("Interventions", _own_kinds()), ("Shocks", SHOCK_KINDS)):
        lines.append(f"\n## {title}\n")
        for kind, model in kinds.items():
            lines += [f"\n### `{kind}`\n\n", inspect.getdoc(model) or "", "\n\n"]
            lines += key_table(model, [name for name in model.model_fields if name not in _ORDER])
    return "".join(lines)


def _own_kinds() -> Mapping[str, type[DatedModel]]:
    """Return the kinds of this package: the page must not depend on what else is installed."""
    own = "twin.scenario."
    return {
        kind: model
        for kind, model in intervention_kinds().items()
        if model.__module__.startswith(own)
    }


def key_table(model: type[DatedTable], names: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a table of keys."""
    yield "| key | required | default | meaning |\n|---|---|---|---|\n"
    for name in names:
        field = model.model_fields[name]
        must = "yes" if field.is_required() else ""
        is_told = not must and field.default_factory is None
        default = f"`{field.default}`" if is_told and field.default not in (None, "", ()) else ""
        yield f"| `{name}` | {must} | {default} | {field.description or ''} |\n"


if __name__ == "__main__":
    sys.stdout.write(interventions_page())
