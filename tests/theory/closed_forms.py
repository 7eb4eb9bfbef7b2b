"""Queueing formulas, written from the textbooks and used by tests only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, lil_matrix
from scipy.sparse.linalg import spsolve

if TYPE_CHECKING:
    from collections.abc import Sequence


def erlang_b(load: float, servers: int) -> float:
    """Share of arrivals lost in M/G/c/c (Erlang 1917), by the stable recursion."""
    blocked = 1.0
    for c in range(1, servers + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Probability of waiting in M/M/c."""
    blocked = erlang_b(load, servers)
    rho = load / servers
    return blocked / (1.0 - rho + rho * blocked)


def mmc_wait(rate: float, mean: float, servers: int) -> float:
    """Mean wait in M/M/c."""
    return erlang_c(rate * mean, servers) * mean / (servers - rate * mean)


def mmc_wait_longer(rate: float, mean: float, servers: int, t: float) -> float:
    """P(wait > t) in M/M/c."""
    return erlang_c(rate * mean, servers) * math.exp(-(servers / mean - rate) * t)


def mmck_states(rate: float, mean: float, servers: int, places: int) -> list[float]:
    """Stationary distribution of the number in M/M/c/K, by birth and death."""
    weights = [1.0]
    for n in range(1, places + 1):
        weights.append(weights[-1] * rate * mean / min(n, servers))
    return [w / sum(weights) for w in weights]


def pollaczek_khinchine(rate: float, mean: float, cv: float) -> float:
    """Mean wait in M/G/1 (Pollaczek 1930, Khinchine 1932)."""
    rho = rate * mean
    return rho * mean * (1.0 + cv * cv) / (2.0 * (1.0 - rho))


def crommelin_wait(rate: float, length: float, servers: int) -> float:
    """Mean wait in M/D/c (Crommelin 1932), by the sum over whole service lengths.

    ``W = sum over i >= 1 of exp(-i a) * (sum over j > ic of (ia)**j/j! * (j - ic)) / (i rate)``
    with a = rate * length, the mean excess of a Poisson(ia) count over ic.
    """
    load = rate * length
    total = 0.0
    for i in range(1, 4000):
        mean = i * load
        level = i * servers
        # E(N - level)+ = mean * P(N >= level) - level * P(N >= level + 1)
        at_level = math.exp(level * math.log(mean) - mean - math.lgamma(level + 1.0))
        above = 0.0
        term = at_level
        for j in range(level + 1, level + 2000):
            term *= mean / j
            above += term
            if term < 1e-18 * (above + 1e-300):
                break
        excess = mean * (at_level + above) - level * above
        total += excess / i
        if excess < 1e-14 * total:
            break
    return total / rate


def erlang_a_states(rate: float, mean: float, servers: int, theta: float) -> list[float]:
    """Stationary distribution of the number in M/M/c+M (Palm 1957), by birth and death."""
    weights = [1.0]
    for n in range(1, servers + 2_000):
        leave = min(n, servers) / mean + max(0, n - servers) * theta
        weights.append(weights[-1] * rate / leave)
        if weights[-1] < 1e-18 * sum(weights):
            break
    return [w / sum(weights) for w in weights]


def cobham_waits(
    rates: Sequence[float], means: Sequence[float], squares: Sequence[float]
) -> list[float]:
    """Mean waits in M/G/1 with classes, services not interrupted (Cobham 1954)."""
    residual = sum(r * s for r, s in zip(rates, squares, strict=True)) / 2.0
    waits = []
    before = 0.0
    for rate, mean in zip(rates, means, strict=True):
        after = before + rate * mean
        waits.append(residual / ((1.0 - before) * (1.0 - after)))
        before = after
    return waits


def preemptive_sojourns(
    rates: Sequence[float], means: Sequence[float], squares: Sequence[float]
) -> list[float]:
    """Mean times in M/G/1 with classes, pre-emptive resume (Kleinrock 1976, 3.39)."""
    sojourns = []
    before = 0.0
    residual = 0.0
    for rate, mean, square in zip(rates, means, squares, strict=True):
        after = before + rate * mean
        residual += rate * square / 2.0
        sojourns.append(mean / (1.0 - before) + residual / ((1.0 - before) * (1.0 - after)))
        before = after
    return sojourns


def shortest_of_two(rate: float, n_max: int) -> tuple[float, float]:
    """Mean number and P(both busy) of two M/M/1 queues, the shorter joined; cut at `n_max`."""
    size = n_max + 1
    number = np.arange(size * size).reshape(size, size)
    chain = lil_matrix((size * size, size * size))
    for i in range(size):
        for j in range(size):
            moves = [(max(i - 1, 0), j, 1.0), (i, max(j - 1, 0), 1.0)]
            if i <= j:
                moves.append((min(i + 1, n_max), j, rate if i < j else rate / 2.0))
            if j <= i:
                moves.append((i, min(j + 1, n_max), rate if j < i else rate / 2.0))
            for a, b, flow in moves:
                chain[number[a, b], number[i, j]] += flow
                chain[number[i, j], number[i, j]] -= flow
    chain[0, :] = 1.0
    right = np.zeros(size * size)
    right[0] = 1.0
    p = spsolve(csc_matrix(chain), right).reshape(size, size)
    level = np.arange(size)
    return float((p * (level[:, None] + level)).sum()), float(p[1:, 1:].sum())
