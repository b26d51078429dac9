"""Tiny models with random weights and small tokenizers, built without a network.

Sizes are such that no two coincide by chance: hidden 24, layers 3, heads 2, batches of 3,
sequences of 5, 7 and 11 tokens.
"""

import functools
import io
import json
import pathlib
from collections.abc import Callable
from typing import Any

import sentencepiece
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

VOCABULARY = 331

TRAINING_TEXT = [
    "Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\nSuggestion: Quiche Lorraine\n",
    "Analysis: A savoury tart with cheese and eggs.\nRecommendation: Avoid.\n",
    "def add(a, b):\n    return a + b  # twelve and a half\n",
    "The quick brown fox jumps over the lazy dog. " * 4,
]

EXACT_TEXTS = {
    "plain": "The fox likes cheese, not eggs.",
    "leading and double spaces": "  two  spaces   here ",
    "line breaks": "one\n\ntwo\r\n\tthree\n",
    "emoji": "ok 👍🏽 👩‍👩‍👧 🇩🇪!",
    "Chinese and Japanese": "我喜欢奶酪。卵は食べられません。",
    "Arabic": "لا آكل البيض أبدًا",
    "combining": "e\u0301 n\u0303 ﬁ Ａ",
    "code": "def f(x):\n    return {'a': x[0] ** 2}  # ≤ µ\n",
    "special token typed by the user": "a </s> b <s>",
    "empty": "",
}


# Short, since tiny models read 97 tokens. Documents follow the system message, as in Granite.
PREFIX = "The quick brown fox jumps over the lazy dog. Recommendation: Avoid. "
TEXTS_WITH_PREFIX = [
    f"{PREFIX}{rest}"
    for rest in (
        "Taste-likes: eggs, cheese",
        "Cheese, and a lazy dog, no fox",
        "A savoury tart, no eggs",
        "A dog jumps over it",
        "Eggs and cheese and a fox",
    )
]
"""Texts that begin alike, of different lengths."""
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}[{{ m.role[0] }}]{{ m.content | trim }}"
    "{% if m.role == 'system' %}{% for d in documents or [] %}[d]{{ d.text }}{% endfor %}"
    "{% endif %}</s>{% endfor %}{% if add_generation_prompt %}[a]{% endif %}"
)


def byte_level_tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Returns a byte-level BPE tokenizer, as GPT-2, Llama 3 and Qwen have."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _trained_on_bytes(tokenizer)


def tiktoken_style_tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Returns a byte-level BPE that splits by a pattern, as Llama 3, Qwen and Phi-4 have.

    Numbers go in groups of three digits, line breaks with the white space before them, and a
    word that is in the vocabulary is not put together by merges.
    """
    pattern = tokenizers.Regex(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer = tokenizers.Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(pattern, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return _trained_on_bytes(tokenizer)


def _trained_on_bytes(
    tokenizer: tokenizers.Tokenizer,
) -> transformers.PreTrainedTokenizerFast:
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        TRAINING_TEXT,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return _wrapped(tokenizer)


def tokenizer_without_special_tokens() -> transformers.PreTrainedTokenizerFast:
    """Returns a byte-level BPE tokenizer that adds no special token, as GPT-2 and Qwen have."""
    tokenizer = byte_level_tokenizer()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(single="$A")
    return tokenizer


def sentencepiece_like_tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Returns a BPE tokenizer with "▁" and byte fallback, as Llama 2, Mistral and Gemma have."""
    tokenizer = tokenizers.Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(content=" ", left=1, right=0),
        ]
    )
    tokenizer.train_from_iterator(
        TRAINING_TEXT,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY - 256,
            special_tokens=["<unk>", "<s>", "</s>"],
            show_progress=False,
        ),
    )
    state = json.loads(tokenizer.to_str())
    vocabulary = state["model"]["vocab"]
    for byte in range(256):  # Plain entries, which decoding does not skip as special.
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    return _wrapped(tokenizers.Tokenizer.from_str(json.dumps(state)))


def sentence_piece(vocabulary: int = VOCABULARY, **options: Any) -> bytes:
    """Returns a SentencePiece model with byte fallback, as Llama 2, Mistral and Gemma have.

    Args:
        vocabulary: how many tokens it has.
        **options: other options of the trainer.
    """
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter("\n".join(TRAINING_TEXT * 20).splitlines()),
        model_writer=model,
        vocab_size=vocabulary,
        model_type="bpe",
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
        **options,
    )
    return model.getvalue()


def _wrapped(tokenizer: tokenizers.Tokenizer) -> transformers.PreTrainedTokenizerFast:
    bos = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", bos)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>"
    )


_SHARED = {
    "vocab_size": VOCABULARY,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 97,
    "bos_token_id": 0,
    "eos_token_id": 1,
    # Within the vocabulary, and used in the tests' sequences: its gradient must not be lost.
    "pad_token_id": 5,
}

_FEWER = {
    key: value
    for key, value in _SHARED.items()
    if key not in ("intermediate_size", "num_key_value_heads")
}

CONFIGS: dict[str, Callable[[], transformers.PretrainedConfig]] = {
    "gpt2": lambda: transformers.GPT2Config(
        vocab_size=VOCABULARY, n_embd=24, n_layer=3, n_head=2, n_positions=97,
        bos_token_id=0, eos_token_id=1,
        resid_pdrop=0.1, embd_pdrop=0.1, attn_pdrop=0.1,
    ),
    "llama": lambda: transformers.LlamaConfig(**_SHARED),
    "mistral": lambda: transformers.MistralConfig(**_SHARED, sliding_window=4),
    "gemma": lambda: transformers.GemmaConfig(**_SHARED, head_dim=12),
    "gemma2": lambda: transformers.Gemma2Config(
        **_SHARED, head_dim=12, sliding_window=4, final_logit_softcapping=3.0
    ),
    "gemma3": lambda: transformers.Gemma3TextConfig(**_SHARED, head_dim=12, sliding_window=4),
    "qwen2": lambda: transformers.Qwen2Config(**_SHARED),
    "qwen3": lambda: transformers.Qwen3Config(**_SHARED, head_dim=12),
    "phi3": lambda: transformers.Phi3Config(**_SHARED),
    "opt": lambda: transformers.OPTConfig(**_FEWER, ffn_dim=40, word_embed_proj_dim=20),
    "falcon": lambda: transformers.FalconConfig(**_FEWER),
}  # fmt: skip


@functools.cache
def _weights(name: str) -> transformers.PreTrainedModel:
    torch.manual_seed(7)
    model = transformers.AutoModelForCausalLM.from_config(CONFIGS[name]())
    # Weights as they are drawn give flat outputs; larger ones make every term count.
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.data.mul_(10.0)
    # The padding token's row is drawn as zeros, where a norm layer has no slope to speak of.
    table = model.get_input_embeddings().weight.data
    table[_SHARED["pad_token_id"]] = table[2]
    return model


def model(name: str) -> transformers.PreTrainedModel:
    """Returns a new tiny model of an architecture; the same weights at each call."""
    source = _weights(name)
    copy = transformers.AutoModelForCausalLM.from_config(CONFIGS[name]())
    copy.load_state_dict(source.state_dict())
    return copy


def save_checkpoint(folder: pathlib.Path, name: str = "llama") -> pathlib.Path:
    """Writes a tiny checkpoint with its tokenizer; returns the folder."""
    model(name).save_pretrained(folder)
    byte_level_tokenizer().save_pretrained(folder)
    return folder
