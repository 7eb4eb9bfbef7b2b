"""Advance a city in time: state, edits, the compiled loop, records."""
