"""From times back to the edges of a way.

An arc is either an edge of the network or two arcs over a lower node. Ways of equal
time are told apart by fixed rules, so that a way depends on the network and the
times alone: an edge before a detour, the lower row or lower node first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.hierarchy import NEVER, NOBODY
from twin.kernels.jit import kernel
from twin.kernels.labels import n_common

IS_EDGE = -1


@kernel
def find_legs(
    leg: NDArray[np.int32],
    n_edges_of: NDArray[np.int32],
    edge_ms: NDArray[np.int32],
    edge_arc: NDArray[np.int32],
    is_up: NDArray[np.bool_],
    arc_start: NDArray[np.int64],
    top: NDArray[np.int32],
    up: NDArray[np.uint32],
    down: NDArray[np.uint32],
) -> None:
    """Find what each arc is made of, in either direction.

    Parameters
    ----------
    leg : (2 * n_arcs, 2) int32, updated
        Row ``2 * arc`` is the arc upwards, the next one downwards: the rows of its two
        legs in order of travel, or ``IS_EDGE`` and the edge. Rows of arcs that cannot
        be travelled are ``NOBODY`` twice.
    n_edges_of : (2 * n_arcs,) int32, updated
        Edges an arc stands for.
    edge_ms, edge_arc, is_up, arc_start, top, up, down
        As in `customise`, after it.
    """
    never = np.uint32(NEVER)
    leg[:] = NOBODY
    n_edges_of[:] = 0
    for edge in range(edge_ms.size):
        arc = edge_arc[edge]
        if edge_ms[edge] < 0 or arc < 0:
            continue
        step = np.uint32(edge_ms[edge])
        row = 2 * arc if is_up[edge] else 2 * arc + 1
        if n_edges_of[row] == 0 and step == (up[arc] if is_up[edge] else down[arc]):
            n_edges_of[row] = 1
            leg[row, 1] = edge
    k = 0
    for node in range(arc_start.size - 1):
        end = arc_start[node + 1]
        for i in range(arc_start[node], end):
            for j in range(i + 1, end):
                arc = top[k]
                k += 1
                row = 2 * arc
                if (
                    n_edges_of[row] == 0
                    and down[i] != never
                    and up[j] != never
                    and np.uint32(down[i] + up[j]) == up[arc]
                ):
                    leg[row, 0] = 2 * i + 1
                    leg[row, 1] = 2 * j
                    n_edges_of[row] = n_edges_of[2 * i + 1] + n_edges_of[2 * j]
                row += 1
                if (
                    n_edges_of[row] == 0
                    and down[j] != never
                    and up[i] != never
                    and np.uint32(down[j] + up[i]) == down[arc]
                ):
                    leg[row, 0] = 2 * j + 1
                    leg[row, 1] = 2 * i
                    n_edges_of[row] = n_edges_of[2 * j + 1] + n_edges_of[2 * i]


@kernel(is_internal=True)
def climb(
    rows: NDArray[np.int32],
    n_rows: int,
    node: int,
    goal: int,
    is_downward: int,
    label: NDArray[np.uint32],
    label_start: NDArray[np.int64],
    depth: NDArray[np.int32],
    arc_start: NDArray[np.int64],
    head: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
) -> int:
    """List the arcs from a node to its ancestor at depth `goal`; return how many there are."""
    while depth[node] > goal:
        left = label[label_start[node] + goal]
        arc = arc_start[node]
        while True:
            above = head[arc]
            if depth[above] >= goal:
                onward = label[label_start[above] + goal]
                if (
                    onward < NEVER
                    and arc_ms[arc] < NEVER
                    and np.uint32(onward + arc_ms[arc]) == left
                ):
                    break
            arc += 1
        rows[n_rows] = 2 * arc + is_downward
        n_rows += 1
        node = above
    return n_rows


@kernel
def trace(
    row: NDArray[np.int32],
    row_start: NDArray[np.int64],
    n_edges: NDArray[np.int64],
    origin: NDArray[np.int32],
    destination: NDArray[np.int32],
    n_edges_of: NDArray[np.int32],
    up_label: NDArray[np.uint32],
    down_label: NDArray[np.uint32],
    label_start: NDArray[np.int64],
    depth: NDArray[np.int32],
    first: NDArray[np.int32],
    least_depth: NDArray[np.int32],
    arc_start: NDArray[np.int64],
    head: NDArray[np.int32],
    up: NDArray[np.uint32],
    down: NDArray[np.uint32],
) -> None:
    """Find the arcs of a least way from each origin to its destination.

    Parameters
    ----------
    row : (n * 2 * height,) int32, updated
        Rows of ``leg`` in order of travel.
    row_start : (n + 1,) int64, updated
        First entry of each way.
    n_edges : (n,) int64, updated
        Edges of each way, -1 where there is no way.
    origin, destination : (n,) int32
        Ranks.
    n_edges_of
        As `find_legs` left it.
    up_label, down_label, label_start, depth, first, least_depth, arc_start, head, up, down
        As in `look_up_times` and `fill_labels`.
    """
    row_start[0] = 0
    for q in range(n_edges.size):
        size = row_start[q]
        source = origin[q]
        target = destination[q]
        n = n_common(source, target, depth, first, least_depth)
        begin = label_start[source]
        rising = up_label[begin : begin + n]
        begin = label_start[target]
        falling = down_label[begin : begin + n]
        least = np.uint32(NEVER)
        goal = -1
        for i in range(n):
            if rising[i] < NEVER and falling[i] < NEVER:
                total = np.uint32(rising[i] + falling[i])
                # Of meeting places the lowest, so that a way of no length has no edge.
                if total <= least:
                    least = total
                    goal = i
        n_edges[q] = -1
        row_start[q + 1] = size
        if goal < 0:
            continue
        size = climb(
            row, size, source, goal, 0, up_label, label_start, depth, arc_start, head, up
        )  # fmt: skip
        turn = size
        size = climb(
            row, size, target, goal, 1, down_label, label_start, depth, arc_start, head, down
        )  # fmt: skip
        row_start[q + 1] = size
        last = size - 1
        while turn < last:
            row[turn], row[last] = row[last], row[turn]
            turn += 1
            last -= 1
        n_edges[q] = 0
        for i in range(row_start[q], size):
            n_edges[q] += n_edges_of[row[i]]


@kernel
def unpack(
    edge: NDArray[np.int32],
    stack: NDArray[np.int32],
    row: NDArray[np.int32],
    leg: NDArray[np.int32],
) -> None:
    """Replace arcs by the edges that they stand for.

    Parameters
    ----------
    edge : (n_edges,) int32, updated
        As many as the arcs have.
    stack : (height + 1,) int32, scratch
    row : (n_rows,) int32
        Rows of `leg`.
    leg : (2 * n_arcs, 2) int32
        As `find_legs` left it.
    """
    done = 0
    for i in range(row.size):
        stack[0] = row[i]
        size = 1
        while size > 0:
            size -= 1
            part = stack[size]
            while leg[part, 0] != IS_EDGE:
                stack[size] = leg[part, 1]
                size += 1
                part = leg[part, 0]
            edge[done] = leg[part, 1]
            done += 1


@kernel
def erase_circles(
    edge: NDArray[np.int32],
    start: NDArray[np.int64],
    place: NDArray[np.int64],
    source: NDArray[np.int32],
    target: NDArray[np.int32],
) -> None:
    """Leave out what leads back to where a way has been: edges without time allow it.

    Parameters
    ----------
    edge : (n_edges_of_all,) int32, updated
        Ways, one after the other.
    start : (n_ways + 1,) int64, updated
        First edge of each way; edges behind the last way mean nothing on return.
    place : (n_nodes,) int64, updated
        -1 on entry and on return.
    source, target : (n_edges,) int32
        Ends of the edges.
    """
    done = 0
    for q in range(start.size - 1):
        begin = start[q]
        end = start[q + 1]
        first = done
        start[q] = first
        if begin == end:
            continue
        origin = source[edge[begin]]
        place[origin] = first
        for i in range(begin, end):
            e = edge[i]
            node = target[e]
            if place[node] >= 0:
                back = place[node]
                for k in range(back, done):
                    place[target[edge[k]]] = -1
                place[node] = back
                done = back
            else:
                edge[done] = e
                done += 1
                place[node] = done
        place[origin] = -1
        for k in range(first, done):
            place[target[edge[k]]] = -1
    start[start.size - 1] = done
