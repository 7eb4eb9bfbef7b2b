"""Fit a population to the tables of a census: one idea a file."""
