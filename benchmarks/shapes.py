"""Models of real shapes with random weights, and a tokenizer for arbitrary ids."""

from collections.abc import Callable
from typing import Final

import tokenizers
import torch
import transformers
from tokenizers import models, pre_tokenizers


def gemma_like() -> transformers.PreTrainedModel:
    """Returns a model with Gemma's vocabulary of 256k, 6 layers and a hidden size of 512."""
    return _random(
        transformers.GemmaConfig(
            vocab_size=256_000,
            hidden_size=512,
            intermediate_size=2048,
            num_hidden_layers=6,
            num_attention_heads=8,
            num_key_value_heads=1,
            head_dim=64,
            max_position_embeddings=32_768,
        )
    )


def small() -> transformers.PreTrainedModel:
    """Returns a Llama with a vocabulary of 2,000, 4 layers and a hidden size of 128."""
    return _random(
        transformers.LlamaConfig(
            vocab_size=2000,
            hidden_size=128,
            intermediate_size=512,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=32_768,
        )
    )


def wide(layers: int) -> transformers.PreTrainedModel:
    """Returns a Llama with the layers of a 1B model: hidden size 2048, 32 heads, 8 of keys."""
    return _random(
        transformers.LlamaConfig(
            vocab_size=32_000,
            hidden_size=2048,
            intermediate_size=8192,
            num_hidden_layers=layers,
            num_attention_heads=32,
            num_key_value_heads=8,
            max_position_embeddings=32_768,
        )
    )


MAKERS: Final = {"small": small, "gemma": gemma_like}
"""Shapes by name."""


REAL: Final[dict[str, Callable[[], transformers.PretrainedConfig]]] = {
    "Gemma 2B": lambda: transformers.GemmaConfig(
        vocab_size=256_000, hidden_size=2048, intermediate_size=16_384, num_hidden_layers=18,
        num_attention_heads=8, num_key_value_heads=1, head_dim=256,
        max_position_embeddings=65_536,
    ),
    "Gemma 2 2B": lambda: transformers.Gemma2Config(
        vocab_size=256_000, hidden_size=2304, intermediate_size=9216, num_hidden_layers=26,
        num_attention_heads=8, num_key_value_heads=4, head_dim=256,
        max_position_embeddings=65_536,
    ),
    "Llama 3 8B": lambda: transformers.LlamaConfig(
        vocab_size=128_256, hidden_size=4096, intermediate_size=14_336, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=8, max_position_embeddings=65_536,
    ),
    "Mistral 7B": lambda: transformers.MistralConfig(
        vocab_size=32_000, hidden_size=4096, intermediate_size=14_336, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=8, max_position_embeddings=65_536,
        sliding_window=None,
    ),
}  # fmt: skip
"""Shapes of widely used models, with longer contexts."""


def on_device(name: str) -> transformers.PreTrainedModel:
    """Returns a model by the name of its shape: in bfloat16 on a GPU, unchanged on the CPU."""
    if not torch.cuda.is_available():
        return MAKERS[name]()
    torch.manual_seed(0)
    with torch.device("cuda"):
        return transformers.AutoModelForCausalLM.from_config(
            REAL[name](), dtype=torch.bfloat16
        ).eval()


def _random(config: transformers.PretrainedConfig) -> transformers.PreTrainedModel:
    torch.manual_seed(0)
    return transformers.AutoModelForCausalLM.from_config(config).eval()


def word_tokenizer(vocabulary: int) -> transformers.PreTrainedTokenizerFast:
    """Returns a tokenizer in which the word "t7" is token 7."""
    words = {"<unk>": 0, "</s>": 1} | {f"t{i}": i for i in range(2, vocabulary)}
    tokenizer = tokenizers.Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", pad_token="</s>", padding_side="left"
    )


def text_of(num_tokens: int, vocabulary: int, *, seed: int = 3) -> str:
    """Returns a text of random words, one per token."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(2, vocabulary, (num_tokens,), generator=generator)
    return " ".join(f"t{i}" for i in ids.tolist())
