"""Hostile and heavy use of a real server; `make soak` runs the long form."""
