"""Models of real shapes with random weights, and a tokenizer that gives any ids wanted."""

import tokenizers
import torch
import transformers
from tokenizers import models, pre_tokenizers


def gemma_like() -> transformers.PreTrainedModel:
    """Returns a model with Gemma's vocabulary of 256k, 6 layers and a hidden size of 512."""
    torch.manual_seed(0)
    config = transformers.GemmaConfig(
        vocab_size=256_000,
        hidden_size=512,
        intermediate_size=2048,
        num_hidden_layers=6,
        num_attention_heads=8,
        num_key_value_heads=1,
        head_dim=64,
        max_position_embeddings=32_768,
    )
    return transformers.AutoModelForCausalLM.from_config(config).eval()


def word_tokenizer(vocabulary: int) -> transformers.PreTrainedTokenizerFast:
    """Returns a tokenizer for which the word "t7" is the token 7."""
    words = {"<unk>": 0, "</s>": 1} | {f"t{i}": i for i in range(2, vocabulary)}
    tokenizer = tokenizers.Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", pad_token="</s>", padding_side="left"
    )


def text_of(num_tokens: int, vocabulary: int, *, seed: int = 3) -> str:
    """Returns a text of a number of random words."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(2, vocabulary, (num_tokens,), generator=generator)
    return " ".join(f"t{i}" for i in ids.tolist())
