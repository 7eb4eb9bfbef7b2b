"""What import-linter cannot say: bans on names and calls, sizes, and what starts a process."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import twin
from twin.kernels.jit import _CONSTANT_FILES

PACKAGE = Path(twin.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
N_LINES_MAX = 400
N_FUNCTION_LINES_MAX = 50
N_PUBLIC_NAMES_MAX = 20
HEAVY = ("numba", "mesa", "pandas", "scipy", "osmnx", "networkx", "pyarrow", "numpy", "shapely")


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def run_time(tree: ast.Module) -> ast.Module:
    """The module without what only a type checker reads."""
    body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING"))
    ]
    return ast.Module(body=body, type_ignores=[])


def dotted(node: ast.AST) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def calls(tree: ast.AST) -> list[str]:
    return [dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def offenders(check: Callable[[Path, ast.Module], object], paths: Iterable[Path]) -> list[str]:
    """Every source of which `check` finds something, with what it found."""
    found = [(path, check(path, parsed(path))) for path in paths]
    return [f"{name_of(path)}: {what}" for path, what in found if what]


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


KERNELS = [path for path in SOURCES if layer(path) == "kernels"]
OTHERS = [path for path in SOURCES if layer(path) != "kernels"]


def test_annotations_too_point_down(root: Path) -> None:
    """Import-linter checks what is loaded; this checks what a type checker reads as well."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    lines = project["tool"]["importlinter"]["contracts"][0]["layers"]
    depth = {name: i for i, line in enumerate(lines) for name in re.findall(r"\w+", line)}

    def upward(path: Path, tree: ast.Module) -> list[str]:
        own = depth.get(layer(path).removesuffix(".py"), -1)
        inner = [m.split(".")[1] for m in imported(tree) if m.startswith("twin.")]
        return sorted({name for name in inner if depth.get(name, own) < own})

    assert not offenders(upward, SOURCES)


def test_no_generator_outside_streams() -> None:
    def generators(_path: Path, tree: ast.Module) -> list[str]:
        banned = ("random", "numpy.random", "secrets", "scipy.stats.qmc")
        names = [m for m in imported(run_time(tree)) if any(is_within(m, b) for b in banned)]
        used = [dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        # A generator may be passed on; only `streams` makes one.
        made = [name for name in used if re.match(r"(np|numpy)\.random\.(?!Generator$)", name)]
        return names + made

    assert not offenders(generators, [path for path in SOURCES if path.name != "streams.py"])


def test_no_print() -> None:
    def prints(_path: Path, tree: ast.Module) -> list[int]:
        return [
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ]

    assert not offenders(prints, SOURCES), "the command line speaks through twin/cli/output.py"


def test_no_wall_clock_and_no_salted_hash_in_a_run() -> None:
    banned = {"time.time", "datetime.now", "datetime.today", "date.today", "hash", "uuid.uuid4"}
    layers = {"kernels", "engine", "model", "city", "population"}
    paths = [p for p in SOURCES if layer(p) in layers and p.stem != "jit"]

    def found(_path: Path, tree: ast.Module) -> set[str]:
        # A class may define how it is hashed.
        owned = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef) and function.name == "__hash__"
            for node in ast.walk(function)
        }
        nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and id(n) not in owned]
        return {dotted(node.func) for node in nodes} & banned

    assert not offenders(found, paths), "a run depends on its seed alone"


def test_kernels_are_defined_in_kernels_only() -> None:
    def found(_path: Path, tree: ast.Module) -> list[str]:
        return [
            m for m in imported(tree) if m == "twin.kernels.jit.kernel" or is_within(m, "numba")
        ]

    assert not offenders(found, OTHERS), "sources elsewhere are not in the digest of the cache"


def test_kernels_read_constants_from_digested_files_only() -> None:
    digested = ("twin.kernels", *(f"twin.{name.removesuffix('.py')}" for name in _CONSTANT_FILES))

    def found(_path: Path, tree: ast.Module) -> list[str]:
        own = [module for module in imported(tree) if is_within(module, "twin")]
        return [m for m in own if not any(is_within(m, k) for k in digested)]

    assert not offenders(found, [path for path in KERNELS if path.stem != "jit"])


def test_every_kernel_is_compiled_by_the_one_decorator() -> None:
    def found(_path: Path, tree: ast.Module) -> list[str]:
        compiled = [n for n in calls(tree) if n.endswith(("jit", "vectorize", "cfunc", "stencil"))]
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        options = [keyword.arg for node in nodes for keyword in node.keywords]
        return compiled + ["fastmath"] * ("fastmath" in options)

    assert not offenders(found, [path for path in KERNELS if path.stem != "jit"])


def test_files_are_short() -> None:
    def found(path: Path, _tree: ast.Module) -> int:
        n_lines = path.read_text(encoding="utf-8").count("\n")
        return n_lines if n_lines > N_LINES_MAX else 0

    assert not offenders(found, SOURCES)


def test_functions_are_short() -> None:
    def found(_path: Path, tree: ast.Module) -> dict[str, int]:
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        lengths = {node.name: (node.end_lineno or 0) - _body_start(node) for node in nodes}
        return {name: n for name, n in lengths.items() if n > N_FUNCTION_LINES_MAX}

    # A compiled loop cannot be cut by closures: kernels are exempt.
    assert not offenders(found, OTHERS)


def _body_start(node: ast.FunctionDef) -> int:
    """The line after the docstring: explaining more is never a fault."""
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        return node.body[1].lineno
    return node.lineno


def test_public_names_are_few_and_exist() -> None:
    assert len(twin.__all__) <= N_PUBLIC_NAMES_MAX
    assert set(twin._HOMES) | {"__version__"} == set(twin.__all__)
    for name in twin.__all__:
        assert getattr(twin, name) is not None
    assert set(dir(twin)) == set(twin.__all__)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute `nothing`"):
        twin.nothing  # noqa: B018


def loaded_after(code: str) -> set[str]:
    probe = f"import sys\n{code}\nsys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    return {module.split(".")[0] for module in done.stderr.split()}


@pytest.mark.parametrize("code", ["import twin", "import twin.cli; twin.cli.main(['--help'])"])
def test_start_is_light(code: str) -> None:
    assert loaded_after(code).isdisjoint(HEAVY)


def test_no_machine_path_in_the_package() -> None:
    banned = ("/wo" + "rk/", "/tm" + "p/", "/ro" + "ot/", "/ho" + "me/")
    found = [name_of(p) for p in SOURCES if any(b in p.read_text(encoding="utf-8") for b in banned)]
    assert not found
