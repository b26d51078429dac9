"""Messages in a model's chat template, as exact text; without any framework."""
