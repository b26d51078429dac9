"""Persistent storage of users' prompts, answers and salience, in SQLite or PostgreSQL."""
