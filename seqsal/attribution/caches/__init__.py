"""Caches: of forward passes, their gradients, and results, in memory and beyond the process."""
