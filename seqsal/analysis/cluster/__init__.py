"""Runs on a Ray cluster: what is checked before the work starts, and the work itself."""
