"""The one decorator of compiled functions, with a cache that can be trusted.

Numba's own cache notices a change of the file a function stands in, not of a
callee in another file or of a constant imported from there, and goes on running
the old machine code; a truncated cache file ends the import. Here

* machine code lies in a folder named by a digest of *all* kernel sources, the
  constant files they import, and the versions and options that shape code;
* one file holds one specialisation, so that two processes that compile at the
  same time cannot mix up entries (there is no shared index to race for);
* a file repeats its full address and a checksum: whatever is truncated, flipped
  or moved is a miss, and a miss compiles.

Only functions of this package are cached: sources elsewhere are not in the
digest. This leans on private parts of Numba (`Dispatcher._cache`,
`CompileResult._reduce`), which is why its version is capped.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import os
import pickle
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, overload

import llvmlite
import numba
import numpy as np
from numba import njit
from numba.core import config, types
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

_KERNELS: Final = Path(__file__).resolve().parent
_CONSTANT_FILES: Final = ("streams.py", "units.py")
_MAGIC: Final = b"twinjit1"
_CHECKSUM_BYTES: Final = 32
_HEADER_BYTES: Final = len(_MAGIC) + _CHECKSUM_BYTES + 4
# Old digests are other checkouts and earlier versions; a few are worth keeping.
_N_FOLDERS_KEPT: Final = 12


@overload
def kernel(function: Callable[P, R]) -> Callable[P, R]: ...
@overload
def kernel(
    *, allocates: bool = False, is_inlined: bool = False, is_internal: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def kernel(
    function: Callable[P, R] | None = None,
    *,
    allocates: bool = False,
    is_inlined: bool = False,
    is_internal: bool = False,
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile `function` on its first call, or load what was compiled before.

    Compiled code holds no GIL, follows IEEE arithmetic to the letter (no
    ``fastmath``) and returns inf or nan instead of raising on division by zero.

    It borrows its arrays: Numba's reference counts (an atomic write for each
    array of a named tuple at each call and field) cost 300 of 316 ns a customer
    in the queue. So a kernel makes no array and returns none, which the compiler
    checks ("No implementation of function empty"): the caller brings the scratch.
    A function that must allocate says ``@kernel(allocates=True)``.

    ``@kernel(is_inlined=True)`` is for the few that the compiler thinks too long to
    inline and that cost little but the call: a draw fell from 17 to 4 ns.

    ``@kernel(is_internal=True)`` is for those that only kernels call: Python cannot, and
    the wrappers that it would need (5 of 12 s of compiling the event loop, whose named
    tuples are long to unpack) are left out.
    """
    if function is None:
        return functools.partial(
            kernel, allocates=allocates, is_inlined=is_inlined, is_internal=is_internal
        )
    if config.DISABLE_JIT:
        return function
    options = {"nogil": True, "fastmath": False, "error_model": "numpy", "_nrt": allocates}
    if is_inlined:
        options["forceinline"] = True
    if is_internal:
        options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    dispatcher = njit(**options)(function)
    if _is_ours(function):
        dispatcher._cache = KernelCache(function)  # noqa: SLF001 - see module docstring
    compiled: Callable[P, R] = dispatcher
    return compiled


def cache_root() -> Path:
    """Return where compiled kernels are kept; the folder need not exist."""
    own = os.environ.get("TWIN_CACHE_DIR")
    if own:
        return Path(own) / "kernels"
    xdg = os.environ.get("XDG_CACHE_HOME")
    base = Path(xdg) if xdg and Path(xdg).is_absolute() else Path("~/.cache").expanduser()
    return base / "twin" / "kernels"


@functools.cache
def cache_folder() -> Path | None:
    """Return the writable folder of this process's kernels, or None for no cache."""
    folder = cache_root() / _stamp_at_import()
    try:
        is_new = not folder.exists()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Cached code is run: never take it from a folder that somebody else owns.
        if hasattr(os, "geteuid") and folder.stat().st_uid != os.geteuid():
            return None
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError):
        return None
    if is_new:
        _prune(folder)
    return folder


def source_stamp() -> str:
    """Return the digest of everything that decides the machine code of all kernels."""
    digest = hashlib.sha256()
    constants = [_KERNELS.parent / name for name in _CONSTANT_FILES]
    for path in [*sorted(_KERNELS.glob("*.py")), *constants]:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    options = (
        sys.implementation.cache_tag,
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
        config.OPT,
        config.BOUNDSCHECK,
        config.LOOP_VECTORIZE,
        config.SLP_VECTORIZE,
        config.DEBUGINFO_DEFAULT,
        config.USING_SVML,
    )
    digest.update(repr(options).encode())
    return digest.hexdigest()[:24]


