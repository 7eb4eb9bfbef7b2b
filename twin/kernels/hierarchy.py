"""A customisable contraction hierarchy (Dibbelt, Strasser and Wagner 2016).

Nodes are numbered by rank, their place in the order of elimination. Eliminating a
node links all its higher neighbours with each other; the links of the network and
the links so made are *arcs*, each with a lower node, where it is stored, and a
higher one. Which arcs there are depends on the streets alone. Times on them are
found from the times on the streets by looking at every triangle of arcs once.

Times on arcs are uint32 with ``NEVER`` (2**31) for "no way": the sum of a time
that is one and any entry does not wrap around, and what is ``NEVER`` or more is
beyond the 31 bits of a time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel

NOBODY = -1
NEVER = 1 << 31


@kernel
def grow_elimination_tree(
    parent: NDArray[np.int32],
    ancestor: NDArray[np.int32],
    low_start: NDArray[np.int64],
    low: NDArray[np.int32],
) -> None:
    """Find the lowest higher node that each node will have an arc to (Liu 1986).

    Parameters
    ----------
    parent : (n_nodes,) int32, updated
        ``NOBODY`` for a root.
    ancestor : (n_nodes,) int32, scratch
    low_start, low : (n_nodes + 1,) int64, (n_links,) int32
        Lower neighbours of each node in the network.
    """
    parent[:] = NOBODY
    ancestor[:] = NOBODY
    for node in range(parent.size):
        for i in range(low_start[node], low_start[node + 1]):
            v = low[i]
            while ancestor[v] != NOBODY and ancestor[v] != node:
                onward = ancestor[v]
                ancestor[v] = node
                v = onward
            if ancestor[v] == NOBODY:
                ancestor[v] = node
                parent[v] = node


@kernel
def number_by_subtree(
    rank: NDArray[np.int32],
    first_child: NDArray[np.int32],
    sibling: NDArray[np.int32],
    parent: NDArray[np.int32],
) -> None:
    """Renumber nodes: each subtree becomes a run of ranks that ends with its root.

    Any such order makes the same arcs (Liu 1990), and neighbours in the tree
    become neighbours in memory.

    Parameters
    ----------
    rank : (n_nodes,) int32, updated
    first_child, sibling : (n_nodes,) int32, scratch
    parent : (n_nodes,) int32
        Above every node of its subtree.
    """
    n = parent.size
    first_child[:] = NOBODY
    for node in range(n - 1, -1, -1):
        if parent[node] != NOBODY:
            sibling[node] = first_child[parent[node]]
            first_child[parent[node]] = node
    done = 0
    for root in range(n):
        if parent[root] != NOBODY:
            continue
        node = root
        while node != NOBODY:
            if first_child[node] != NOBODY:
                onward = first_child[node]
                first_child[node] = NOBODY
                node = onward
                continue
            rank[node] = done
            done += 1
            if node == root:
                node = NOBODY
            elif sibling[node] != NOBODY:
                node = sibling[node]
            else:
                node = parent[node]


@kernel
def count_arcs(
    n_arcs: NDArray[np.int64],
    depth: NDArray[np.int32],
    first: NDArray[np.int32],
    mark: NDArray[np.int32],
    parent: NDArray[np.int32],
    low_start: NDArray[np.int64],
    low: NDArray[np.int32],
) -> None:
    """Count the arcs from each node upwards, and measure the tree.

    The lower ends of the arcs of a node are a subtree of the elimination tree that
    hangs from it, pruned below its neighbours (Liu 1986).

    Parameters
    ----------
    n_arcs : (n_nodes,) int64, updated
    depth : (n_nodes,) int32, updated
        Number of nodes above it in the tree.
    first : (n_nodes,) int32, updated
        Lowest node of its subtree, which is ``first[v]..v``.
    mark : (n_nodes,) int32, scratch
    parent, low_start, low
        As in `grow_elimination_tree`, numbered by subtree.
    """
    n_arcs[:] = 0
    mark[:] = NOBODY
    for node in range(parent.size):
        first[node] = node
    for node in range(parent.size):
        mark[node] = node
        for i in range(low_start[node], low_start[node + 1]):
            v = low[i]
            while mark[v] != node:
                mark[v] = node
                n_arcs[v] += 1
                v = parent[v]
        above = parent[node]
        if above != NOBODY and first[node] < first[above]:
            first[above] = first[node]
    for node in range(parent.size - 1, -1, -1):
        depth[node] = 0 if parent[node] == NOBODY else depth[parent[node]] + 1


@kernel
def list_arcs(
    head: NDArray[np.int32],
    cursor: NDArray[np.int64],
    mark: NDArray[np.int32],
    parent: NDArray[np.int32],
    low_start: NDArray[np.int64],
    low: NDArray[np.int32],
) -> None:
    """List the arcs: by their lower node, then by their higher one.

    Parameters
    ----------
    head : (n_arcs,) int32, updated
        The higher node.
    cursor : (n_nodes,) int64, updated
        First arc of each node on entry, the next node's on return.
    mark : (n_nodes,) int32, scratch
    parent, low_start, low
        As in `count_arcs`.
    """
    mark[:] = NOBODY
    for node in range(parent.size):
        mark[node] = node
        for i in range(low_start[node], low_start[node + 1]):
            v = low[i]
            while mark[v] != node:
                mark[v] = node
                head[cursor[v]] = node
                cursor[v] += 1
                v = parent[v]


@kernel
def find_arcs(
    arc: NDArray[np.int32],
    lower: NDArray[np.int32],
    higher: NDArray[np.int32],
    arc_start: NDArray[np.int64],
    head: NDArray[np.int32],
) -> None:
    """Find the arc between pairs of nodes, ``NOBODY`` for a pair of one node.

    Parameters
    ----------
    arc : (n_pairs,) int32, updated
    lower, higher : (n_pairs,) int32
        Ranks; each pair has an arc, or is one node twice.
    arc_start, head : (n_nodes + 1,) int64, (n_arcs,) int32
        Arcs of each node.
    """
    for i in range(arc.size):
        if lower[i] == higher[i]:
            arc[i] = NOBODY
            continue
        begin = arc_start[lower[i]]
        end = arc_start[lower[i] + 1]
        while end - begin > 1:
            middle = (begin + end) // 2
            if head[middle] <= higher[i]:
                begin = middle
            else:
                end = middle
        arc[i] = begin


@kernel
def list_triangles(
    top: NDArray[np.int32],
    arc_start: NDArray[np.int64],
    head: NDArray[np.int32],
) -> None:
    """List the third arc of every triangle, by its lowest node and the other two arcs.

    Parameters
    ----------
    top : (n_triangles,) int32, updated
        For each node and each pair i < j of its arcs the arc between their heads.
    arc_start, head
        Arcs of each node.
    """
    k = 0
    for node in range(arc_start.size - 1):
        end = arc_start[node + 1]
        for i in range(arc_start[node], end):
            arc = arc_start[head[i]]
            for j in range(i + 1, end):
                while head[arc] != head[j]:
                    arc += 1
                top[k] = arc
                k += 1


@kernel
def customise(
    up: NDArray[np.uint32],
    down: NDArray[np.uint32],
    edge_ms: NDArray[np.int32],
    edge_arc: NDArray[np.int32],
    is_up: NDArray[np.bool_],
    arc_start: NDArray[np.int64],
    top: NDArray[np.int32],
) -> None:
    """Find the time on every arc, both ways, from the times on the edges.

    Parameters
    ----------
    up, down : (n_arcs,) uint32, updated
        Least time from the lower to the higher node through lower nodes only, and
        back; ``NEVER`` where there is no way.
    edge_ms : (n_edges,) int32
        Negative: the edge may not be used.
    edge_arc : (n_edges,) int32
        The arc of an edge, ``NOBODY`` for a loop.
    is_up : (n_edges,) bool
        Whether the edge leads to the higher node.
    arc_start, top
        As in `list_triangles`.
    """
    never = np.uint32(NEVER)
    up[:] = never
    down[:] = never
    for edge in range(edge_ms.size):
        arc = edge_arc[edge]
        if edge_ms[edge] < 0 or arc < 0:
            continue
        step = np.uint32(edge_ms[edge])
        if is_up[edge]:
            up[arc] = min(up[arc], step)
        else:
            down[arc] = min(down[arc], step)
    k = 0
    for node in range(arc_start.size - 1):
        end = arc_start[node + 1]
        for i in range(arc_start[node], end):
            rise = up[i]
            fall = down[i]
            if rise == never and fall == never:
                k += end - i - 1
                continue
            for j in range(i + 1, end):
                arc = top[k]
                k += 1
                # Of two that are NEVER the sum wraps around to 0.
                if fall != never:
                    up[arc] = min(up[arc], np.uint32(fall + up[j]))
                if rise != never:
                    down[arc] = min(down[arc], np.uint32(rise + down[j]))
