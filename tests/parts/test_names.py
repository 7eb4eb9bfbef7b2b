"""The public names of the parts."""

from __future__ import annotations

from importlib import import_module

import pytest

from twin import parts


def test_no_module_bears_the_name_of_a_part():
    # Importing such a module would put it in the part's place.
    assert not [name for name, home in parts._HOME.items() if home == f"twin.parts.{name}"]


def test_a_part_is_itself_whatever_was_imported():
    for home in parts._HOME.values():
        import_module(home)
    for name in parts.__all__:
        assert callable(getattr(parts, name))
    assert dir(parts) == sorted(parts.__all__)


def test_an_unknown_part_is_told():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        parts.nothing  # noqa: B018
