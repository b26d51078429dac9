"""Everything that knows the Learning Interpretability Tool (LIT)."""
