"""What is kept over restarts: the user's prompts, answers and salience, in SQLite or PostgreSQL."""
