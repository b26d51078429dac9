"""Language models: the `CausalLM` protocol, and an adapter for each framework."""
