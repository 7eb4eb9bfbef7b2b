"""Points on a rectangle: counts and places of a Poisson field, addresses."""

from __future__ import annotations

import numpy as np

from twin.kernels.points import throw_points, throw_poisson_points
from twin.streams import split_key

KEY = split_key(11)
WIDTH, HEIGHT, DENSITY = 40_000.0, 10_000.0, 50 / (40_000.0 * 10_000.0)


def field(replication, capacity=200):
    x, y = np.full((2, capacity), -1, dtype=np.int64)
    n = throw_poisson_points(x, y, 1 / (DENSITY * HEIGHT), WIDTH, HEIGHT, 0, replication, *KEY)
    return x, y, n


def test_counts_of_a_poisson_field_have_its_mean_and_variance():
    counts = np.array([field(r)[2] for r in range(4000)])
    assert abs(counts.mean() - 50) < 5 * np.sqrt(50 / 4000)
    # The variance of a sample variance of a Poisson count is about 2 * 50**2 / n.
    assert abs(counts.var() - 50) < 5 * np.sqrt((2 * 50**2 + 50) / 4000)
    halves = np.array([(x[:n] < WIDTH / 2).sum() for x, _, n in map(field, range(4000))])
    assert abs(np.corrcoef(halves, counts - halves)[0, 1]) < 5 / np.sqrt(4000)


def test_points_lie_on_the_rectangle_and_nothing_is_written_beyond_the_last():
    x, y, n = field(3)
    assert ((x[:n] >= 0) & (x[:n] < WIDTH) & (y[:n] >= 0) & (y[:n] < HEIGHT)).all()
    assert (np.diff(x[:n]) >= 0).all()
    assert (y[n:] == -1).all()
    assert abs(y[:n].mean() / HEIGHT - 0.5) < 0.25


def test_no_room_is_told():
    assert field(0, capacity=10)[2] == 10


def test_uniform_points_fill_the_rectangle_and_keep_their_places():
    x, y = np.empty((2, 20_000), dtype=np.int64)
    throw_points(x, y, WIDTH, HEIGHT, 1, 0, *KEY)
    cells, _, _ = np.histogram2d(x, y, bins=(8, 4), range=((0, WIDTH), (0, HEIGHT)))
    expected = 20_000 / 32
    assert ((cells - expected) ** 2 / expected).sum() < 31 + 5 * np.sqrt(62)
    fewer_x, fewer_y = np.empty((2, 5), dtype=np.int64)
    throw_points(fewer_x, fewer_y, WIDTH, HEIGHT, 1, 0, *KEY)
    assert fewer_x.tolist() == x[:5].tolist()
    other_x, other_y = np.empty((2, 5), dtype=np.int64)
    throw_points(other_x, other_y, WIDTH, HEIGHT, 2, 0, *KEY)
    assert other_x.tolist() != fewer_x.tolist()
    assert fewer_y.tolist() == y[:5].tolist()
