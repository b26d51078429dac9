import dataclasses
import os
import pathlib
from typing import Any

import pytest

from seqsal.models import frameworks
from seqsal.models.fingerprint import fingerprint
from seqsal.models.transformers import origin
from seqsal.models.transformers._accelerate import mixed_precision
from seqsal.options import Options
from tests import tiny


def _of(folder: pathlib.Path, computed_in: str = "float32 on cpu", **options: Any) -> str:
    return fingerprint([folder], Options(**options), computed_in)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder with a small file, and one that is only sampled."""
    (tmp_path / "config.json").write_text('{"layers": 3}')
    (tmp_path / "model.safetensors").write_bytes(os.urandom(1_000_000))
    return tmp_path


def test_the_same_files_and_options_are_the_same_model(folder: pathlib.Path) -> None:
    assert _of(folder) == _of(folder)
    # These say how fast it is, or how answers are written, which has a key of its own.
    same: dict[str, Any] = {
        "trace_memory": 0.5,
        "batch_size": 3,
        "max_new_tokens": 7,
        "max_examples": 9,
    }
    assert _of(folder, **same) == _of(folder)


@pytest.mark.parametrize(
    "change", [{"precision": "bfloat16"}, {"chat_template": True}, {"sequence_length": 99}]
)
def test_a_model_that_runs_in_another_way_is_another(
    folder: pathlib.Path, change: dict[str, Any]
) -> None:
    assert _of(folder, **change) != _of(folder)
    assert _of(folder, computed_in="bfloat16 on cuda") != _of(folder)


def test_other_weights_of_the_same_size_and_time_are_another(folder: pathlib.Path) -> None:
    before, weights = _of(folder), folder / "model.safetensors"
    times = (weights.stat().st_atime_ns, weights.stat().st_mtime_ns)
    weights.write_bytes(os.urandom(1_000_000))
    os.utime(weights, ns=times)
    assert _of(folder) != before


def test_a_file_that_was_written_again_is_another(folder: pathlib.Path) -> None:
    before, weights = _of(folder), folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[20_000] ^= 1  # Between two samples.
    weights.write_bytes(content)
    assert _of(folder) != before


def test_a_file_more_or_in_a_folder_below_counts(folder: pathlib.Path) -> None:
    before = _of(folder)
    (folder / "below").mkdir()
    (folder / "below" / "tokenizer.json").write_text("{}")
    assert _of(folder) != before


def test_the_base_of_an_adapter_counts(folder: pathlib.Path, checkpoint: pathlib.Path) -> None:
    adapter = folder / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(f'{{"base_model_name_or_path": "{checkpoint}"}}')
    assert origin.folders(str(adapter)) == [adapter, checkpoint]
    assert origin.folders(str(checkpoint)) == [checkpoint]


def test_what_was_never_loaded_has_no_files() -> None:
    assert origin.folders("org/never-loaded") == []


def test_a_hub_model_is_its_revision(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--org--model"
    (home / "refs").mkdir(parents=True)
    for revision in ("a" * 40, "b" * 40):
        snapshot = home / "snapshots" / revision
        snapshot.mkdir(parents=True)
        (snapshot / "config.json").write_text(revision)
        (home / "refs" / "main").write_text(revision)
        assert origin.folders("org/model") == [snapshot]


@pytest.mark.parametrize("slow", [True, False])
def test_a_model_reports_its_computation_type(
    checkpoint: pathlib.Path, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    monkeypatch.setattr(mixed_precision, "is_emulated", lambda dtype: slow)
    asked_for = "float32 on cpu" if slow else "bfloat16 on cpu"
    options = Options(models=(f"tiny:{checkpoint}",))
    narrow = dataclasses.replace(options, precision="bfloat16")
    for chosen, expected in ((options, "float32 on cpu"), (narrow, asked_for)):
        lm = frameworks.load(str(checkpoint), chosen)
        assert origin.computed_in(lm).removeprefix("torch.") == expected  # type: ignore[arg-type]


def test_tiny_checkpoints_with_other_weights_differ(tmp_path: pathlib.Path) -> None:
    first = tiny.save_checkpoint(tmp_path / "a", "llama")
    second = tiny.save_checkpoint(tmp_path / "b", "mistral")
    assert _of(first) != _of(second)
