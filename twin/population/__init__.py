"""Residents: columns, how they are made, and how users see them."""
