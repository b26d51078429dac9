"""Tokenizers of keras-hub and ways to load, which are the same on every backend."""

import os
import pathlib
import shutil
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest
import transformers

from seqsal.attribution.explainers import get_explainer
from seqsal.models import encodings
from seqsal.models import keras as keras_adapter
from seqsal.models import transformers as huggingface
from seqsal.models.keras import origin
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.tokenizer import KerasTokenizer
from seqsal.results.explain import explain
from tests import tiny
from tests.models.keras.checkpoints import ARCHITECTURES
from tests.objectives import objectives

CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])


def _load(path: Any, **choices: Any) -> KerasCausalLM:
    return keras_adapter.load(path, **choices)


# Tokenizers.


@pytest.fixture(params=ARCHITECTURES, scope="module")
def preprocessor(request: pytest.FixtureRequest) -> keras_hub.models.CausalLMPreprocessor:
    """The preprocessor that keras-hub itself makes of a checkpoint."""
    folder = str(CHECKPOINTS / request.param)
    return keras_hub.models.CausalLM.from_preset(folder).preprocessor


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_tokens_joined_are_the_text_to_the_byte(
    preprocessor: keras_hub.models.CausalLMPreprocessor, name: str
) -> None:
    text = tiny.EXACT_TEXTS[name]
    encoding = KerasTokenizer(preprocessor.tokenizer).encode(text)
    assert encoding.text == text
    assert encoding.special == (True,) + (False,) * (len(encoding) - 1)
    # The ids are those that keras-hub would generate from.
    batch = preprocessor.generate_preprocess([text], sequence_length=120)
    ids, mask = (keras.ops.convert_to_numpy(batch[k])[0] for k in ("token_ids", "padding_mask"))
    assert list(encoding.ids) == ids[mask.astype(bool)].tolist()


def test_pieces_of_words_are_on_their_tokens(
    preprocessor: keras_hub.models.CausalLMPreprocessor,
) -> None:
    tokenizer = preprocessor.tokenizer
    encoding = KerasTokenizer(tokenizer).encode("def add(a, b):\n    return 卵 fox")
    for token, piece, special in zip(encoding.ids, encoding.pieces, encoding.special, strict=True):
        name = tokenizer.id_to_token(token)
        if not special and name.isascii() and name.isalpha():
            assert piece.strip() == name


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_decoded_pieces_joined_are_the_text(
    preprocessor: keras_hub.models.CausalLMPreprocessor, name: str
) -> None:
    tokens = KerasTokenizer(preprocessor.tokenizer)
    prefix = tokens.encode("Taste:")
    text = tiny.EXACT_TEXTS[name].replace("</s>", "").replace("<s>", "")
    whole = tokens.encode("Taste:" + text)
    if whole.ids[: len(prefix)] != prefix.ids:
        return  # The first word goes on in the text.
    rest = whole.ids[len(prefix) :]
    assert "".join(encodings.continuation(tokens.decode, rest, prefix.ids).pieces) == text


def test_a_character_of_several_tokens_goes_to_the_first(
    preprocessor: keras_hub.models.CausalLMPreprocessor,
) -> None:
    encoding = KerasTokenizer(preprocessor.tokenizer).encode("x🙂y")
    place = encoding.pieces.index("🙂")
    assert encoding.pieces[place + 1 : place + 4] == ("", "", "")


def test_what_a_tokenizer_rewrites_is_laid_over_the_text() -> None:
    tokenizer = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "gemma"))
    tokens = KerasTokenizer(tokenizer.preprocessor.tokenizer)
    ids = tokens.encode("The fox").ids[1:]
    assert "".join(tokens._pieces(ids, "The  fox")) == "The  fox"


# Folders and objects.


def test_a_missing_folder_and_an_unknown_preset_raise() -> None:
    with pytest.raises(ValueError, match="No model at '/no/such/folder': there is no such folder"):
        _load("/no/such/folder")
    with pytest.raises(ValueError, match="Did you mean .*gemma2_2b_en"):
        _load("gemma2_2b")


