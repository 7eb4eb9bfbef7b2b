"""Streams of customers: Poisson, at rates that change from time to time.

Gaps are addressed by class, customer and replication and are drawn at rate one; another
rate stretches them. So it moves customers in time but is never another draw, and a class
more changes no other class.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import exponential, philox4x32, uniform53
from twin.streams import QUEUE_ARRIVAL, pack_stream

_ARRIVAL_WORD = np.uint64(pack_stream(QUEUE_ARRIVAL))
FOREVER_US = np.int64(2**62)


class Streams(NamedTuple):
    """Rates of arrival of each class of customers, constant in pieces, in CSR order.

    Attributes
    ----------
    start : (n_classes + 1,) int64
        First piece of each class.
    from_us : (n_pieces,) int64
        From when a piece holds; ascending from 0 within a class.
    gap_us : (n_pieces,) float64
        Mean gap, inf where nobody comes.
    """

    start: NDArray[np.int64]
    from_us: NDArray[np.int64]
    gap_us: NDArray[np.float64]


@kernel
def next_arrival(time: int, piece: int, last: int, gap: float, streams: Streams) -> tuple[int, int]:
    """Return when the next customer comes, FOREVER_US for never, and the piece in force then.

    Parameters
    ----------
    time : int
        When the one before came, 0 at the start.
    piece, last : int
        The piece in force at `time`; the first of the next class.
    gap : float
        Unit exponential.
    streams : Streams
    """
    while True:
        is_last = piece + 1 >= last
        end = FOREVER_US if is_last else streams.from_us[piece + 1]
        mean = streams.gap_us[piece]
        if mean < math.inf:
            step = mean * gap
            if step < end - time:
                return np.int64(time + np.int64(step + 0.5)), piece
            gap -= (end - time) / mean
        if is_last:
            return FOREVER_US, piece
        time = end
        piece += 1


@kernel
def unit_gap(customer: int, of_class: int, replication: int, k0: int, k1: int) -> float:
    """Return the gap before a customer, drawn at rate one."""
    r0, r1, _, _ = philox4x32(
        np.uint64(customer),
        np.uint64(of_class),
        _ARRIVAL_WORD,
        np.uint64(replication),
        np.uint64(k0),
        np.uint64(k1),
    )
    return exponential(uniform53(r0, r1))


@kernel
def draw_arrivals(
    arrival_us: NDArray[np.int64], streams: Streams, end_us: int, replication: int, k0: int, k1: int
) -> int:
    """Write the stream of the first class up to `end_us`; return how many arrive.

    Parameters
    ----------
    arrival_us : (capacity,) int64, updated
        Arrival times; if the capacity is reached, later customers are left out.
    streams : Streams
    end_us : int
        Last time at which somebody may arrive.
    replication, k0, k1 : int
        Address: replication, words of the key.
    """
    time = np.int64(0)
    piece = np.int64(0)
    last = streams.start[1]
    for i in range(arrival_us.size):
        gap = unit_gap(i, np.int64(0), replication, k0, k1)
        time, piece = next_arrival(time, piece, last, gap, streams)
        if time > end_us:
            return i
        arrival_us[i] = time
    return arrival_us.size


@kernel
def draw_streams(
    arrival_us: NDArray[np.int64],
    number: NDArray[np.uint32],
    of_class: NDArray[np.uint16],
    streams: Streams,
    next_us: NDArray[np.int64],
    piece: NDArray[np.int64],
    n_drawn: NDArray[np.int64],
    end_us: int,
    replication: int,
    k0: int,
    k1: int,
) -> int:
    """Write the streams of all classes up to `end_us` as one; return how many arrive.

    Parameters
    ----------
    arrival_us, number, of_class : (capacity,) int64, uint32, uint16, updated
        Customers in order of arrival, at one instant by class: when, which of the class.
        If the capacity is reached, later customers are left out.
    streams : Streams
    next_us, piece, n_drawn : (n_classes,) int64, updated
        Scratch.
    end_us, replication, k0, k1 : int
        As `draw_arrivals`.
    """
    n_classes = next_us.size
    for c in range(n_classes):
        n_drawn[c] = 0
        gap = unit_gap(np.int64(0), c, replication, k0, k1)
        next_us[c], piece[c] = next_arrival(
            np.int64(0), streams.start[c], streams.start[c + 1], gap, streams
        )
    for i in range(arrival_us.size):
        first = 0
        for c in range(1, n_classes):
            if next_us[c] < next_us[first]:
                first = c
        if next_us[first] > end_us:
            return i
        arrival_us[i] = next_us[first]
        number[i] = n_drawn[first]
        of_class[i] = first
        n_drawn[first] += 1
        gap = unit_gap(n_drawn[first], first, replication, k0, k1)
        next_us[first], piece[first] = next_arrival(
            next_us[first], piece[first], streams.start[first + 1], gap, streams
        )
    return arrival_us.size
