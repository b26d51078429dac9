"""LIT's application with plain errors, checked paths, models of our own, and prompts that stay."""

from seqsal.lit.app.app import LitApp

__all__ = ["LitApp"]
