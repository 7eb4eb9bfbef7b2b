"""An order of elimination by nested dissection (George 1973).

A region is cut in two by few nodes; the two parts are ordered each for itself,
then come the nodes of the cut. Where to cut is found by inertial flow (Schild and
Sommer 2015): along a direction, the first quarter of the nodes is the source, the
last quarter the sink, and a minimum cut of streets lies between. Of several
directions the one with the fewest nodes in its cut is taken.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel

# Nodes at either end that are source and sink, as a share of the region.
END_NUMERATOR = 3
END_DENOMINATOR = 10
SMALLEST = 3


@kernel(is_internal=True)
def push_flow(
    level: NDArray[np.int32],
    came_by: NDArray[np.int32],
    queue: NDArray[np.int32],
    flow: NDArray[np.int8],
    row: NDArray[np.int32],
    n_ends: int,
    most: int,
    stamp: int,
    low: int,
    high: int,
    place: NDArray[np.int32],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    back: NDArray[np.int32],
) -> tuple[int, int, int]:
    """Push units of flow along shortest ways until none is left (Edmonds and Karp 1972).

    `level` is ``stamp`` at nodes reached from the source when the search ended,
    ``-stamp`` marks the sink. Returns flow, last stamp used and number of reached
    nodes; a flow above `most` is given up.
    """
    n = row.size
    value = 0
    while True:
        stamp += 1
        for i in range(n_ends):
            level[row[n - 1 - i]] = -stamp
            queue[i] = row[i]
            level[row[i]] = stamp
            came_by[row[i]] = -1
        size = n_ends
        done = 0
        last = -1
        while done < size and last < 0:
            node = queue[done]
            done += 1
            for e in range(start[node], start[node + 1]):
                other = head[e]
                if level[other] == stamp or flow[e] > 0:
                    continue
                if not low <= place[other] < high:
                    continue
                came_by[other] = e
                if level[other] == -stamp:
                    last = other
                    break
                level[other] = stamp
                queue[size] = other
                size += 1
        if last < 0:
            return value, stamp, size
        value += 1
        if value > most:
            return value, stamp, size
        node = last
        while came_by[node] >= 0:
            e = came_by[node]
            flow[e] += 1
            flow[back[e]] -= 1
            node = head[back[e]]


@kernel(is_internal=True)
def reach_back(
    is_near_sink: NDArray[np.bool_],
    queue: NDArray[np.int32],
    flow: NDArray[np.int8],
    row: NDArray[np.int32],
    n_ends: int,
    low: int,
    high: int,
    place: NDArray[np.int32],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
) -> int:
    """Mark the nodes from which the sink can still be reached; return how many."""
    n = row.size
    for i in range(n):
        is_near_sink[row[i]] = i >= n - n_ends
    for i in range(n_ends):
        queue[i] = row[n - 1 - i]
    size = n_ends
    done = 0
    while done < size:
        node = queue[done]
        done += 1
        for e in range(start[node], start[node + 1]):
            other = head[e]
            # The residual of the way towards `node` is 1 + flow of the way from it.
            if flow[e] < 0 or not low <= place[other] < high or is_near_sink[other]:
                continue
            is_near_sink[other] = True
            queue[size] = other
            size += 1
    return size


@kernel(is_internal=True)
def mark_separator(
    part: NDArray[np.int8],
    row: NDArray[np.int32],
    low: int,
    high: int,
    place: NDArray[np.int32],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
) -> tuple[int, int]:
    """Turn a cut of streets into one of nodes: those on the side where they are fewer.

    `part` is 0 or 1 on entry, 2 for the nodes of the cut on return. Returns how
    many these are and the size of the smaller part that is left.
    """
    n_first = 0
    n_first_border = 0
    n_second_border = 0
    for i in range(row.size):
        node = row[i]
        own = part[node]
        if own == 0:
            n_first += 1
        for e in range(start[node], start[node + 1]):
            other = head[e]
            if low <= place[other] < high and part[other] != own:
                if own == 0:
                    n_first_border += 1
                else:
                    n_second_border += 1
                break
    n_second = row.size - n_first
    side = 0
    if n_second_border != n_first_border:
        side = 0 if n_first_border < n_second_border else 1
    elif n_second > n_first:
        side = 1
    for i in range(row.size):
        node = row[i]
        if part[node] != side:
            continue
        for e in range(start[node], start[node + 1]):
            other = head[e]
            if low <= place[other] < high and part[other] == 1 - side:
                part[node] = 2
                break
    if side == 0:
        return n_first_border, min(n_first - n_first_border, n_second)
    return n_second_border, min(n_first, n_second - n_second_border)


@kernel(is_internal=True)
def split_components(
    part: NDArray[np.int8],
    queue: NDArray[np.int32],
    row: NDArray[np.int32],
    low: int,
    high: int,
    place: NDArray[np.int32],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
) -> bool:
    """Share out connected parts, at most half of the nodes to part 0.

    Returns false if there is one part only.
    """
    n = row.size
    for i in range(n):
        part[row[i]] = 2
    size = 0
    n_first = 0
    for i in range(n):
        if part[row[i]] != 2:
            continue
        begin = size
        part[row[i]] = 1
        queue[size] = row[i]
        size += 1
        done = begin
        while done < size:
            node = queue[done]
            done += 1
            for e in range(start[node], start[node + 1]):
                other = head[e]
                if low <= place[other] < high and part[other] == 2:
                    part[other] = 1
                    queue[size] = other
                    size += 1
        if 2 * (n_first + size - begin) <= n:
            n_first += size - begin
            for j in range(begin, size):
                part[queue[j]] = 0
    return n_first > 0


@kernel(is_internal=True)
def share_out(
    orders: NDArray[np.int32],
    place: NDArray[np.int32],
    queue: NDArray[np.int32],
    part: NDArray[np.int8],
    low: int,
    high: int,
) -> tuple[int, int]:
    """Bring part 0 to the front, then part 1, then the separator, order kept within each."""
    n_first = 0
    n_second = 0
    for i in range(low, high):
        own = part[orders[0, i]]
        if own == 0:
            n_first += 1
        elif own == 1:
            n_second += 1
    for d in range(orders.shape[0]):
        row = orders[d]
        first = low
        second = low + n_first
        third = second + n_second
        for i in range(low, high):
            queue[i - low] = row[i]
        for i in range(high - low):
            node = queue[i]
            if part[node] == 0:
                row[first] = node
                first += 1
            elif part[node] == 1:
                row[second] = node
                second += 1
            else:
                row[third] = node
                third += 1
    for i in range(low, high):
        place[orders[0, i]] = i
    return n_first, n_second


@kernel
def dissect(
    orders: NDArray[np.int32],
    place: NDArray[np.int32],
    part: NDArray[np.int8],
    best: NDArray[np.int8],
    is_near_sink: NDArray[np.bool_],
    level: NDArray[np.int32],
    came_by: NDArray[np.int32],
    queue: NDArray[np.int32],
    flow: NDArray[np.int8],
    stack: NDArray[np.int64],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    back: NDArray[np.int32],
) -> None:
    """Order nodes so that eliminating them from the first to the last fills in little.

    Parameters
    ----------
    orders : (n_directions, n_nodes) int32, updated
        Nodes sorted along each direction. On return row 0 is the order of
        elimination.
    place : (n_nodes,) int32, scratch
    part, best : (n_nodes,) int8, scratch
    is_near_sink : (n_nodes,) bool, scratch
    level, came_by, queue : (n_nodes,) int32, scratch
    flow : (n_pairs,) int8, scratch
    stack : (2, n_nodes) int64, scratch
    start, head : (n_nodes + 1,) int64, (n_pairs,) int32
        Neighbours of each node, each pair of nodes both ways and once.
    back : (n_pairs,) int32
        The same pair the other way.
    """
    n = level.size
    for i in range(n):
        place[orders[0, i]] = i
    level[:] = 0
    stamp = 0
    stack[0, 0] = 0
    stack[1, 0] = n
    depth = 1
    while depth > 0:
        depth -= 1
        low = stack[0, depth]
        high = stack[1, depth]
        size = high - low
        if size < SMALLEST:
            continue
        row = orders[0, low:high]
        if not split_components(part, queue, row, low, high, place, start, head):
            n_ends = max(1, size * END_NUMERATOR // END_DENOMINATOR)
            least = size
            widest = 0
            for d in range(orders.shape[0]):
                row = orders[d, low:high]
                for i in range(size):
                    for e in range(start[row[i]], start[row[i] + 1]):
                        flow[e] = 0
                value, stamp, n_reached = push_flow(
                    level, came_by, queue, flow, row, n_ends, 2 * least + 1, stamp, low, high,
                    place, start, head, back,
                )  # fmt: skip
                if value > 2 * least:
                    continue
                n_back = reach_back(
                    is_near_sink, queue, flow, row, n_ends, low, high, place, start, head
                )
                # Of the two extreme minimum cuts the one nearer to the middle.
                is_first = abs(2 * n_reached - size) <= abs(2 * n_back - size)
                for i in range(size):
                    node = row[i]
                    if is_first:
                        part[node] = 0 if level[node] == stamp else 1
                    else:
                        part[node] = 1 if is_near_sink[node] else 0
                n_cut, n_smaller = mark_separator(part, row, low, high, place, start, head)
                if n_cut < least or (n_cut == least and n_smaller > widest):
                    least = n_cut
                    widest = n_smaller
                    for i in range(size):
                        best[row[i]] = part[row[i]]
            for i in range(size):
                part[row[i]] = best[row[i]]
        n_first, n_second = share_out(orders, place, queue, part, low, high)
        stack[0, depth] = low
        stack[1, depth] = low + n_first
        stack[0, depth + 1] = low + n_first
        stack[1, depth + 1] = low + n_first + n_second
        depth += 2
