"""`[population] table`: facts of a city laid under what the scenario itself says."""

from __future__ import annotations

from pathlib import Path

from twin.errors import InputError, InputErrors
from twin.population.facts import Fact, read_facts
from twin.scenario.located import Node, Place, shown

POPULATION = "population"


def with_facts(root: Node) -> Node:
    """Return a scenario in which the table of facts fills what `[population]` leaves out.

    A key that the scenario writes goes before the table's; each value that the table
    gives is tagged as it says.

    Raises
    ------
    InputErrors
        With every row of the table that is wrong.
    """
    people = root.get(POPULATION)
    named = None if people is None else people.get("table")
    if people is None or people.table is None or named is None or not isinstance(named.value, str):
        return root
    path = Path(named.value)
    try:
        facts = read_facts(path, name=shown(path))
    except InputError as error:
        raise InputErrors([error]) from None
    used = [fact for fact in facts if fact.path[0] not in people.table]
    place = Place(shown(path), None, named.place.layer, path.parent)
    table = dict(people.table)
    for fact in used:
        _lay(table, fact, place)
    tags = dict((root.get("tags") or Node({}, place)).table or {})
    for fact in used:
        tags.setdefault(".".join((POPULATION, *fact.path)), _tag(fact, place))
    written = {**(root.table or {}), POPULATION: Node(table, people.place)}
    return Node({**written, "tags": Node(tags, place)}, root.place)


def _lay(table: dict[str, Node], fact: Fact, place: Place) -> None:
    """Write a fact into a table of nodes."""
    where = Place(place.file, fact.line, place.layer, place.folder)
    value = fact.value
    node = Node([Node(each, where) for each in value] if isinstance(value, list) else value, where)
    key, *below = fact.path
    if not below:
        table[key] = node
        return
    inner = dict(table[key].table or {}) if key in table else {}
    table[key] = Node({**inner, below[0]: node}, where)


def _tag(fact: Fact, place: Place) -> Node:
    words = {"tag": Node(fact.tag, place), "source": Node(fact.note, place)}
    return Node(words, Place(place.file, fact.line, place.layer, place.folder))
