"""Writes tiny models as GGUF files, in the layout of llama.cpp's converter."""

import json
import pathlib
from typing import Any

import gguf
import numpy as np
import sentencepiece
import transformers
from transformers.integrations.ggml import GGUF_CONFIG_MAPPING

from tests import tiny

ARCHITECTURES = {
    "llama": "llama",
    "mistral": "llama",  # llama.cpp has no architecture of its own for it.
    "gemma2": "gemma2",
    "gemma3": "gemma3",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "phi3": "phi3",
    "gpt2": "gpt2",
    "falcon": "falcon",
}
"""The architecture in the file, by the name of the tiny model."""

TEMPLATE = (
    "{% for m in messages %}<s>{{ m['role'] }}\n{{ m['content'] }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)
_SENTENCEPIECE = {"mistral", "gemma2", "gemma3", "phi3"}
"""Models with the tokenizer of SentencePiece; all others have byte-level BPE."""
_CHANGES: dict[str, dict[str, Any]] = {
    # Files do not say these, so the model has Transformers' defaults.
    "qwen3": {"head_dim": 128},
    "gemma2": {"final_logit_softcapping": 30.0},
    "mistral": {"sliding_window": None},
    "gpt2": {"n_embd": 32, "n_positions": 1024},
}
_TRANSPOSED = ("attn_qkv.weight", "ffn_down.weight", "ffn_up.weight", "attn_output.weight")
"""Of GPT-2, whose Conv1D layers hold the transposed matrices."""


def write(
    path: pathlib.Path,
    name: str = "llama",
    *,
    kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.Q8_0,
    metadata: dict[str, str | int] | None = None,
    architecture: str | None = None,
) -> pathlib.Path:
    """Writes the tiny model of an architecture and a tokenizer; returns the path.

    Args:
        path: the file.
        name: a key of `ARCHITECTURES`.
        kind: the type of the matrices; the vectors are in float32.
        metadata: more values of the header.
        architecture: the name in the file, if another one than the model's.
    """
    model = _model(name)
    named = ARCHITECTURES[name]
    writer = gguf.GGUFWriter(path, architecture or named)
    writer.add_name(f"A tiny {name}")
    _add_config(writer, model.config, named)
    (_add_sentencepiece if name in _SENTENCEPIECE else _add_byte_level)(writer)
    writer.add_bos_token_id(1 if name in _SENTENCEPIECE else 0)
    writer.add_eos_token_id(2 if name in _SENTENCEPIECE else 1)
    writer.add_pad_token_id(0)
    writer.add_chat_template(TEMPLATE)
    for key, value in (metadata or {}).items():
        if isinstance(value, str):
            writer.add_string(key, value)
        else:
            writer.add_uint32(key, value)
    _add_weights(writer, model, named, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _model(name: str) -> transformers.PreTrainedModel:
    """Returns a tiny model whose rows have a length that can be quantized."""
    config = tiny.CONFIGS[name]()
    wide = {"hidden_size": 32, "intermediate_size": 64, "head_dim": 16, "ffn_hidden_size": 128}
    for key, value in (wide | _CHANGES.get(name, {})).items():
        if hasattr(config, key) and name != "falcon":
            setattr(config, key, value)
    transformers.set_seed(7)
    model = transformers.AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.data.mul_(10.0)
    return model


def _add_config(writer: gguf.GGUFWriter, config: Any, architecture: str) -> None:
    rope = getattr(config, "rope_parameters", None) or {}
    values = {"rope_theta": rope.get("rope_theta", 10000.0)}
    for key, field in GGUF_CONFIG_MAPPING[architecture].items():
        value = values.get(field) if field in values else getattr(config, field or "", None)
        if field is None or value is None:
            continue
        add = writer.add_float32 if isinstance(value, float) else writer.add_uint32
        add(f"{architecture}.{key}", value)


def _add_sentencepiece(writer: gguf.GGUFWriter) -> None:
    model = sentencepiece.SentencePieceProcessor(model_proto=tiny.sentence_piece())
    numbers = range(model.get_piece_size())
    control = {i for i in numbers if model.is_control(i)}
    kinds = [
        2 if model.is_unknown(i) else 3 if i in control else 6 if model.is_byte(i) else 1
        for i in numbers
    ]
    writer.add_tokenizer_model("llama")
    writer.add_token_list([model.id_to_piece(i) for i in numbers])
    writer.add_token_scores([model.get_score(i) for i in numbers])
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)


def _add_byte_level(writer: gguf.GGUFWriter) -> None:
    state = tiny.byte_level_tokenizer().backend_tokenizer
    vocabulary = sorted(state.get_vocab(), key=state.token_to_id)
    model = json.loads(state.to_str())["model"]
    special = {"<s>", "</s>"}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary)
    writer.add_token_types([3 if token in special else 1 for token in vocabulary])
    writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
    writer.add_add_bos_token(False)


def _add_weights(
    writer: gguf.GGUFWriter,
    model: transformers.PreTrainedModel,
    architecture: str,
    kind: gguf.GGMLQuantizationType,
) -> None:
    (arch,) = (key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == architecture)
    names = gguf.get_tensor_name_map(arch, model.config.num_hidden_layers)
    for key, weights in model.state_dict().items():
        stem, _, suffix = key.rpartition(".")
        name = names.get_name(stem)
        if name is None or (stem == "lm_head" and model.config.tie_word_embeddings):
            continue
        array = weights.float().numpy()
        full = f"{name}.{suffix}"
        if architecture == "gpt2" and full.endswith(_TRANSPOSED):
            array = np.ascontiguousarray(array.T)
        if array.ndim < 2 or array.shape[-1] % 32:
            writer.add_tensor(full, array)
        else:
            writer.add_tensor(full, gguf.quantize(array, kind), raw_dtype=kind)
