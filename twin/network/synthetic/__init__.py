"""Synthetic cities: streets, land use, buildings, wards and facilities from a few numbers."""
