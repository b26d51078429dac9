"""Loading on every backend: by flags, from presets, in another precision, and in a notebook."""

import tempfile
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest

import seqsal
from seqsal.lit import configure, models
from seqsal.models import keras as keras_adapter
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.options import Options
from tests.models.keras.checkpoints import NEW_TOKENS, TEXT
from tests.models.keras.models import (
    BACKEND,
    CHECKPOINTS,
    COMPILES_MORE,
    IDS,
    WEIGHTS,
    assert_close,
    gradients_of,
    load,
    long_on,
)
from tests.objectives import METHODS, objectives, terms


def test_a_group_is_loaded_by_get_models_and_by_the_configure_menu(plain_attention: None) -> None:
    path, options = str(CHECKPOINTS / "llama"), Options()
    load_group, init_spec = configure.model_loaders(options)["Language model"]
    assert {"dl_framework", "dl_runtime"} <= set(init_spec)
    chosen = {"dl_framework": "kerasnlp", "dl_runtime": BACKEND}
    records = [{"prompt": "Taste-likes:", "target": " Cheese"}]
    group = models.get_models([f"k:{path}"], **chosen)
    assert set(load_group("k", path, **chosen)) == set(group)
    (output,) = group["_k_tokenizer"].predict(records)
    assert "".join(output["tokens"]).endswith("Taste-likes: Cheese")
    if COMPILES_MORE:
        (output,) = group["_k_salience"].predict(records)
        assert np.count_nonzero(output["grad_l2"]) > 1


@long_on("jax")
def test_a_loaded_model_and_a_preset_of_keras_hub_give_the_same(
    lms: dict[str, KerasCausalLM], plain_attention: None
) -> None:
    model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "gemma"))
    with tempfile.TemporaryDirectory() as folder:
        model.save_to_preset(folder)
        preset = load(folder, sequence_length=50)
    assert preset.context_length == 50
    expected = lms["gemma"]
    assert load(model).encode(TEXT) == preset.encode(TEXT) == expected.encode(TEXT)
    # The same graph with the same weights has the same gradients; they are not compiled again.
    configs = [lm.model.backbone.get_config() for lm in (preset, expected)]
    assert configs[0] | {"name": ""} == configs[1] | {"name": ""}
    for mine, theirs in zip(preset.model.variables, expected.model.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (mine, theirs)))
    traces = [lm.trace(IDS) for lm in (preset, expected)]
    logprobs = [trace.to_numpy(trace.logprobs(terms(IDS, range(1, 11)))) for trace in traces]
    assert_close(logprobs[0], logprobs[1])
    if COMPILES_MORE:
        assert_close(gradients_of(traces[0]), gradients_of(traces[1]))


@long_on("tensorflow", "jax")
def test_precision_is_that_of_the_model_alone(lms: dict[str, KerasCausalLM]) -> None:
    before = keras.config.dtype_policy().name
    lm = load(CHECKPOINTS / "gemma", precision="bfloat16")
    assert keras.config.dtype_policy().name == before
    assert lm.model.backbone.token_embedding.embeddings.dtype == "bfloat16"
    trace = lm.trace(IDS)
    gradients = trace.gradients(objectives(IDS, WEIGHTS))
    assert trace.to_numpy(gradients).dtype == "float32"
    exact = gradients_of(lms["gemma"].trace(IDS))
    norms = [np.linalg.norm(g[0], axis=-1) for g in (trace.to_numpy(gradients), exact)]
    assert np.corrcoef(*norms)[0, 1] > 0.95


def test_another_backend_than_that_of_this_process_raises() -> None:
    other = "torch" if BACKEND == "tensorflow" else "tensorflow"
    with pytest.raises(ValueError, match=f"already runs on {BACKEND}; dl_runtime={other} was"):
        keras_adapter.load(str(CHECKPOINTS / "llama"), runtime=other)


@long_on("jax")
def test_a_view_of_a_model_in_memory_shows_what_explain_finds(
    llama: KerasCausalLM, plain_attention: None
) -> None:
    model: Any = llama  # Its functions are compiled.
    if COMPILES_MORE:
        model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "llama"))
    view = seqsal.view(model, TEXT, max_new_tokens=NEW_TOKENS)
    try:
        # Computed in the view's own thread, to which TensorFlow's tapes are not visible.
        answer = view.answer
        expected = seqsal.explain(model, TEXT, max_new_tokens=NEW_TOKENS)
        assert (answer, view.result.source) == (expected.target, "response")
        view.target = " brown fox"
        view.selection = "fox"
        expected = seqsal.explain(model, TEXT, " brown fox", "fox")
        assert view.tokens == expected.tokens and view.result.selection == expected.selection
        assert set(view.scores) == {*METHODS, "linearized"}
        for method, scores in view.scores.items():
            assert np.any(scores)
            np.testing.assert_allclose(scores, expected.scores[method], rtol=1e-5, atol=1e-9)
    finally:
        view.close()
