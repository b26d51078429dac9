"""What every LIT model of a group is."""

from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal.shared import fields as spec


class PartModel(lit_model.Model):  # type: ignore[misc]
    """A LIT model that is one part of a group."""

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    @property
    def supports_concurrent_predictions(self) -> bool:
        """Whether requests may come at once: they queue for the device, a click before others.

        LIT's cache would otherwise keep a click waiting until a whole dataset is answered.
        """
        return True


def prompt_spec() -> lit_types.Spec:
    """Returns the fields of a prompt and what follows it."""
    return {
        spec.PROMPT: lit_types.TextSegment(),
        spec.TARGET: lit_types.TextSegment(required=False),
    }


def tokens_type() -> lit_types.Tokens:
    """Returns the type of tokens that are exact text: no prefix marks the middle of a word."""
    return lit_types.Tokens(parent="", token_prefix=None)
