"""Sequence Salience in notebooks: the view in a cell, and the whole page in a cell."""
