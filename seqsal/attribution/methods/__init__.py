"""The attribution methods that ship with seqsal, one a file."""
