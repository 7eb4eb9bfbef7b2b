"""Compiled functions on flat arrays; nothing here knows of files or cities."""
