"""Stations without a city: how replications are run by the city's event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.engine.state import empty_visits
from twin.kernels import stand as kernel
from twin.kernels import stand_tally, tally
from twin.kernels.queueing import NOBODY
from twin.parts.stand_columns import feed_of, stand_of, station_stage
from twin.streams import SLOT_BITS, split_key

if TYPE_CHECKING:
    from twin.parts.extent import Extent
    from twin.parts.stand_columns import StandSettings

N_REPLICATIONS_MAX: Final = 1 << SLOT_BITS
# Histograms of waits take 110 KB a replication and class: a batch stays below 30 MB.
_N_BINNED: Final = 256
_N_ROWS: Final = 4096


def run(settings: StandSettings) -> tuple[stand_tally.Results, stand_tally.Accounts]:
    """Run all replications; return what was counted, and the customers where asked for."""
    extent = settings.extent
    n = extent.n_replications
    accounts = _accounts(settings)
    stand = with_room(stand_of(settings), _N_ROWS)
    feed = feed_of(settings)
    size = max(1, _N_BINNED // settings.n_classes) if settings.has_bins else n
    parts = []
    for first in range(0, n, size):
        results = _results(settings, min(size, n - first))
        rows = accounts
        if settings.has_rows:
            rows = _rows(accounts, slice(first, first + size))
        stand = _run_batch(results, rows, stand, feed, extent, first)
        parts.append(results)
    results = _together(parts)
    if extent.is_open_ended and results.whole[:, stand_tally.CAME].max() >= extent.capacity:
        raise AssertionError("more customers than room was made for: a defect of the capacity")
    return results, accounts


def _run_batch(
    results: stand_tally.Results,
    accounts: stand_tally.Accounts,
    stand: kernel.Stand,
    feed: kernel.Feed,
    extent: Extent,
    first: int,
) -> kernel.Stand:
    """Run some replications; return the stand, whose columns may have grown."""
    row = 0
    while True:
        row = kernel.run_stand(
            results,
            accounts,
            stand,
            feed,
            extent.from_us,
            extent.until_us,
            row,
            extent.first_replication + first,
            *split_key(extent.seed),
        )
        if row == results.whole.shape[0]:
            return stand
        stand = with_room(stand, 2 * stand.visits.row.size)


def with_room(stand: kernel.Stand, n_rows: int) -> kernel.Stand:
    """Return the same stand with room for `n_rows` visits and twice as many events."""
    pending = np.empty(2 * n_rows, dtype=np.int64)
    return stand._replace(
        visits=empty_visits(n_rows),
        agenda=stand.agenda._replace(pending_us=pending, pending_key=pending.copy()),
    )


def _results(settings: StandSettings, n: int) -> stand_tally.Results:
    n_parts = len(settings.stages)
    n_bins = tally.N_WAIT_BINS if settings.has_bins else 0
    n_stations = station_stage(settings).size
    n_each = n_stations // n_parts
    return stand_tally.Results(
        tallies=np.zeros((n, n_parts, tally.N_TALLIES)),
        n_in_bin=np.zeros((n, n_parts, n_bins), dtype=np.int64),
        n_longer=np.zeros((n, n_parts, settings.thresholds_us.size), dtype=np.int64),
        n_present=np.zeros((n, settings.at_us.size), dtype=np.int64),
        whole=np.zeros((n, stand_tally.N_WHOLE)),
        part_of_station=np.arange(n_stations, dtype=np.int32) // np.int32(n_each),
        threshold_us=settings.thresholds_us,
        at_us=settings.at_us,
    )


def _together(parts: list[stand_tally.Results]) -> stand_tally.Results:
    if len(parts) == 1:
        return parts[0]
    names = ("tallies", "n_in_bin", "n_longer", "n_present", "whole")
    return parts[0]._replace(
        **{name: np.concatenate([getattr(one, name) for one in parts]) for name in names}
    )


def _accounts(settings: StandSettings) -> stand_tally.Accounts:
    n = settings.extent.n_replications if settings.has_rows else 1
    shape = (n, settings.extent.capacity)
    return stand_tally.Accounts(
        arrival_us=np.full(shape, NOBODY, dtype=np.int64),
        service_us=np.full(shape, NOBODY, dtype=np.int64),
        start_us=np.full(shape, NOBODY, dtype=np.int64),
        end_us=np.full(shape, NOBODY, dtype=np.int64),
        outcome=np.full(shape, NOBODY, dtype=np.int8),
        of_class=np.full(shape, NOBODY, dtype=np.int8),
    )


def _rows(accounts: stand_tally.Accounts, rows: slice) -> stand_tally.Accounts:
    return stand_tally.Accounts(
        arrival_us=accounts.arrival_us[rows],
        service_us=accounts.service_us[rows],
        start_us=accounts.start_us[rows],
        end_us=accounts.end_us[rows],
        outcome=accounts.outcome[rows],
        of_class=accounts.of_class[rows],
    )
