"""Tests mirror the tree of the package. A package, so that no other `tests` can stand before it."""
