"""Streets that come as tables of nodes and links, and that go out as such."""
