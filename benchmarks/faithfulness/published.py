"""The prompts that ship with seqsal as items: what decides is what a removal of each part finds."""

import json
import pathlib
from typing import Final

from benchmarks.faithfulness import rows
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.models import Model
from benchmarks.faithfulness.select import same_as_text
from seqsal.results.segmentation import segment_tokens

FILE: Final = pathlib.Path(__file__).parents[2] / "data" / "sample_prompts.jsonl"


def items(model: Model, file: pathlib.Path, *, known_only: bool = False) -> list[Item]:
    """Returns an item for each published prompt that the model answers, its parts are sentences.

    Args:
        model: who answers.
        file: the JSON lines of items that were made before.
        known_only: whether to leave out the others.
    """
    known = {row["group"]: row for row in rows.read(file)}
    found = []
    for record in map(json.loads, FILE.read_text().splitlines()):
        row = known.get(record["source"])
        if row is None and known_only:
            continue
        if row is None:
            item = _item(model, record["source"], record["prompt"])
            row = {"group": record["source"], "item": None if item is None else item.to_json()}
            rows.append(file, row)
        if row["item"] is not None:
            found.append(Item.from_json(row["item"]))
    return found


def _item(model: Model, name: str, prompt: str) -> Item | None:
    encoding = model.lm.encode(prompt)
    cut = segment_tokens(encoding.pieces, encoding.special, len(prompt), "sentences")
    sentences = [segment for segment in cut if not segment.special]
    (answer,) = model.answers([encoding.ids])
    if not answer or not model.text(answer).strip():
        return None
    item = Item(
        name=name,
        opening="",
        parts=tuple(segment.text for segment in sentences),
        closing="",
        cause=None,
        ids=encoding.ids,
        segments=tuple(segment.tokens for segment in sentences),
        answer=answer,
        answer_text=model.text(answer),
    )
    return item if same_as_text(model, item) else None