def test_a_model_in_memory_is_explained_in_one_call() -> None:
    model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / ARCHITECTURES[0]))
    result = explain(model, "The quick", " brown fox")
    assert result.token_ids == _load(model).encode("The quick", " brown fox").ids
    weights = np.zeros((1, len(result.tokens)), np.float32)
    weights[0, slice(*result.selection[0])] = 1
    trace = _load(model).trace(result.token_ids)
    gradients = trace.to_numpy(trace.gradients(objectives(result.token_ids, weights)))[0]
    expected = np.linalg.norm(gradients, axis=-1)
    np.testing.assert_allclose(result.scores["grad_l2"], expected, rtol=1e-4, atol=1e-7)
    assert get_explainer(model) is get_explainer(model)
    with pytest.raises(ValueError, match="With a Keras model in memory, token"):
        explain(model, "The quick", " brown fox", tokenizer=object())


def test_a_damaged_folder_raises(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="No causal language model could be loaded from"):
        _load(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "unheard-of"}')
    with pytest.raises(ValueError, match="no converter .* 'unheard-of'|reason given"):
        _load(tmp_path)


def test_the_scaled_positions_of_a_llama_3_checkpoint_give_the_scores_of_transformers(
    tmp_path: pathlib.Path,
) -> None:
    shutil.copytree(CHECKPOINTS / "llama", tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.safetensors").unlink()
    scaling = {
        "rope_type": "llama3", "rope_theta": 10_000.0, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 16,
    }  # fmt: skip
    config = tiny.model("llama").config
    config.rope_parameters = scaling
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    adapters = (huggingface.load(str(tmp_path), precision="float32"), _load(tmp_path))
    weights = np.eye(40, dtype=np.float32)[[39]]
    ids = range(3, 43)
    expected, actual = (
        np.asarray(lm.trace(ids).gradients(objectives(ids, weights))[0]) for lm in adapters
    )
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-3 * abs(expected).max())

    config.rope_parameters = scaling | {"rope_type": "yarn"}
    config.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="no rotary embeddings of type 'yarn' for a Llama"):
        _load(tmp_path)


def test_a_model_without_a_tokenizer_raises() -> None:
    model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "llama"), preprocessor=None)
    with pytest.raises(ValueError, match="must have a tokenizer; this Llama3CausalLM has no"):
        _load(model)
    with pytest.raises(ValueError, match="token embedding"):
        model.preprocessor = keras_hub.models.CausalLM.from_preset(
            str(CHECKPOINTS / "gemma")
        ).preprocessor
        model.backbone = keras.Sequential([keras.layers.Dense(2)])
        _load(model)


@pytest.mark.parametrize(
    ("option", "value"),
    [("attention", "eager"), ("device", "cuda"), ("precision", "int8")],
)
def test_options_that_keras_does_not_support_raise(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{option}.*--dl_framework=transformers"):
        _load(CHECKPOINTS / "llama", **{option: value})


def test_a_sequence_that_does_not_fit_into_memory_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = _load(CHECKPOINTS / "llama")
    monkeypatch.setattr(type(lm._runtime), "free_bytes", lambda _: 20_000)
    with pytest.raises(ValueError, match="Salience of 90 tokens needs about .* GB are free"):
        lm.trace([7] * 90)


def test_a_model_reports_its_files_and_its_computation_type() -> None:
    folder = CHECKPOINTS / ARCHITECTURES[0]
    assert origin.folders(str(folder)) == [folder]
    assert origin.computed_in(_load(folder)) == "float32 by torch on cpu"


def test_the_files_of_a_preset_are_all_versions_that_were_downloaded(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    handle = "kaggle://keras/gemma2/keras/gemma2_2b_en"
    assert origin.folders(handle) == []
    folder = tmp_path / "models" / "keras" / "gemma2" / "keras" / "gemma2_2b_en"
    (folder / "3").mkdir(parents=True)
    (folder / "3" / "config.json").write_text("{}")
    assert origin.folders(handle) == [folder]
