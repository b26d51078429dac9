"""Data that Python and TypeScript both read, and the names of fields."""
