"""Results: segments, scores, colours, and export."""
