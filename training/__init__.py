"""Corpora and trainers of the models that ship with seqsal; not part of the package."""
