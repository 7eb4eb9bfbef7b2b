"""The hash chain: one link per simulated midnight over state and new rows.

Two runs are the same run if and only if their chains are the same; the first
link that differs names the day on which they parted. Rows are taken in the
order of uids, so that the storage order of residents does not matter.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from twin.engine.choice_columns import chain_parts
from twin.engine.visit_rows import taken_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.engine.state import State

ChainLink = str
_VISIT_COLUMNS = (
    "resident",
    "service",
    "station",
    "slot",
    "mode",
    "outcome",
    "reason",
    "need_us",
    "depart_us",
    "arrive_us",
    "start_us",
    "end_us",
)

_UNUSED = (("attempt", 0), ("rank", 0), ("parent", -1), ("left_us", -1))


def _digest(parts: Iterable[tuple[str, NDArray[np.generic] | bytes]]) -> ChainLink:
    """Return a 128-bit digest over names and little-endian contents."""
    digest = hashlib.blake2b(digest_size=16)
    for name, part in parts:
        digest.update(name.encode())
        if isinstance(part, bytes):
            digest.update(part)
            continue
        column = np.ascontiguousarray(part)
        digest.update(f"{column.dtype.str}{column.shape}".encode())
        digest.update(column.data)
    return digest.hexdigest()


def first_link(prep: Preparation, seed: int) -> ChainLink:
    """Return the link over seed, residents and stations before anything happened."""
    people = prep.residents
    order = np.argsort(people.resident, kind="stable")
    return _digest(
        [
            ("seed", seed.to_bytes(8, "little")),
            ("resident", people.resident[order]),
            ("group", people.group[order]),
            ("home_node", people.home_node[order]),
            ("stations", "\n".join(s.name for s in prep.stations).encode()),
            *_occupations(prep, order),
        ]
    )


def _occupations(
    prep: Preparation, order: NDArray[np.intp]
) -> list[tuple[str, NDArray[np.generic]]]:
    """Return who works or learns where; nothing where a scenario plans no days."""
    if prep.activities is None:
        return []
    occupations = prep.activities.occupations
    names = ("role", "node", "is_near")
    return [(name, getattr(occupations, name)[order]) for name in names]


def _used_columns(rows: NDArray[np.void]) -> list[tuple[str, NDArray[np.generic]]]:
    """Return the columns of stages, tries and classes where any row has used them."""
    columns = [(name, np.ascontiguousarray(rows[name]), unused) for name, unused in _UNUSED]
    return [(name, column) for name, column, unused in columns if (column != unused).any()]


def next_link(previous: ChainLink, day: int, state: State, changed: NDArray[np.intp]) -> ChainLink:
    """Return the link of the midnight that ends `day` days of the run.

    Parameters
    ----------
    previous
        Link of the midnight before.
    day
        Days that have passed.
    state
        State at that midnight.
    changed
        Rows of the visits that may differ from the midnight before: those that were
        still under way then, and those that have come since.
    """
    rows = taken_rows(state.visit_rows, changed)
    visits = [(name, rows[name]) for name in _VISIT_COLUMNS]
    visits += _used_columns(rows)
    return _digest(
        [
            ("previous", bytes.fromhex(previous)),
            ("day", day.to_bytes(8, "little")),
            *visits,
            ("n_servers", state.queues.n_servers),
            ("n_busy", state.queues.n_busy),
            ("n_waiting", state.queues.n_waiting),
            ("waiting_room", state.queues.waiting_room),
            ("is_active", state.stations.is_active),
            ("is_open", state.stations.is_open),
            ("is_eligible", np.packbits(state.stations.is_eligible)),
            ("published_s", state.stations.published_s),
            ("expected_wait_s", state.choices.expected_wait_s),
            *([("n_booked", state.books.n_booked)] if state.books.slot_us.any() else []),
            *chain_parts(state.choices),
            *([] if state.days is None else state.days.chain_parts()),
            *([] if state.schools is None else state.schools.chain_parts()),
        ]
    )
