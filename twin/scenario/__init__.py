"""Scenarios as data: read a TOML file, check it, compile it to dated edits."""
