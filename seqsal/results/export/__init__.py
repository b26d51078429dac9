"""Results as JSON, HTML, pictures and tables."""
