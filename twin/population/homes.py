"""Where people live: in buildings, or along residential streets where a map has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.network.modes import HIGHWAY_CLASSES, WALK, WALK_BIT
from twin.network.wards import wards_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.network.street_graph import StreetGraph
    from twin.population.settings import PopulationSettings

HOME_STREETS: Final = ("residential", "living_street")
"""Classes of street that people live in when no building tells; any that is walked otherwise."""


@dataclass(frozen=True, eq=False)
class Homes:
    """Places where households may live.

    Parameters
    ----------
    weight
        (n,) float64, a household's chances: square metres or metres.
    building
        (n,) int32, row in the buildings; -1 along a street.
    node
        (n,) int32, street node at the door.
    zone
        (n,) int16, ward; -1 outside all wards.
    note
        What is assumed about homes, for the warnings of a run; may be empty.
    """

    weight: NDArray[np.float64]
    building: NDArray[np.int32]
    node: NDArray[np.int32]
    zone: NDArray[np.int16]
    note: str = ""

    def drawn(self, draws: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the place of each household, in proportion to weight.

        Parameters
        ----------
        draws
            (n_households,) in [0, 1).
        """
        return _drawn(self.weight, draws)

    def within(self, rows: NDArray[np.int64], draws: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the place of each household among `rows`, as a position in them."""
        return _drawn(self.weight[rows], draws)


def _drawn(weight: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[np.int64]:
    ends = np.cumsum(weight)
    rows = np.searchsorted(ends, draws * ends[-1], side="right")
    last = np.flatnonzero(np.diff(ends, prepend=0.0))[-1]
    return np.asarray(np.minimum(rows, last), dtype=np.int64)


def homes_of(city: City, settings: PopulationSettings) -> Homes:
    """Return the homes of a city: its buildings, or its streets if few or none can be a home.

    Raises
    ------
    InputError
        If the shares leave no building to live in, or there is no street either.
    """
    buildings = city.buildings
    can_be_home = buildings.is_home_eligible & (buildings.walk_node >= 0)
    has_homes = (can_be_home & (buildings.floor_area_m2 > 0.0)).any()
    if not (has_homes and city.has_its_buildings):
        return _along_streets(city)
    return Homes(
        weight=by_ward(city, home_weights(city, settings), buildings.ward),
        building=np.arange(len(buildings), dtype=np.int32),
        node=buildings.walk_node.astype(np.int32),
        zone=buildings.ward.astype(np.int16),
        note=_ward_note(city, buildings.ward[can_be_home]),
    )


def home_weights(city: City, settings: PopulationSettings) -> NDArray[np.float64]:
    """Return the floor area of homes in each building.

    Which buildings people may live in is the map's knowledge: clipped extracts
    bring along their neighbours' houses.

    Returns
    -------
    (n_buildings,) float64
        Square metres.

    Raises
    ------
    InputError
        If `residential_share` leaves no building to live in.
    """
    buildings = city.buildings
    shares = np.array([settings.residential_share.get(use, 0.0) for use in buildings.use])
    can_be_reached = buildings.is_home_eligible & (buildings.walk_node >= 0)
    weights = np.where(can_be_reached, shares * buildings.floor_area_m2, 0.0)
    if not weights.sum() > 0.0:
        raise InputError(
            f"map {city.name}",
            f"none of {weights.size:,} buildings can be a home",
            expected="a share above 0 of a use that its buildings have",
            hint="see population.residential_share",
        )
    return weights


def by_ward(
    city: City, weight: NDArray[np.float64], ward: NDArray[np.int16]
) -> NDArray[np.float64]:
    """Return weights that sum to the residents of each ward, where the map tells them.

    Places outside all wards get none then; wards without a place to live get nobody.

    Parameters
    ----------
    city
        Its wards may have a population.
    weight
        (n,) square metres or metres.
    ward
        (n,) ward of each place, -1 outside.
    """
    population = city.wards.population
    if population is None or not population.any():
        return weight
    inside = np.where(ward >= 0, weight, 0.0)
    sums = np.bincount(ward.clip(0), weights=inside, minlength=population.size)
    scale = np.divide(population, sums, out=np.zeros(sums.size), where=sums > 0.0)
    scaled: NDArray[np.float64] = inside * scale[ward.clip(0)]
    return scaled if scaled.any() else weight


def _ward_note(city: City, ward: NDArray[np.int16]) -> str:
    """Return what is assumed where wards have a population; empty where they have none."""
    population = city.wards.population
    if population is None or not population.any():
        return ""
    is_empty = np.bincount(ward[ward >= 0], minlength=population.size) == 0
    lost = int(population[is_empty].sum())
    words = f"wards of map {city.name} share households in proportion to their population"
    if lost:
        n_empty = int((is_empty & (population > 0)).sum())
        words += f"; {n_empty} with {lost:,} residents have no place to live and get none"
    return words


def _along_streets(city: City) -> Homes:
    """Return the nodes of residential streets, weighted by the metres that leave them.

    Both directions of a street count, so that half of its households live at
    either end. With wards, streets outside them are a neighbour's, as houses are;
    a ward whose population is known and that has no residential street is lived
    in along every street that can be walked.
    """
    graph = city.graph
    is_walked = (graph.edge_modes & WALK_BIT) != 0
    is_walked &= graph.is_in_component[WALK][graph.edge_source]
    if not is_walked.any():
        raise InputError(
            f"map {city.name}",
            "no building can be a home, and no street can be walked",
            expected="residential buildings, or residential streets",
            hint="build the map from a larger extract",
        )
    codes = [HIGHWAY_CLASSES.index(name) for name in HOME_STREETS]
    is_residential = is_walked & np.isin(graph.edge_class, codes)
    chosen, words = (
        (is_residential, "residential streets")
        if is_residential.any()
        else (is_walked, "all streets that can be walked, for none is residential")
    )
    weight, walked = _metres_by_node(graph, chosen), _metres_by_node(graph, is_walked)
    nodes = np.flatnonzero(weight if city.wards.population is None else walked)
    zone = wards_at(city.wards, graph.node_x_mm[nodes], graph.node_y_mm[nodes])
    weight = _with_bare_wards(city, zone, weight[nodes], walked[nodes])
    is_home = (weight > 0.0) & ((zone >= 0) | ~(zone[weight > 0.0] >= 0).any())
    nodes, zone, weight = nodes[is_home], zone[is_home], weight[is_home]
    note = (
        f"no or hardly any building of map {city.name} can be a home: households live along"
        f" {words}, in proportion to their length (assumed)"
    )
    return Homes(
        weight=by_ward(city, weight, zone),
        building=np.full(nodes.size, -1, dtype=np.int32),
        node=nodes.astype(np.int32),
        zone=zone,
        note="; ".join(filter(None, (note, _ward_note(city, zone)))),
    )


def _with_bare_wards(
    city: City,
    zone: NDArray[np.int16],
    weight: NDArray[np.float64],
    walked: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return weights in which wards with residents but no home are lived in everywhere."""
    population = city.wards.population
    if population is None:
        return weight
    has_homes = np.bincount(zone[(zone >= 0) & (weight > 0.0)], minlength=population.size) > 0
    is_bare = (zone >= 0) & ~has_homes[zone.clip(0)]
    return np.where(is_bare, walked, weight)


def _metres_by_node(graph: StreetGraph, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the metres of chosen edges that leave each node; at least 1 mm each."""
    length_mm = np.maximum(graph.edge_length_mm[chosen], 1).astype(np.float64)
    sums = np.bincount(graph.edge_source[chosen], weights=length_mm, minlength=graph.n_nodes)
    return np.asarray(sums / 1000.0)
