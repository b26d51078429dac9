"""Checkpoints that bring Python code of their own."""

import json
import pathlib

import pytest
import transformers

from seqsal.lit import configure
from seqsal.lit.models import get_models
from seqsal.models.transformers import loading
from seqsal.options import Options
from tests import tiny

CODE = """
import os, pathlib
import transformers

pathlib.Path(os.environ["SEQSAL_TEST_MARK"]).touch()


class OwnConfig(transformers.LlamaConfig):
    model_type = "own_llama"


class OwnForCausalLM(transformers.LlamaForCausalLM):
    config_class = OwnConfig
"""


@pytest.fixture
def own(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> pathlib.Path:
    """A checkpoint of an architecture that only its own code knows."""
    folder = tmp_path / "own"
    tiny.save_checkpoint(folder)
    (folder / "own_code.py").write_text(CODE)
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "own_llama",
        "architectures": ["OwnForCausalLM"],
        "auto_map": {
            "AutoConfig": "own_code.OwnConfig",
            "AutoModelForCausalLM": "own_code.OwnForCausalLM",
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    monkeypatch.setenv("SEQSAL_TEST_MARK", str(tmp_path / "code has run"))
    modules = tmp_path / "modules"
    monkeypatch.setattr(transformers.dynamic_module_utils, "HF_MODULES_CACHE", str(modules))
    monkeypatch.syspath_prepend(str(modules))
    return folder


def _has_run(tmp_path: pathlib.Path) -> bool:
    return (tmp_path / "code has run").exists()


def test_code_of_a_checkpoint_is_not_run_and_the_flag_is_named(
    own: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> str:
        raise AssertionError("The terminal must not be asked.")

    monkeypatch.setattr("builtins.input", asked)
    expected = "comes with Python code of its own, which was not run: .* --trust_remote_code"
    with pytest.raises(ValueError, match=expected):
        get_models([f"own:{own}"])
    with pytest.raises(ValueError, match=expected):
        loading.shape(str(own), "auto", "cpu", "auto")
    assert not _has_run(tmp_path)


def test_with_the_flag_it_is_loaded_and_explained(
    own: pathlib.Path, checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    scores = []
    for path in (own, checkpoint):
        models = get_models([f"m:{path}"], trust_remote_code=True, max_new_tokens=3)
        (answer,) = models["m"].predict([{"prompt": "Taste"}])
        record = {"prompt": "Taste", "target": answer["response"]}
        (tokens,) = models["_m_tokenizer"].predict([record])
        mask = [0] * (len(tokens["tokens"]) - 1) + [1]
        (row,) = models["_m_salience"].predict([{**record, "target_mask": mask}])
        scores.append(list(row["grad_l2"]))
    assert _has_run(tmp_path)
    assert scores[0] == pytest.approx(scores[1])  # The same weights under another name.
    assert max(scores[0]) > 0


def test_the_page_can_not_switch_it_on() -> None:
    ((_, init_spec),) = configure.model_loaders(Options()).values()
    assert "path" in init_spec
    assert "trust_remote_code" not in init_spec
