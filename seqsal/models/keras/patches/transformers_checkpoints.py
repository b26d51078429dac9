"""Backbones of Transformers folders that keras-hub 0.32 itself would load with other numbers."""

import pathlib
from typing import Any

import keras_hub
from keras_hub.src.utils.transformers import convert_llama3
from keras_hub.src.utils.transformers.safetensor_utils import SafetensorLoader


def backbone(folder: pathlib.Path, config: dict[str, Any]) -> Any:
    """Returns the backbone of a Transformers checkpoint.

    Args:
        folder: the folder of the checkpoint.
        config: its config.json.

    Raises:
        ValueError: keras-hub does not support the model.
    """
    if config["model_type"] == "mistral":
        return _mistral(folder, config)
    settings = _llama_settings(config) if config["model_type"] == "llama" else {}
    return keras_hub.models.Backbone.from_preset(str(folder), **settings)


def _mistral(folder: pathlib.Path, config: dict[str, Any]) -> Any:
    """Returns a Mistral with unrounded weights.

    keras-hub 0.32 rounds them to float16 (utils/transformers/convert_mistral.py); its Llama has
    weights of the same names, and does not round them.
    """
    model = keras_hub.models.Backbone.from_preset(str(folder), load_weights=False)
    model.tie_word_embeddings = False
    with SafetensorLoader(str(folder)) as loader:
        convert_llama3.convert_weights(model, loader, config)
    return model


def _llama_settings(config: dict[str, Any]) -> dict[str, Any]:
    """Returns the settings of a Llama that keras-hub 0.32 does not read from its configuration.

    Raises:
        ValueError: keras-hub's Llama does not support the model.
    """
    heads = config["num_attention_heads"]
    if (config.get("head_dim") or config["hidden_size"] // heads) * heads != config["hidden_size"]:
        raise ValueError("keras-hub has no Llama whose heads do not add up to the hidden size")
    if config.get("attention_bias") or config.get("mlp_bias"):
        raise ValueError("keras-hub has no Llama with biases")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = rope.get("rope_type", "default")
    if kind not in ("default", "llama3"):
        raise ValueError(f"keras-hub has no rotary embeddings of type {kind!r} for a Llama")
    settings: dict[str, Any] = {"layer_norm_epsilon": config.get("rms_norm_eps", 1e-6)}
    if kind == "llama3":  # keras-hub reads the key of Transformers 4, not that of 5.
        settings |= {
            "rope_frequency_adjustment_factor": rope["factor"],
            "rope_low_freq_factor": rope["low_freq_factor"],
            "rope_high_freq_factor": rope["high_freq_factor"],
            "rope_pretraining_sequence_length": rope["original_max_position_embeddings"],
        }
    return settings
