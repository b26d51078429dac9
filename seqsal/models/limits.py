"""Limits of a sequence: the model's context and vocabulary, and memory."""

from collections.abc import Sequence


class DoesNotFitError(ValueError):
    """A sequence needs more memory than is free."""


def check_fits(num_tokens: int, context_length: int | None, *, what: str, spare: int = 0) -> None:
    """Checks that a text fits into the context.

    Args:
        num_tokens: tokens of the text, special tokens included.
        context_length: most tokens that fit, or None for no bound.
        what: the name of the text, as the subject of the error message.
        spare: tokens to leave free.

    Raises:
        ValueError: it does not fit.
    """
    if context_length is None or num_tokens + spare <= context_length:
        return
    room = f" ({spare} of {context_length} reserved for the answer)" if spare else ""
    raise ValueError(
        f"{what} has {num_tokens} tokens, and {context_length - spare} fit{room}."
        f" Shorten it by {num_tokens + spare - context_length} tokens or load a model with a"
        " longer context."
    )


def check_vocabulary(ids: Sequence[int], size: int) -> None:
    """Checks that tokens are in the vocabulary of a model.

    Args:
        ids: the tokens.
        size: the number of tokens that the model has an embedding for.

    Raises:
        ValueError: one of them is not.
    """
    if unknown := [token for token in ids if not 0 <= token < size]:
        raise ValueError(
            f"The vocabulary of this model has no token {unknown[0]}: its tokens are 0 to"
            f" {size - 1}."
        )


def answer_limit(prompt_tokens: int, context_length: int | None, max_new_tokens: int) -> int:
    """Returns the most tokens of an answer to a prompt.

    >>> answer_limit(90, 97, 20), answer_limit(90, None, 20)
    (7, 20)

    Args:
        prompt_tokens: tokens of the prompt.
        context_length: most tokens of prompt and answer together, or None for no bound.
        max_new_tokens: most tokens of an answer to any prompt.
    """
    if context_length is None:
        return max_new_tokens
    return min(max_new_tokens, context_length - prompt_tokens)


def too_large(tokens: int, needed_bytes: int, free_bytes: int) -> str:
    """Returns the error message for a sequence that does not fit into memory."""
    return (
        f"Salience of {tokens} tokens needs about {needed_bytes / 1e9:.1f} GB of memory, and"
        f" {free_bytes / 1e9:.1f} GB are free. Shorten the prompt, load a smaller model, or load"
        " this one with --precision=bfloat16."
    )


def no_room_for_removals(tokens: int, free_bytes: int) -> str:
    """Returns the error message for memory that ran out while shortened texts ran."""
    return (
        f"Memory ran out while removing parts of a text of {tokens} tokens; {free_bytes / 1e9:.1f}"
        " GB are free. Shorten the prompt, load a smaller model, or load this one with"
        " --precision=bfloat16."
    )


def no_room_for_answer(prompt_tokens: int, free_bytes: int) -> str:
    """Returns the error message for memory that ran out in generation."""
    return (
        f"Memory ran out while generating the answer to a prompt of {prompt_tokens} tokens;"
        f" {free_bytes / 1e9:.1f} GB are free. Shorten the prompt, request fewer samples at a time,"
        " load a smaller model, or load this one with --precision=bfloat16."
    )
