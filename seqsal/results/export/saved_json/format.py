"""Writes results to JSON and reads them back.

`docs/saved-results.md` describes the format. The front end writes and reads it too.
"""

import json
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from seqsal.attribution.method import MethodInfo
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import MessageSpan
from seqsal.models.pieces import by_alignment
from seqsal.results.export.saved_json.validation import FORMAT, VERSION, check
from seqsal.results.scored_text import ScoredText
from seqsal.results.scores import Check, Contrast, Removal, Salience
from seqsal.results.segmentation import Span
from seqsal.shared.messages import plain_text

_DIGITS: Final = 5
"""Significant digits of numbers; more would not change any colour."""


def rounded(values: Iterable[float | int | None]) -> list[float | None]:
    """Returns numbers with the precision of saved results.

    >>> rounded([1 / 3, None])
    [0.33333, None]
    """
    return [None if value is None else float(f"{value:.{_DIGITS}g}") for value in values]


def rounded_scores(
    scores: Mapping[str, Float32[NumpyArray, " tokens"]],
) -> dict[str, list[float | None]]:
    """Returns the scores of a selection, by method, with the precision of saved results."""
    return {method: rounded(np.asarray(values).tolist()) for method, values in scores.items()}


def dumps(fields: Mapping[str, Any]) -> str:
    """Returns the JSON of a saved result without white space."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def loads(text: str | bytes) -> dict[str, Any]:
    """Returns the fields of a saved result.

    Raises:
        ValueError: the text is not JSON, not a saved result, of a newer version, or inconsistent.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"A saved result must be JSON; {error}.") from None
    return check(value)


def read(source: str | bytes | os.PathLike[str]) -> dict[str, Any]:
    """Returns the fields of a saved result.

    Args:
        source: the JSON, or the path of a file.

    Raises:
        ValueError: as in `loads`.
        OSError: the file does not exist.
    """
    if isinstance(source, bytes):
        return loads(source)
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("{"):
        return loads(source)
    return loads(pathlib.Path(source).expanduser().read_text(encoding="utf-8"))


def fields_of(result: ScoredText) -> dict[str, Any]:
    """Returns the fields in which a result is saved."""
    optional = {"token_ids": list(result.token_ids), "logprobs": rounded(result.logprobs)}
    descriptions = [result.method_info(name).to_json() for name in result.methods]
    return {
        "format": FORMAT,
        "version": VERSION,
        "prompt": result.prompt,
        "target": result.target,
        "source": result.source,
        "tokens": list(result.tokens),
        "special_tokens_mask": [int(special) for special in result.special],
        **({"messages": [span.to_json() for span in result.messages]} if result.messages else {}),
        **({"thinking": _lists(result.thinking)} if result.thinking else {}),
        **({"omitted": _lists(result.omitted)} if result.omitted else {}),
        **{name: values for name, values in optional.items() if values},
        "methods": list(result.methods),
        **({"method_descriptions": descriptions} if descriptions else {}),
        "selected": bool(result.selection),
        "salience": [_fields_of_salience(salience) for salience in result.salience],
        "view": dict(result.view),
    }


def _fields_of_salience(salience: Salience) -> dict[str, Any]:
    optional: dict[str, Any] = {
        "segments": {method: _lists(spans) for method, spans in salience.segments.items()},
        "checks": [_fields_of_check(each) for each in salience.checks],
        "totals": dict(zip(salience.totals, rounded(salience.totals.values()), strict=True)),
    }
    if salience.through_thinking:
        optional["through_thinking"] = True
    if salience.contrast is not None:
        optional["contrast"] = _fields_of_contrast(salience.contrast)
    return {
        "selection": _lists(salience.selection),
        "scores": rounded_scores(salience.scores),
        **{name: value for name, value in optional.items() if value},
    }


def _fields_of_contrast(contrast: Contrast) -> dict[str, Any]:
    known = {"token": contrast.token, "shared": contrast.shared}
    return {
        "text": contrast.text,
        "logprobs": rounded(contrast.logprobs),
        **{name: value for name, value in known.items() if value is not None},
    }


def _fields_of_check(checked: Check) -> dict[str, Any]:
    together = [
        {"removed": _lists(each.removed), "effect": rounded([each.effect])[0]}
        for each in checked.together
    ]
    return {
        "segments": _lists(checked.segments),
        "effects": rounded(checked.effects),
        **({"together": together} if together else {}),
    }


def _lists(spans: Iterable[Span]) -> list[list[int]]:
    return [list(span) for span in spans]


def attributes_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the attributes of a `Result` from the fields of a saved result."""
    special = tuple(map(bool, fields["special_tokens_mask"]))
    messages = tuple(map(MessageSpan.from_json, fields.get("messages", ())))
    return dict(
        prompt=fields["prompt"],
        target=fields["target"],
        tokens=tuple(fields["tokens"]) if messages else _exact(fields, special),
        special=special,
        messages=messages,
        thinking=_spans(fields.get("thinking", ())),
        omitted=_spans(fields.get("omitted", ())),
        token_ids=tuple(fields.get("token_ids", ())),
        salience=tuple(map(_salience_of, fields["salience"])),
        methods=tuple(fields["methods"]),
        method_descriptions=tuple(map(MethodInfo.from_json, fields.get("method_descriptions", ()))),
        logprobs=tuple(fields.get("logprobs", ())),
        source=fields["source"],
        selected=fields["selected"],
        view=fields["view"],
    )


def _salience_of(entry: Mapping[str, Any]) -> Salience:
    contrast = entry.get("contrast")
    return Salience(
        selection=_spans(entry["selection"]),
        scores={method: np.array(values, np.float32) for method, values in entry["scores"].items()},
        segments={name: _spans(spans) for name, spans in entry.get("segments", {}).items()},
        checks=tuple(map(_check_of, entry.get("checks", ()))),
        contrast=contrast and _contrast_of(contrast),
        through_thinking=bool(entry.get("through_thinking")),
        totals=dict(entry.get("totals", {})),
    )


def _contrast_of(fields: Mapping[str, Any]) -> Contrast:
    return Contrast(
        fields["text"], tuple(fields["logprobs"]), fields.get("token"), fields.get("shared")
    )


def _check_of(fields: Mapping[str, Any]) -> Check:
    together = fields.get("together", ())
    return Check(
        segments=_spans(fields["segments"]),
        effects=tuple(fields["effects"]),
        together=tuple(Removal(_spans(each["removed"]), each["effect"]) for each in together),
    )


def _spans(lists: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in lists)


def _exact(fields: Mapping[str, Any], special: Sequence[bool]) -> tuple[str, ...]:
    """Returns tokens as slices of the text; other model wrappers save vocabulary entries."""
    tokens, prompt, target = fields["tokens"], fields["prompt"], fields["target"]
    plain = [i for i, is_special in enumerate(special) if not is_special]
    if "".join(tokens[i] for i in plain) in (prompt + target, plain_text(prompt) + target):
        return tuple(tokens)
    text = prompt + target
    readable = [tokens[i].replace("▁", " ").replace("Ġ", " ").replace("Ċ", "\n") for i in plain]
    exact = list(tokens)
    for i, piece in zip(plain, by_alignment(text, readable), strict=True):
        exact[i] = piece
    return tuple(exact)
