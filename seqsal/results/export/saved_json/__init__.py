"""The JSON of saved results: docs/saved-results.md and shared/saved_result.schema.json."""
