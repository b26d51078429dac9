"""Language models: what a framework must offer, and its adapters."""
