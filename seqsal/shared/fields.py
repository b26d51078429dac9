"""Field names of prompts and predictions, and the names of a group's models.

They are the names of LIT's own prompt-debugging models, so that our models work under
LIT's stock front end and our front end over LIT's stock models. Token ids, special tokens and
log-probabilities are our own; nothing of LIT's needs them. So are two fields of a salience model's
spec that have only one category. `gradient_of` says what it differentiates: "log_probability", or
"loss", whose sign is the opposite. `made_for`, "demonstration", marks the models that ship with
seqsal; no prediction has it.
"""

from typing import Final

PROMPT: Final = "prompt"
TARGET: Final = "target"
SOURCE: Final = "source"
RESPONSE: Final = "response"
TARGET_MASK: Final = "target_mask"
METHODS: Final = "methods"
TOKENS: Final = "tokens"
TOKEN_IDS: Final = "token_ids"
SPECIAL_TOKENS_MASK: Final = "special_tokens_mask"
LOGPROBS: Final = "logprobs"
PROMPT_EMBEDDINGS: Final = "prompt_embeddings"
RESPONSE_EMBEDDINGS: Final = "response_embeddings"
GRADIENT_OF: Final = "gradient_of"
MADE_FOR: Final = "made_for"
DEMONSTRATION: Final = "demonstration"
LOG_PROBABILITY: Final = "log_probability"


def tokenizer_name(model_name: str) -> str:
    """Returns the name under which a model's tokenizer stands beside it."""
    return f"_{model_name}_tokenizer"


def salience_name(model_name: str) -> str:
    """Returns the name under which a model's salience stands beside it."""
    return f"_{model_name}_salience"


def logprobs_name(model_name: str) -> str:
    """Returns the name under which a model's log-probabilities stand beside it."""
    return f"_{model_name}_logprobs"


def embeddings_name(model_name: str) -> str:
    """Returns the name under which the embeddings of prompts stand beside a model."""
    return f"_{model_name}_embeddings"
