"""The JSON of saved results, which the page and Python both write and read.

`docs/saved-results.md` describes the format.
"""

import json
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import Float32

from seqsal.models import pieces as pieces_lib
from seqsal.models.arrays import NumpyArray
from seqsal.results.export.saved_json_check import FORMAT, VERSION, check
from seqsal.results.scores import Salience

if TYPE_CHECKING:
    from seqsal.results.result import Result

_DIGITS: Final = 5
"""With so many digits of a score no colour changes."""


def short(values: Iterable[float | int | None]) -> list[float | None]:
    """Returns numbers with as many digits as are saved."""
    return [None if value is None else float(f"{value:.{_DIGITS}g}") for value in values]


def short_scores(
    scores: Mapping[str, Float32[NumpyArray, " tokens"]],
) -> dict[str, list[float | None]]:
    """Returns the scores of a selection, by method, as they are saved."""
    return {method: short(np.asarray(values).tolist()) for method, values in scores.items()}


def dumps(fields: Mapping[str, Any]) -> str:
    """Returns the fields of a saved result as JSON, without a needless byte."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def loads(text: str | bytes) -> dict[str, Any]:
    """Returns the fields of a saved result.

    Raises:
        ValueError: it is not JSON, no saved result, or one of a newer version, or its parts do
            not fit together; the message says which.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"A saved result must be JSON; {error}.") from None
    return check(value)


def read(source: str | bytes | os.PathLike[str]) -> dict[str, Any]:
    """Returns the fields of a saved result.

    Args:
        source: the JSON itself as a text, or the path of a file.

    Raises:
        ValueError: as `loads`.
        OSError: there is no such file.
    """
    if isinstance(source, bytes):
        return loads(source)
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("{"):
        return loads(source)
    return loads(pathlib.Path(source).expanduser().read_text(encoding="utf-8"))


def fields_of(result: "Result") -> dict[str, Any]:
    """Returns the fields that a result is saved as."""
    optional = {"token_ids": list(result.token_ids), "logprobs": short(result.logprobs)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "prompt": result.prompt,
        "target": result.target,
        "source": result.source,
        "tokens": list(result.tokens),
        "special_tokens_mask": [int(mark) for mark in result.special],
        **{name: values for name, values in optional.items() if values},
        "methods": list(result.methods),
        "selected": bool(result.selection),
        "salience": [
            {
                "selection": [list(span) for span in salience.selection],
                "scores": short_scores(salience.scores),
            }
            for salience in result.salience
        ],
        "view": dict(result.view),
    }


def attributes_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the attributes of the result that fields have been saved of."""
    special = tuple(map(bool, fields["special_tokens_mask"]))
    return dict(
        prompt=fields["prompt"],
        target=fields["target"],
        tokens=_exact(fields["tokens"], special, fields["prompt"] + fields["target"]),
        special=special,
        token_ids=tuple(fields.get("token_ids", ())),
        salience=tuple(
            Salience(
                selection=tuple((start, end) for start, end in entry["selection"]),
                scores={
                    method: np.array(values, np.float32)
                    for method, values in entry["scores"].items()
                },
            )
            for entry in fields["salience"]
        ),
        methods=tuple(fields["methods"]),
        logprobs=tuple(fields.get("logprobs", ())),
        source=fields["source"],
        selected=fields["selected"],
        view=fields["view"],
    )


def _exact(tokens: Sequence[str], special: Sequence[bool], text: str) -> tuple[str, ...]:
    """Returns tokens as slices of a text, which those of other wrappers than ours are not."""
    plain = [i for i, mark in enumerate(special) if not mark]
    if "".join(tokens[i] for i in plain) == text:
        return tuple(tokens)
    readable = [tokens[i].replace("▁", " ").replace("Ġ", " ").replace("Ċ", "\n") for i in plain]
    exact = list(tokens)
    for i, piece in zip(plain, pieces_lib.by_alignment(text, readable), strict=True):
        exact[i] = piece
    return tuple(exact)
