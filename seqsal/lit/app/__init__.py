"""LIT's WSGI application, extended in layers: each module overrides one group of LIT's handlers.

`handlers` validates requests and reports errors, `paths` restricts files and models,
`predictions` calls the models, `added_examples` saves users' prompts, `trails` saves notes about
them, `analyses` analyzes many examples, and `app` adds what the page needs.
"""

from seqsal.lit.app.app import LitApp

__all__ = ["LitApp"]
