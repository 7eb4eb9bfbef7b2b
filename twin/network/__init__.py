"""The street network and what stands beside it, from an OpenStreetMap extract."""
