"""Generates the corpus of the embedded models and trains them; not part of the package."""
