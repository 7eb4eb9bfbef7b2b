"""Everything a map folder holds, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twin.network.features import Buildings, OsmFacility, Wards
    from twin.network.import_report import ImportReport
    from twin.network.street_graph import StreetGraph

ATTRIBUTION: Final = "© OpenStreetMap contributors, Open Database License 1.0"
SYNTHETIC: Final = "Synthetic city made by `twin map synth`: no real place, no real people"
"""Attribution of a map that nobody surveyed."""


@dataclass(frozen=True, eq=False)
class MapParts:
    """Everything a map folder holds; `notes` is what a reader should know of its source."""

    name: str
    graph: StreetGraph
    buildings: Buildings
    wards: Wards
    facilities: tuple[OsmFacility, ...]
    report: ImportReport
    source: str = ""
    source_sha256: str = ""
    home_country: str = ""
    attribution: str = ATTRIBUTION
    notes: tuple[str, ...] = ()

    @property
    def is_synthetic(self) -> bool:
        """Whether the place exists only here."""
        return self.attribution == SYNTHETIC
