"""Tasks with progress and cancellation, progress bars, and timings."""
