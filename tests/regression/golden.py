"""Golden hash chains of the shipped scenarios, and of one with day plans.

``python -m tests.regression.golden`` recomputes them, says which days changed and
writes the file. A change belongs into the changelog under **Regression**.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

from twin.city.city import load_city
from twin.model.city_model import CityModel
from twin.scenario.load import load_scenario

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("golden.json")
SCENARIOS = [
    *sorted((ROOT / "scenarios").rglob("*.toml")),
    *sorted(Path(__file__).parent.glob("*.toml")),
]


def platform_tag() -> str:
    """Return what decides the last bit of exp and log besides our own code."""
    libc, _ = platform.libc_ver()
    return f"{platform.system().lower()}-{platform.machine()}-{libc or 'libc'}"


def chain_of(path: Path) -> list[str]:
    """Return the chain of a scenario's first seed."""
    spec = load_scenario(path)
    return list(CityModel(load_city(spec.map), spec).run().hash_chain)


def key_of(path: Path) -> str:
    """Return the name under which a scenario's chain is kept."""
    return path.relative_to(ROOT).as_posix()


def stored() -> dict[str, dict[str, list[str]]]:
    """Return the golden chains by platform and scenario."""
    if not FILE.exists():
        return {}
    chains: dict[str, dict[str, list[str]]] = json.loads(FILE.read_text("utf-8"))
    return chains


def refresh() -> None:
    """Recompute, report and write the chains of this platform."""
    everything = stored()
    old = everything.get(platform_tag(), {})
    new = {key_of(path): chain_of(path) for path in SCENARIOS}
    for key, chain in new.items():
        before = old.get(key)
        if before == chain:
            sys.stdout.write(f"same     {key}\n")
            continue
        pairs = zip(before or [], chain, strict=False)
        day = next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
        sys.stdout.write(f"{'changed' if before else 'new    '}  {key} from midnight {day}\n")
    everything[platform_tag()] = new
    FILE.write_text(json.dumps(everything, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    refresh()
