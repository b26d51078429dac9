"""The base class of the LIT models of a group."""

from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal.shared import fields


class PartModel(lit_model.Model):  # type: ignore[misc]
    """A LIT model that is one part of a group."""

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    @property
    def supports_concurrent_predictions(self) -> bool:
        """True: concurrent requests queue for the device, and clicks have priority.

        Otherwise a click would wait in LIT's cache until a whole dataset is predicted.
        """
        return True


def prompt_spec() -> lit_types.Spec:
    """Returns the fields of a prompt and its target."""
    return {
        fields.PROMPT: lit_types.TextSegment(),
        fields.TARGET: lit_types.TextSegment(required=False),
    }


def tokens_type() -> lit_types.Tokens:
    """Returns the type of tokens that are exact text, without a prefix inside words."""
    return lit_types.Tokens(parent="", token_prefix=None)
