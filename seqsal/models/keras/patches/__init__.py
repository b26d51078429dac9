"""Changes to other libraries for correctness; changes for speed are in `_accelerate/`."""
