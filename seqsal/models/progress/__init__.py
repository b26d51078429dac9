"""Progress and cancellation of long work, and how both are shown."""
