from collections.abc import Sequence

import pytest
import transformers

from seqsal.models.pieces import by_alignment, from_decoding, from_offsets, from_sentencepiece
from seqsal.models.transformers import tokenizer as hf_tokenizer
from tests import tiny

TOKENIZERS = {
    "byte level": tiny.byte_level_tokenizer,
    "tiktoken-style": tiny.tiktoken_style_tokenizer,
    "sentencepiece-like": tiny.sentencepiece_like_tokenizer,
}


@pytest.fixture(params=TOKENIZERS, scope="module")
def tokenizer(request: pytest.FixtureRequest) -> transformers.PreTrainedTokenizerFast:
    return TOKENIZERS[request.param]()


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_tokens_joined_are_the_text_to_the_byte(
    tokenizer: transformers.PreTrainedTokenizerFast, name: str
) -> None:
    sample = tiny.EXACT_TEXTS[name]
    encoding = hf_tokenizer.encode(tokenizer, sample)
    assert encoding.text == sample
    assert encoding.ids == tuple(tokenizer(sample)["input_ids"])


def test_the_added_token_is_special_and_a_typed_one_is_text(
    tokenizer: transformers.PreTrainedTokenizerFast,
) -> None:
    encoding = hf_tokenizer.encode(tokenizer, "a </s>")
    assert encoding.pieces[0] == "<s>"
    assert encoding.special == (True,) + (False,) * (len(encoding) - 1)
    assert encoding.pieces[-1].endswith("</s>")


def test_a_character_of_several_tokens_goes_to_the_first() -> None:
    encoding = hf_tokenizer.encode(tiny.byte_level_tokenizer(), "🙂")
    assert encoding.pieces == ("<s>", "🙂", "", "", "")


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_decoded_pieces_joined_are_the_text(
    tokenizer: transformers.PreTrainedTokenizerFast, name: str
) -> None:
    ids = tokenizer("Taste:" + tiny.EXACT_TEXTS[name].replace("</s>", ""))["input_ids"]
    whole = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    for cut in range(2, len(ids)):
        prefix = tokenizer.decode(ids[:cut], skip_special_tokens=True)
        if prefix.endswith("\ufffd"):
            continue  # The prefix ends within a character, as no encoded text does.
        pieces = hf_tokenizer.encode_continuation(tokenizer, ids[cut:], ids[:cut]).pieces
        assert prefix + "".join(pieces) == whole


def test_an_answer_that_stops_within_a_character_shows_it() -> None:
    tokenizer = tiny.byte_level_tokenizer()
    ids = tokenizer("hi🙂", add_special_tokens=False)["input_ids"]
    pieces = hf_tokenizer.encode_continuation(tokenizer, ids[1:-1], ids[:1]).pieces
    assert "".join(pieces) == "i\ufffd"
    assert len(pieces) == len(ids) - 2


def test_a_long_answer_takes_linear_time() -> None:
    decoded = 0

    def decode(ids: Sequence[int]) -> str:
        nonlocal decoded
        decoded += len(ids)
        return "x" * len(ids)

    assert "".join(from_decoding(range(2000), decode, range(500))) == "x" * 2000
    assert decoded < 2000 * 40


def test_what_offsets_leave_out_goes_to_the_next_token() -> None:
    assert from_offsets(" a  b ", [(1, 2), (4, 5)]) == [" a", "  b "]


@pytest.mark.parametrize(
    ("sample", "decoded", "pieces"),
    [
        ("one two", ["one", " two"], ["one", " two"]),
        ("  one", ["one"], ["  one"]),
        ("Ｆull  width", ["F", "ull", " width"], ["", "Ｆull", "  width"]),
        ("a\n b", ["a", "\n", " b"], ["a", "\n", " b"]),
        ("a?b", ["a", "<unk>", "b"], ["a", "", "?b"]),
        ("", [], []),
    ],
)
def test_alignment_lays_tokens_over_the_text(
    sample: str, decoded: list[str], pieces: list[str]
) -> None:
    assert by_alignment(sample, decoded) == pieces


@pytest.mark.parametrize(
    ("names", "pieces"),
    [
        (["▁d", "ef", "▁", "<0xE5>", "<0x8D>", "<0xB5>"], [" d", "ef", " ", "卵", "", ""]),
        (["<0xC3>", "<0xA9>", "<0xC3>", "<0xA9>"], ["é", "", "é", ""]),
        (["<0x0A>", "<0x0A>", "a"], ["\n", "\n", "a"]),
        (["<0xF0>", "<0x9F>", "x"], ["\ufffd", "", "x"]),  # Half a character.
        (["<0xA9>", "<0xC3>", "<0xA9>"], ["\ufffd", "é", ""]),
        ([], []),
    ],
)
def test_sentencepiece_names_are_text(names: list[str], pieces: list[str]) -> None:
    assert from_sentencepiece(names) == pieces
