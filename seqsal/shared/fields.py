"""Field names of prompts and predictions, and the names of a group's models.

They are the names of LIT's own prompt-debugging models, so that our models work with LIT's stock
front end, and our front end with LIT's stock models. The fields for token ids, special tokens,
messages, thinking, log-probabilities, removals, alternatives, contrasts and totals are ours;
nothing in LIT needs them. Seven more are in the spec of a salience model and have fixed categories.
`gradient_of` is the differentiated quantity: "log_probability", or "loss", which has the opposite
sign. `made_for` is "demonstration" for the models that ship with seqsal. `removals`, `contrasts`
and `totals` say that the group also gives these. `chat_template` says which prompts the model
renders in its chat template: "messages", or "all"; a model without one has no such field.
`thinking_marks` has the pairs of texts, as JSON, between which the model writes its thinking. No
prediction of salience has the last six.
"""

from typing import Final

PROMPT: Final = "prompt"
TARGET: Final = "target"
MESSAGES: Final = "messages"
THINKING: Final = "thinking"
OMITTED: Final = "omitted"
THINKING_MARKS: Final = "thinking_marks"
THROUGH_THINKING: Final = "through_thinking"
DOCUMENTS: Final = "documents"
TOOLS: Final = "tools"
SOURCE: Final = "source"
RESPONSE: Final = "response"
TARGET_MASK: Final = "target_mask"
METHODS: Final = "methods"
STOP: Final = "stop"
TOKENS: Final = "tokens"
TOKEN_IDS: Final = "token_ids"
SPECIAL_TOKENS_MASK: Final = "special_tokens_mask"
LOGPROBS: Final = "logprobs"
PROMPT_EMBEDDINGS: Final = "prompt_embeddings"
RESPONSE_EMBEDDINGS: Final = "response_embeddings"
GRADIENT_OF: Final = "gradient_of"
SEGMENTS: Final = "segments"
VERSUS: Final = "versus"
REMOVAL: Final = "removal"
EFFECT: Final = "effect"
POSITION: Final = "position"
ALTERNATIVES: Final = "alternatives"
CONTRAST_LOGPROBS: Final = "contrast_logprobs"
CONTRAST_SHARED: Final = "contrast_shared"
REMOVALS: Final = "removals"
TOTALS: Final = "totals"
CONTRASTS: Final = "contrasts"
MADE_FOR: Final = "made_for"
CHAT_TEMPLATE: Final = "chat_template"
DEMONSTRATION: Final = "demonstration"
LOG_PROBABILITY: Final = "log_probability"


def tokenizer_name(model_name: str) -> str:
    """Returns the name of the LIT model that tokenizes for a model."""
    return f"_{model_name}_tokenizer"


def salience_name(model_name: str) -> str:
    """Returns the name of the LIT model that computes salience for a model."""
    return f"_{model_name}_salience"


def logprobs_name(model_name: str) -> str:
    """Returns the name of the LIT model that computes log-probabilities for a model."""
    return f"_{model_name}_logprobs"


def removal_name(model_name: str) -> str:
    """Returns the name of the LIT model that measures removals for a model."""
    return f"_{model_name}_removal"


def totals_name(model_name: str) -> str:
    """Returns the name of the LIT model that gives the totals of scores for a model."""
    return f"_{model_name}_totals"


def alternatives_name(model_name: str) -> str:
    """Returns the name of the LIT model that lists alternative tokens for a model."""
    return f"_{model_name}_alternatives"


def embeddings_name(model_name: str) -> str:
    """Returns the name of the LIT model that computes embeddings for a model."""
    return f"_{model_name}_embeddings"
