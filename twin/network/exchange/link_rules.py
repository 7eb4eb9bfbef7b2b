"""Class, direction, modes and speeds of links, as a recipe reads them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import MapError
from twin.network.exchange.recipe import KMH_PER_UNIT, M_PER_UNIT
from twin.network.exchange.table import whole_ids
from twin.network.modes import (
    BICYCLE_CLASSES,
    CAR_CLASSES,
    CLASS_KMH,
    MAX_CAR_KMH,
    MIN_CAR_KMH,
    MODE_BITS,
    MODES,
    WALK_CLASSES,
)
from twin.network.rules import StreetUse
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.exchange.recipe import LinkRecipe, Recipe
    from twin.network.exchange.table import Table
    from twin.network.import_report import ImportReport

CLASSES_OF_MODE: Final = {"walk": WALK_CLASSES, "bicycle": BICYCLE_CLASSES, "car": CAR_CLASSES}
BIT: Final = dict(zip(MODES, MODE_BITS, strict=True))
OVERFLOW: Final = str(2**31 - 1)
"""What 32 bits make of a larger id."""

MAX_LENGTH_M: Final = 1_000_000.0
N_WORDS_SHOWN: Final = 8


Ends = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def uses_of(
    recipe: Recipe, table: Table, ends: Ends, report: ImportReport
) -> tuple[StreetUse, ...]:
    """Return how each link may be used.

    Who is not bound by a one-way link goes back along it, unless another link
    leads back for the same modes.

    Raises
    ------
    MapError
        A direction, class, mode or speed that the recipe does not explain.
    """
    links = recipe.links
    classes = _classes(recipe, table, report)
    modes = _modes(recipe, table, classes, report)
    direction = _directions(links, table)
    is_car = np.array([(bits & BIT["car"]) != 0 for bits in modes], np.bool_)
    is_along = is_car & np.array([way >= 0 for way in direction], np.bool_)
    is_against = is_car & np.array([way <= 0 for way in direction], np.bool_)
    if links.speed_backward is None:
        forward = backward = _speeds(table, links.speed, links, classes, is_car, report)
    else:
        forward = _speeds(table, links.speed, links, classes, is_along, report)
        backward = _speeds(table, links.speed_backward, links, classes, is_against, report)
    bound = sum(BIT[mode] for mode in set(links.one_way_for))
    pairs = list(zip(ends[0].tolist(), ends[1].tolist(), strict=True))
    open_to: dict[tuple[int, int], int] = {}
    for (source, target), bits, way in zip(pairs, modes, direction, strict=True):
        if way >= 0:
            open_to[source, target] = open_to.get((source, target), 0) | bits
        if way <= 0:
            open_to[target, source] = open_to.get((target, source), 0) | bits
    uses = []
    for row, (source, target) in enumerate(pairs):
        bits, way = modes[row], direction[row]
        back = (target, source) if way > 0 else (source, target)
        against = bits if way == 0 else bits & ~bound & ~open_to.get(back, 0)
        uses.append(
            StreetUse(
                highway=classes[row],
                forward=bits if way >= 0 else against,
                backward=bits if way <= 0 else against,
                forward_kmh=float(forward[row]),
                backward_kmh=float(backward[row]),
            )
        )
    return tuple(uses)


def lengths_mm(links: LinkRecipe, table: Table) -> NDArray[np.int64]:
    """Return stated lengths in whole millimetres, -1 where a cell is empty."""
    if links.length is None:
        return np.full(len(table), -1, np.int64)
    metres = table.numbers(links.length) * M_PER_UNIT[links.length_unit]
    is_wrong = (metres < 0.0) | (metres > MAX_LENGTH_M)
    if is_wrong.any():
        row = int(np.flatnonzero(is_wrong)[0])
        table.refuse(
            row, links.length, f"the length is {metres[row]:,g} m",
            f"0 to {MAX_LENGTH_M:,.0f} m", f"lengths are read as {links.length_unit}: is that so?",
        )  # fmt: skip
    return np.where(np.isnan(metres), -1, np.rint(np.nan_to_num(metres) * MM_PER_M)).astype(
        np.int64
    )


def way_ids(
    links: LinkRecipe, table: Table, link_id: NDArray[np.int64], report: ImportReport
) -> NDArray[np.int64]:
    """Return what links of one street share: their way, or minus their own id."""
    if links.way is None:
        return link_id
    texts = table.texts(links.way)
    is_overflow = [text == OVERFLOW for text in texts]
    report.repair("ids of ways that overflowed 32 bits: taken as missing", sum(is_overflow))
    is_known = [bool(text) and not lost for text, lost in zip(texts, is_overflow, strict=True)]
    found = -link_id
    found[is_known] = whole_ids([text for text, one in zip(texts, is_known, strict=True) if one])[0]
    return found


def _classes(recipe: Recipe, table: Table, report: ImportReport) -> list[str]:
    links = recipe.links
    default = links.default_class
    if links.class_ is None:
        report.repair(f"links without a class: taken as {default}", len(table))
        return [str(default)] * len(table)
    words = table.texts(links.class_)
    known = {word: word for word in CLASS_KMH} | recipe.classes
    unknown = Counter(word for word in words if word not in known)
    if unknown and default is None:
        row = next(row for row, word in enumerate(words) if word not in known)
        shown = ", ".join(f"{word!r} ({n:,})" for word, n in unknown.most_common(N_WORDS_SHOWN))
        raise MapError(
            table.where(row, links.class_),
            f"classes of street that the recipe does not translate: {shown}",
            expected="OpenStreetMap's classes, or words in `classes`",
            hint="add them to `classes`, leave rows out by `links.skip`, or set"
            " `links.default_class`",
        )
    for row, word in enumerate(words):
        if word not in known:
            report.repair(
                f"links of another class: taken as {default}",
                example=f"{word or 'empty'} ({table.where(row).rpartition('/')[2]})",
            )
    return [known.get(word, str(default)) for word in words]


def _modes(recipe: Recipe, table: Table, classes: list[str], report: ImportReport) -> list[int]:
    links, rules = recipe.links, recipe.modes
    by_class = list(MODES) if links.modes is None else rules.by_class
    allowed = {
        highway: sum(BIT[mode] for mode in by_class if highway in CLASSES_OF_MODE[mode])
        for highway in set(classes)
    }
    stated = [0] * len(table)
    if links.modes is not None:
        bits = {word: sum(BIT[mode] for mode in set(m)) for word, m in rules.words.items()}
        stated = _stated_modes(table, links.modes, links.mode_separator, bits)
    for mode in by_class:
        n_assumed = sum(
            bool(allowed[highway] & BIT[mode]) and not one & BIT[mode]
            for highway, one in zip(classes, stated, strict=True)
        )
        report.repair(f"links open to {mode} by their class (assumed)", n_assumed)
    modes = [one | allowed[highway] for highway, one in zip(classes, stated, strict=True)]
    report.drop("links that no mode may use", modes.count(0))
    return modes


def _stated_modes(table: Table, column: str, separator: str, bits: dict[str, int]) -> list[int]:
    cache: dict[str, int] = {}
    for row, text in enumerate(texts := table.texts(column)):
        if text in cache:
            continue
        total = 0
        for word in [part.strip() for part in text.split(separator)] if separator else text:
            if word and word not in bits:
                table.refuse(
                    row, column, f"{word!r} is a mode that the recipe does not translate",
                    f"one of {', '.join(sorted(bits)) or 'the words in `modes.words`'}",
                    "add it to `modes.words`, with an empty list if it is none of ours",
                )  # fmt: skip
            total |= bits.get(word, 0)
        cache[text] = total
    return [cache[text] for text in texts]


def _directions(links: LinkRecipe, table: Table) -> list[int]:
    if isinstance(links.directed, bool):
        return [int(links.directed)] * len(table)
    if links.directed is not None:
        return [int(flag) for flag in table.flags(links.directed)]
    column = str(links.direction)
    found = table.required(column, "1 (along), -1 (against) or 0 (both ways)")
    is_wrong = ~np.isin(found, (-1.0, 0.0, 1.0))
    if is_wrong.any():
        row = int(np.flatnonzero(is_wrong)[0])
        table.refuse(row, column, f"is {found[row]:g}", "1 (along), -1 (against) or 0 (both ways)")
    return [int(one) for one in found]


def _speeds(
    table: Table,
    column: str | None,
    links: LinkRecipe,
    classes: list[str],
    is_car: NDArray[np.bool_],
    report: ImportReport,
) -> NDArray[np.float64]:
    """Return km/h; the class's speed where none is stated. Counted is what cars drive on."""
    default = np.array([CLASS_KMH[highway] for highway in classes], np.float64)
    if column is None:
        report.repair("links without a speed: class default taken", int(is_car.sum()))
        return default
    kmh = table.numbers(column) * KMH_PER_UNIT[links.speed_unit]
    is_missing = np.isnan(kmh)
    is_nothing = kmh <= 0.0
    kmh = np.where(is_missing | is_nothing, default, kmh)
    is_far = (kmh < MIN_CAR_KMH) | (kmh > MAX_CAR_KMH)
    for what, rows in (
        (f"links without `{column}`: class default taken", is_missing),
        (f"`{column}` of 0 or less: class default taken", is_nothing),
        (f"`{column}` outside {MIN_CAR_KMH:g}..{MAX_CAR_KMH:g} km/h: clamped", is_far),
    ):
        report.repair(what, int((rows & is_car).sum()))
    return np.clip(kmh, MIN_CAR_KMH, MAX_CAR_KMH)
