"""Queueing formulas, written from the textbooks and used by tests only."""

from __future__ import annotations

import math


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
