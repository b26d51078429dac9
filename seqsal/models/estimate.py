"""The report of `seqsal estimate`: the costs of salience before a model is loaded."""

from seqsal.models import frameworks
from seqsal.models.causal_lm import Estimate
from seqsal.options import Options
from seqsal.shared.named_paths import split_model


def report(options: Options, tokens: int) -> str:
    """Returns the estimated memory and time of each model, as text for a terminal.

    Args:
        options: the models, and the options of loading.
        tokens: tokens of the prompt and its answer together, at least 2.

    Raises:
        ValueError: a model does not exist or cannot be measured, or there are fewer tokens.
    """
    if tokens < 2:
        raise ValueError(f"--tokens must be at least 2: a prompt and an answer; got {tokens}.")
    named = [split_model(config) for config in options.models]
    return "\n\n".join(
        describe(name, frameworks.estimate(path, options, tokens)) for name, path in named
    )


def describe(name: str, estimate: Estimate) -> str:
    """Returns an estimate as a few lines of text."""
    e = estimate
    lines = [
        f"{name}: {e.tokens} tokens on {e.device} in {e.dtype}, {_memory(e.free_bytes)} free",
        f"  weights            {_memory(e.weight_bytes):>8}  {e.parameters / 1e6:,.0f} M",
        f"  first selection    {_memory(e.graph_bytes + e.head_bytes):>8}  cached;"
        f" about {_time(e.forward_seconds + e.backward_seconds)}",
        f"  a later selection            about {_time(e.backward_seconds)}",
        f"  recomputed layers  {_memory(e.checkpointed_bytes + e.head_bytes):>8}  cached; about"
        f" {_time(2 * e.forward_seconds + e.backward_seconds)}, and"
        f" {_time(e.forward_seconds + e.backward_seconds)} for a later selection",
        f"  {_verdict(e)}",
    ]
    return "\n".join(lines)


def _verdict(e: Estimate) -> str:
    if e.context_length is not None and e.tokens > e.context_length:
        return (
            f"Does not fit: the model's context has {e.context_length} tokens. Shorten the"
            " prompt, or choose a model with a longer context."
        )
    if e.fits and e.checkpoints:
        return (
            "Fits with layers recomputed, which --gradient_checkpointing=auto does automatically."
        )
    if e.fits:
        return "Fits."
    return (
        f"Does not fit: {_memory(e.weight_bytes + e.head_bytes + e.checkpointed_bytes)} are"
        f" needed, and {_memory(e.free_bytes)} are free. Shorten the prompt, choose a smaller"
        " model, or --precision=bfloat16, int8 or int4."
    )


def _memory(num_bytes: int) -> str:
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e8 else f"{num_bytes / 1e6:.1f} MB"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
