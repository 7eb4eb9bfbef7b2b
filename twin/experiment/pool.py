"""A pool of processes in which a killed worker costs one run, never the experiment.

`concurrent.futures` breaks a pool when one of its processes dies; here the
pool is built anew and the runs that were under way are sent again
(`multiprocessing.Pool` would wait for ever after one SIGKILL).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from twin.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")

MOST_ATTEMPTS: Final = 3
"""A run that was under way in this many broken pools is taken to break them."""
PATIENCE_S: Final = 3.0
"""Time that a worker has to put away what it was writing."""
TERMINATED: Final = 143
PRELOAD: Final = ("twin.experiment.preload",)


class ResilientPool:
    """Map a function over tasks in processes, in the order in which they finish.

    Parameters
    ----------
    workers
        Number of processes.
    preload
        Modules that the fork server imports before it forks.
    """

    def __init__(self, workers: int, *, preload: Sequence[str] = PRELOAD) -> None:
        self.workers = workers
        self.n_rebuilt = 0
        self._preload = list(preload)
        self._executor: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield (task, result) as tasks finish.

        An exception of `function` ends the map; a process that dies does not,
        unless one task was under way in `MOST_ATTEMPTS` deaths.
        """
        waiting = deque(range(len(tasks)))
        attempts = [0] * len(tasks)
        running: dict[Future[R], int] = {}
        try:
            while waiting or running:
                self._fill(function, tasks, waiting, running)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                lost = []
                for future in done:
                    place = running.pop(future)
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        lost.append(place)
                    else:
                        yield tasks[place], result
                if lost:
                    lost += self._abandon(running)
                    self._charge(tasks, attempts, lost)
                    waiting.extendleft(sorted(lost, reverse=True))
        finally:
            self._close()

    def _fill(
        self,
        function: Callable[[T], R],
        tasks: Sequence[T],
        waiting: deque[int],
        running: dict[Future[R], int],
    ) -> None:
        """Keep one task more than there are processes under way."""
        while waiting and len(running) < self.workers + 1:
            place = waiting.popleft()
            try:
                with _without_main():
                    future = self._open().submit(_call, function, tasks[place])
            except BrokenProcessPool:
                # broken between two submissions: what is under way will say so
                waiting.appendleft(place)
                if not running:
                    self._discard()
                return
            running[future] = place

    def _open(self) -> ProcessPoolExecutor:
        if self._executor is None:
            start_server(self._preload)
            context = multiprocessing.get_context("forkserver")
            self._executor = ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=_obey_parent
            )
        return self._executor

    def _abandon(self, running: dict[Future[Any], int]) -> list[int]:
        """Give up a broken pool and return the tasks that were under way in it."""
        wait(running)
        places = list(running.values())
        running.clear()
        self._discard()
        return places

    def _discard(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None
            self.n_rebuilt += 1

    def _charge(self, tasks: Sequence[Any], attempts: list[int], lost: list[int]) -> None:
        for place in lost:
            attempts[place] += 1
            if attempts[place] >= MOST_ATTEMPTS:
                message = (
                    f"{tasks[place]}: its process was killed {MOST_ATTEMPTS} times\n"
                    "  hint: often too little memory: use fewer --workers, or see the system's log"
                )
                raise RunError(message)

    def _close(self) -> None:
        """Stop; what is under way is cut off when the caller was interrupted."""
        if self._executor is None:
            return
        # the executor has no public way to end what is under way
        processes = list((self._executor._processes or {}).values())  # noqa: SLF001
        is_interrupted = sys.exc_info()[0] is not None
        self._executor.shutdown(wait=not is_interrupted, cancel_futures=True)
        if is_interrupted:
            for process in processes:
                process.terminate()
            for process in processes:
                process.join(PATIENCE_S)
        self._executor = None


def start_server(preload: Sequence[str] = PRELOAD) -> None:
    """Start the fork server; it imports while the caller goes on reading files."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(preload))
    with _without_main():
        forkserver.ensure_running()


class Stopped(BaseException):
    """A worker was asked to end while it worked: what it opened is put away first."""


def _obey_parent() -> None:
    """Leave Ctrl-C to the parent, which ends the workers in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(TERMINATED))


def _call(function: Callable[[T], R], task: T) -> R:
    """Do one task; asked to end meanwhile, leave nothing half-written behind."""

    def stop(*_: object) -> None:
        raise Stopped

    idle = signal.signal(signal.SIGTERM, stop)
    try:
        return function(task)
    except Stopped:
        os._exit(TERMINATED)
    finally:
        signal.signal(signal.SIGTERM, idle)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the caller's main module while a process starts.

    A worker would import it: 0.1 s for a command line, and a script without
    the usual ``if __name__`` guard would start itself again.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
