"""The view in a notebook cell, without a server."""
