"""The city as a Mesa model."""
