"""Splits models and data sets in flags, such as `name:path`, into names and paths."""

import re


def split_model(config: str) -> tuple[str, str]:
    """Returns the name and the path of a model; the last part of a path without a name names it.

    >>> split_model("a:embedded:small"), split_model("embedded:small"), split_model("org/model")
    (('a', 'embedded:small'), ('small', 'embedded:small'), ('model', 'org/model'))
    >>> split_model("my:org/repo:x.Q4.gguf"), split_model("org/repo:x.Q4.gguf")
    (('my', 'org/repo:x.Q4.gguf'), ('x.Q4', 'org/repo:x.Q4.gguf'))
    >>> split_model("hf://org/model"), split_model("~/models/x.gguf")
    (('model', 'hf://org/model'), ('x', '~/models/x.gguf'))

    Raises:
        ValueError: the name or the path is missing.
    """
    first, colon, path = config.partition(":")
    if colon and "/" not in first and not path.startswith("//") and first != "embedded":
        return split_name(config, "model")
    last = re.split(r"[/:]", config.rstrip("/"))[-1]
    name = re.sub(r"\.gguf$", "", last, flags=re.IGNORECASE)
    if not name.strip("."):
        raise ValueError(
            "A model must be a path or name:path, for example my_model:/path/to/it; got"
            f" {config!r}."
        )
    return name, config


def split_name(config: str, kind: str) -> tuple[str, str]:
    """Returns the name and the path in `name:path`, split at the first colon.

    Raises:
        ValueError: the colon, the name or the path is missing.
    """
    name, colon, path = config.partition(":")
    if not (name and colon and path):
        raise ValueError(
            f"A {kind} must be name:path, for example my_{kind}:/path/to/it; got {config!r}."
        )
    return name, path
