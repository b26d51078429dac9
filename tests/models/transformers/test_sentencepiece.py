"""The tokenizers that real SentencePiece checkpoints load as, fast and slow."""

import json
import pathlib
from typing import Any

import pytest
import transformers

from seqsal.models.transformers import tokenizer as hf_tokenizer
from tests import tiny

KINDS: dict[str, dict[str, Any]] = {
    "Llama 2": {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": True},
    "Llama 2, not legacy": {
        "tokenizer_class": "LlamaTokenizer",
        "add_bos_token": True,
        "legacy": False,
    },
    "Gemma": {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True},
    "slow": {"tokenizer_class": "BertGenerationTokenizer"},
}


@pytest.fixture(scope="module")
def model_proto() -> bytes:
    """A SentencePiece model with byte fallback, trained here."""
    return tiny.sentence_piece(400)


def _load(folder: pathlib.Path, model_proto: bytes, config: dict[str, Any]) -> Any:
    for name in ("tokenizer.model", "spiece.model"):
        (folder / name).write_bytes(model_proto)
    marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(marks | config))
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    return transformers.AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_joined_are_the_text_to_the_byte(
    tmp_path: pathlib.Path, model_proto: bytes, kind: str
) -> None:
    tokenizer = _load(tmp_path, model_proto, KINDS[kind])
    assert tokenizer.is_fast == (kind != "slow")
    for sample in tiny.EXACT_TEXTS.values():
        encoding = hf_tokenizer.encode(tokenizer, sample)
        if not encoding.ids:
            continue  # The slow one has no BOS, and so nothing for the empty text.
        assert encoding.text == sample
        assert list(encoding.ids) == tokenizer(sample)["input_ids"]


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_of_words_are_on_their_tokens(
    tmp_path: pathlib.Path, model_proto: bytes, kind: str
) -> None:
    tokenizer = _load(tmp_path, model_proto, KINDS[kind])
    encoding = hf_tokenizer.encode(tokenizer, "def add(a, b):\n    return 卵 fox")
    names = tokenizer.convert_ids_to_tokens(list(encoding.ids))
    for name, piece, special in zip(names, encoding.pieces, encoding.special, strict=True):
        if not special and name.isascii() and name.isalpha():
            assert piece.strip() == name


@pytest.mark.parametrize("kind", KINDS)
def test_characters_of_several_bytes_are_on_the_first_of_their_tokens(
    tmp_path: pathlib.Path, model_proto: bytes, kind: str
) -> None:
    tokenizer = _load(tmp_path, model_proto, KINDS[kind])
    encoding = hf_tokenizer.encode(tokenizer, "a卵👍🏽 fox e\u0301\nЖd")
    names = tokenizer.convert_ids_to_tokens(list(encoding.ids))
    shown = {
        name: piece for name, piece in zip(names, encoding.pieces, strict=True) if piece.strip()
    }
    # The first bytes in UTF-8; those of the two emoji are the same, of which the last stays.
    expected = {"<0xE5>": "卵", "<0xF0>": "🏽", "<0xCC>": "\u0301", "<0xD0>": "Ж"}
    assert {name: shown.get(name) for name in expected} == expected
    assert not shown.keys() & {"<0x8D>", "<0xB5>", "<0x9F>", "<0x96>"}
