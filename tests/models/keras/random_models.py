"""Tiny models of keras-hub with random weights, of the kinds that it has for text."""

from typing import Any, Final

import keras
import keras_hub

from tests import all_tests

_SIZES: Final = {
    "vocabulary_size": 331,
    "num_layers": 3,
    "hidden_dim": 24,
    "intermediate_dim": 40,
}
_HEADS: Final = {"num_query_heads": 2, "num_key_value_heads": 1}
_EXPERTS: Final = {"num_experts": 3, "top_k": 2}

# What keras-hub has no Transformers converter for, or what is not among the checkpoints.
_BACKBONES: Final[dict[str, dict[str, Any]]] = {
    "Gemma3": _SIZES
    | _HEADS
    | {
        "num_layers": 7,
        "head_dim": 12,
        "image_size": None,
        "use_post_ffw_norm": True,
        "use_post_attention_norm": True,
        "final_logit_soft_cap": 3.0,
        "use_sliding_window_attention": True,
        "sliding_window_size": 4,
    },
    "Qwen3": _SIZES | _HEADS | {"head_dim": 12, "tie_word_embeddings": True},
    "Phi3": _SIZES | _HEADS,
    "Phi3Scaled": _SIZES  # Its rotary embeddings depend on the length of the sequence.
    | _HEADS
    | {
        "num_layers": 2,
        "max_sequence_length": 64,
        "pretraining_sequence_length": 8,
        "rope_scaling_type": "su",
        "rope_scaling_short_factor": [1.0, 1.2, 1.4, 1.6, 1.7, 1.8],
        "rope_scaling_long_factor": [1.1, 1.3, 1.6, 1.9, 2.2, 2.5],
    },
    "OPT": _SIZES | {"num_heads": 2, "max_sequence_length": 32},
    "Gemma": _SIZES  # As in Gemma 2, whose scores have a cap.
    | _HEADS
    | {
        "head_dim": 12,
        "attention_logit_soft_cap": 2.0,
        "final_logit_soft_cap": 3.0,
        "use_sliding_window_attention": True,
        "sliding_window_size": 4,
    },
    "Falcon": _SIZES | {"num_attention_heads": 2},
    "Bloom": _SIZES | {"num_heads": 2},
    "GPTNeoX": _SIZES | {"num_heads": 2, "hidden_dim": 32, "max_sequence_length": 32},
    "Qwen": _SIZES | _HEADS,
    "Mixtral": _SIZES | _HEADS | _EXPERTS,
    "GptOss": _SIZES | _HEADS | _EXPERTS | {"head_dim": 12},
    "QwenMoe": _SIZES
    | _HEADS
    | _EXPERTS
    | {"moe_intermediate_dim": 16, "shared_expert_intermediate_dim": 16},
    "Qwen3Moe": _SIZES | _HEADS | _EXPERTS | {"moe_intermediate_dim": 16, "head_dim": 12},
    "SmolLM3": {
        **_SIZES,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "rope_layer_enabled_list": [True, False, True],
        "layer_types": ["full_attention"] * 3,
        "mlp_bias": False,
        "layer_norm_epsilon": 1e-6,
        "max_position_embeddings": 32,
        "rope_theta": 10_000.0,
        "partial_rotary_factor": 1.0,
    },
}
EVERYTHING: Final = all_tests.ENABLED
"""Whether backends that compile check every architecture, as in `make test-all`."""
_COMPILED: Final = ("Gemma3", "Phi3Scaled", "OPT", "Qwen3", "Phi3")
NAMES: Final = {
    "tensorflow": _COMPILED if EVERYTHING else ("Gemma3", "OPT"),
    "jax": _COMPILED if EVERYTHING else ("Phi3Scaled", "OPT"),
    "torch": tuple(_BACKBONES),  # Without compilation, all of them take seconds.
}
"""The models of each backend. On those that compile, one for each path of this package: layers
with and without a sliding window, rotary embeddings that depend on the length, and positions that
the embedding adds. Plain decoders are among the checkpoints."""


def make(name: str, dtype: str) -> Any:
    """Returns a model with fixed weights."""
    keras.utils.set_random_seed(7)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)  # Some of them ignore the argument of their own.
    try:
        family = name.removesuffix("Scaled")
        backbone = getattr(keras_hub.models, f"{family}Backbone")(**_BACKBONES[name])
    finally:
        keras.config.set_dtype_policy(before)
    model = getattr(keras_hub.models, f"{family}CausalLM")(backbone=backbone, preprocessor=None)
    # Weights as they are drawn give flat outputs; larger ones make every term count.
    for variable in model.variables:
        if len(variable.shape) > 1:
            variable.assign(variable.value * 5.0)
    return model
