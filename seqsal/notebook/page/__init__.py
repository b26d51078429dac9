"""The whole page in a notebook cell."""
