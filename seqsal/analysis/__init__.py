"""What a whole data set of prompts depends on: runs over many records, tables and aggregates."""