@functools.cache
def _stamp_at_import() -> str:
    return source_stamp()


def _is_ours(function: Callable[..., object]) -> bool:
    if getattr(function, "__closure__", None):
        return False
    return Path(inspect.getfile(function)).resolve().parent == _KERNELS


def _prune(keep: Path) -> None:
    """Remove all but the latest folders; another process's loss is one compilation."""
    with contextlib.suppress(OSError):
        others = [path for path in keep.parent.iterdir() if path.is_dir() and path != keep]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in others[_N_FOLDERS_KEPT:]:
            shutil.rmtree(path, ignore_errors=True)


def _described(kind: Any) -> str | None:  # noqa: ANN401 - Numba's types are untyped
    """Return a text equal for two argument types only if code may be shared.

    A named tuple's fields are spelt out: Numba compares its class by reference
    and would run old offsets after its fields changed places. Functions passed
    as arguments have no address that outlives the process: None, not cached.
    """
    if isinstance(kind, types.BaseTuple):
        parts = [_described(part) for part in kind.types]
        if None in parts:
            return None
        text = ", ".join(part for part in parts if part is not None)
        if isinstance(kind, types.BaseNamedTuple):
            owner = kind.instance_class
            return f"{owner.__module__}.{owner.__qualname__}{kind.fields}({text})"
        return f"({text})"
    if isinstance(kind, (types.Callable, types.FunctionType)):
        return None
    return repr(kind)


class KernelCache:
    """What Numba's dispatcher asks for machine code: one file a specialisation."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._code = function.__code__

    @property
    def cache_path(self) -> str | None:
        """The folder, for Numba's statistics."""
        folder = cache_folder()
        return None if folder is None else str(folder)

    def load_overload(self, signature: Any, target: Any) -> Any:  # noqa: ANN401 - Numba's types
        """Return the compiled specialisation, or None where there is no sound one."""
        target.refresh()
        address = self._address(signature, target.codegen())
        path = self._path(address)
        if address is None or path is None:
            return None
        payload = _read(path, address)
        if payload is None:
            return None
        try:
            return CompileResult._rebuild(target, *pickle.loads(payload))  # noqa: S301, SLF001
        except Exception:  # noqa: BLE001 - whatever a stale pickle raises, compiling is the answer
            return None

    def save_overload(self, signature: Any, result: Any) -> None:  # noqa: ANN401 - Numba's types
        """Keep a compiled specialisation; failing to is not an error."""
        if any(not part.can_cache for part in result.lifted) or result.library.has_dynamic_globals:
            return
        address = self._address(signature, result.library.codegen)
        path = self._path(address)
        # A source edited while this process runs would be kept under the old digest.
        if address is None or path is None or source_stamp() != _stamp_at_import():
            return
        with contextlib.suppress(OSError):
            _write(path, address, dumps(result._reduce()))  # noqa: SLF001

    def enable(self) -> None:
        """Do nothing: this cache is always on."""

    def disable(self) -> None:
        """Do nothing: this cache is always on."""

    def flush(self) -> None:
        """Forget the compiled specialisations of this function."""
        folder = cache_folder()
        if folder is not None:
            for path in folder.glob(f"{self._name}-*.bin"):
                path.unlink(missing_ok=True)

    def _address(self, signature: Any, codegen: Any) -> bytes | None:  # noqa: ANN401 - Numba's types
        described = [_described(kind) for kind in signature]
        if None in described:
            return None
        body = hashlib.sha256(self._code.co_code).hexdigest()
        where = (_stamp_at_import(), self._name, self._code.co_firstlineno, body)
        return repr((where, described, codegen.magic_tuple())).encode()

    def _path(self, address: bytes | None) -> Path | None:
        folder = cache_folder()
        if folder is None or address is None:
            return None
        return folder / f"{self._name}-{hashlib.sha256(address).hexdigest()[:16]}.bin"


def _read(path: Path, address: bytes) -> bytes | None:
    """Return what was kept under `address`, or None unless every byte is as written."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = _HEADER_BYTES + len(address)
    body = data[_HEADER_BYTES - 4 :]
    is_sound = (
        data.startswith(_MAGIC)
        and data[len(_MAGIC) : _HEADER_BYTES - 4] == hashlib.sha256(body).digest()
        and body[:4] == len(address).to_bytes(4, "little")
        and data[_HEADER_BYTES:start] == address
    )
    return data[start:] if is_sound else None


def _write(path: Path, address: bytes, payload: bytes) -> None:
    """Write under a temporary name and rename: a reader sees all of it or nothing."""
    body = len(address).to_bytes(4, "little") + address + payload
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(body).digest() + body)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


_stamp_at_import()
