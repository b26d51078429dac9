"""Language models: the `CausalLM` protocol, and an adapter for each framework."""

from typing import TYPE_CHECKING, Any, Final

from seqsal.shared import deprecated

_MOVED: Final = {"get_models": "seqsal.lit.models", "load": "seqsal.models.frameworks"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Returns a function that has moved (PEP 562)."""
        return deprecated.moved_attribute(__name__, name, _MOVED)
