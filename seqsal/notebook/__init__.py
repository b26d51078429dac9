"""Notebooks: the whole page in a cell."""
