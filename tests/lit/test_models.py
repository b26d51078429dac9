import http.server
import pathlib
import shutil
import socket
import threading
from typing import Any

import numpy as np
import peft
import pytest
import torch
import transformers

from seqsal.lit.models import get_models
from seqsal.models import embedded, hub
from seqsal.shared import fields
from tests import tiny


def test_the_default_is_both_models_that_ship_with_seqsal_the_larger_one_first() -> None:
    others = [
        "tokenizer",
        "salience",
        "logprobs",
        "removal",
        "totals",
        "alternatives",
        "embeddings",
    ]
    assert list(get_models()) == [
        each for name in ("small", "tiny") for each in (name, *(f"_{name}_{o}" for o in others))
    ]


def test_only_models_that_ship_with_seqsal_are_marked_as_demonstrations(
    checkpoint: pathlib.Path,
) -> None:
    models = get_models(["ours:embedded:tiny", f"own:{checkpoint}"])
    marks = {name: model.output_spec().get(fields.MADE_FOR) for name, model in models.items()}
    assert [name for name, mark in marks.items() if mark] == ["_ours_salience"]
    assert marks["_ours_salience"].vocab == [fields.DEMONSTRATION]


def test_a_model_loads_from_a_folder_in_each_precision(checkpoint: pathlib.Path) -> None:
    for precision in ("auto", "float32", "bfloat16"):
        models = get_models([f"a:{checkpoint}"], precision=precision)
        (output,) = models["_a_salience"].predict([{"prompt": "Taste", "target": ": eggs"}])
        assert output["grad_l2"].dtype == "float32"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (":gpt2", "A model must be name:path"),
        ("a:/no/such/folder", "No model at '/no/such/folder': there is no such folder"),
        ("a:embedded:huge", "huge"),
    ],
)
def test_a_model_that_can_not_be_found_is_an_error(config: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        get_models([config])


def test_a_folder_without_a_checkpoint_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="No causal language model could be loaded from"):
        get_models([f"a:{tmp_path}"])


@pytest.mark.parametrize(
    ("damaged", "content"),
    [
        ("model.safetensors", None),
        ("model.safetensors", "no weights"),
        ("config.json", "{"),
        ("config.json", '{"model_type": "unheard-of"}'),
        ("tokenizer.json", "{"),
    ],
)
def test_a_damaged_checkpoint_is_an_error(
    tmp_path: pathlib.Path, checkpoint: pathlib.Path, damaged: str, content: str | None
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(checkpoint, folder)
    (folder / damaged).unlink()
    if content is not None:
        (folder / damaged).write_text(content)
    with pytest.raises(ValueError, match="No causal language model could be loaded from .*copy"):
        get_models([f"a:{folder}"])


def test_an_unreachable_hub_is_requested_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:  # Bound, but not listening.
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
        assert hub.only_local_files("someone/model")
        assert not hub.only_local_files("/tmp")
        with pytest.raises(ValueError, match="from 'someone/model'.* that this machine can reach"):
            get_models(["a:someone/model"])
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.handle_request).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
        assert not hub.only_local_files("someone/model")  # A refusal is an answer, too.


def test_a_checkpoint_without_a_tokenizer_is_an_error(tmp_path: pathlib.Path) -> None:
    tiny.model("llama").save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="No causal language model could be loaded from"):
        get_models([f"a:{tmp_path}"])


def test_a_path_may_begin_with_a_tilde(
    checkpoint: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(checkpoint.parent))
    assert "a" in get_models([f"a:~/{checkpoint.name}"])


@pytest.mark.parametrize("device", ["gpu", "cuda:7", "meta:x"])
def test_a_missing_device_is_an_error(checkpoint: pathlib.Path, device: str) -> None:
    with pytest.raises(ValueError, match=f"device must be auto, .* got '{device}'"):
        get_models([f"a:{checkpoint}"], device=device)


@pytest.mark.parametrize("options", [{"attention": "eager"}, {"device": "spread"}])
def test_every_attention_and_checkpointing_option_gives_the_same_scores(
    checkpoint: pathlib.Path, options: dict[str, Any]
) -> None:
    record = {"prompt": "Taste", "target": ": eggs"}
    scores = []
    for chosen in ({}, options):
        models = get_models([f"a:{checkpoint}"], **chosen)
        (output,) = models["_a_salience"].predict([record])
        scores.append(output["grad_l2"])
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-4)


def test_a_lora_adapter_is_applied_to_its_model(
    tmp_path: pathlib.Path, checkpoint: pathlib.Path
) -> None:
    torch.manual_seed(4)
    base = transformers.AutoModelForCausalLM.from_pretrained(checkpoint)
    adapted = peft.get_peft_model(
        base, peft.LoraConfig(r=3, target_modules=["q_proj"], init_lora_weights=False)
    )
    adapted.save_pretrained(tmp_path / "adapter")
    adapted.merge_and_unload().save_pretrained(tmp_path / "merged")
    transformers.AutoTokenizer.from_pretrained(checkpoint).save_pretrained(tmp_path / "merged")
    record, scores = {"prompt": "Taste", "target": ": eggs"}, []
    for path in (tmp_path / "adapter", tmp_path / "merged", checkpoint):
        (output,) = get_models([f"a:{path}"])["_a_salience"].predict([record])
        scores.append(output["grad_l2"])
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-4)
    assert not np.allclose(scores[0], scores[2], rtol=1e-2)


def test_the_error_for_a_missing_package_names_it(
    checkpoint: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="--device=spread needs accelerate. Install it with"):
        get_models([f"a:{checkpoint}"], device="spread")


def test_a_duplicate_name_is_an_error() -> None:
    embedded_small = f"a:{embedded.path('small')}"
    with pytest.raises(ValueError, match="'a' twice"):
        get_models([embedded_small, embedded_small])


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="precison"):
        get_models(precison="float32")  # type: ignore[call-arg]
