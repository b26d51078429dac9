"""Checkpoints of models that reason, and what the Transformers adapter says of them."""

import json
import pathlib
from typing import Any, Final

from seqsal.attribution.explainers import get_explainer
from seqsal.models import transformers as huggingface
from seqsal.models.encodings import continuation
from seqsal.results.explain import explain
from seqsal.shared.openai_format import prompt_of_messages
from tests import reasoning, tiny
from tests.models.keras import checkpoints

NAMES: Final = ("special", "plain", "gemma")
"""A Qwen 3 whose marks are special tokens or not, and one with a tokenizer of SentencePiece."""
MARKS: Final = ("<think>", "</think>")
CHAT: Final = [
    {"role": "user", "content": "Who came?"},
    {"role": "assistant", "content": "<think>Hm.</think>Ann."},
    {"role": "user", "content": "And why?"},
]
TARGET: Final = "<think>It rained.</think>\n\nShe came."
SELECTED: Final = "She came."


def save_all(folder: pathlib.Path) -> None:
    """Writes the checkpoints, and what the Transformers adapter says of each."""
    for name in NAMES:
        home = folder / f"thinking-{name}"
        if name == "gemma":
            _save_gemma(home)
        else:
            reasoning.save_checkpoint(home, special=name == "special")
        lm = huggingface.load(str(home), precision="float32", device="cpu")
        ids = [*lm.tokenizer.convert_tokens_to_ids(list(MARKS)), 33]
        (home / "expected.json").write_text(json.dumps(_expected(lm, ids)))


def findings(lm: Any, ids: list[int]) -> dict[str, Any]:
    """Returns what an adapter finds without running the model.

    Args:
        lm: the adapter.
        ids: two marks and a token, as if they were generated.
    """
    sequence = get_explainer(lm).sequence(prompt_of_messages(CHAT), TARGET)
    answer = continuation(lm._decode, ids, [2, 17])
    return {
        "generated": ids,
        "marks": [[each.open, each.close, each.answer] for each in lm.thinking_marks],
        "has_special_marks": lm.has_special_marks,
        "ids": list(sequence.ids),
        "pieces": list(sequence.pieces),
        "special": list(sequence.special),
        "thinking": [list(block) for block in sequence.thinking],
        "omitted": [list(part) for part in sequence.omitted],
        "answer": list(answer.pieces),
    }


def _expected(lm: huggingface.HFCausalLM, ids: list[int]) -> dict[str, Any]:
    plain, passed = (
        explain(lm, messages=CHAT, target=TARGET, select=SELECTED, through_thinking=through)
        for through in (False, True)
    )
    scores = {name: each.tolist() for name, each in passed.scores.items()}
    totals = {name: float(each.sum()) for name, each in plain.scores.items()}
    return {**findings(lm, ids), "scores": scores, "totals": totals}


def _save_gemma(home: pathlib.Path) -> None:
    home.mkdir()
    tiny.model("gemma").save_pretrained(home)
    (home / "tokenizer.model").write_bytes(
        checkpoints.sentence_piece("gemma", user_defined_symbols=[*MARKS])
    )
    added = {
        str(number): {"content": mark, "special": True} for number, mark in enumerate(MARKS, 4)
    }
    fields = {
        "tokenizer_class": "GemmaTokenizer",
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "added_tokens_decoder": added,
    }
    (home / "tokenizer_config.json").write_text(json.dumps(fields))
    template = reasoning.DROPPING.replace("CLOSE", repr(MARKS[1])).replace("</s>", "<eos>")
    (home / "chat_template.jinja").write_text(template)
