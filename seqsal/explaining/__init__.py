"""Any text by any model at hand explained in one call."""
