"""The files and models that the page may load and save."""

import os
import pathlib

import pytest

from seqsal.lit.app.allowed_paths import AllowedPaths


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """An allowed folder next to one that is not."""
    (tmp_path / "open" / "below").mkdir(parents=True)
    (tmp_path / "shut").mkdir()
    (tmp_path / "open2").mkdir()
    (tmp_path / "open" / "link").symlink_to(tmp_path / "shut")
    return tmp_path


def test_an_allowed_folder_and_everything_below_it_is_allowed(folder: pathlib.Path) -> None:
    paths = AllowedPaths([str(folder / "open")])
    for name in ("open", "open/below", "open/new.jsonl", "open/below/../x"):
        assert paths.check(str(folder / name))


@pytest.mark.parametrize(
    "name", ["shut", "open/../shut/x", "open/link/x", "open2", "open2/x", "..", ""]
)
def test_nothing_else_is_allowed(folder: pathlib.Path, name: str) -> None:
    paths = AllowedPaths([str(folder / "open")])
    with pytest.raises(ValueError, match="not among the paths .* The operator can allow it: --all"):
        paths.check(f"{folder}/{name}")


def test_a_relative_path_is_relative_to_the_servers_folder(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "open")
    paths = AllowedPaths(["."])
    assert paths.check("below/x.jsonl")
    with pytest.raises(ValueError, match="not among"):
        paths.check("../shut")
    with pytest.raises(ValueError, match="not among"):
        paths.check("~/x")


@pytest.mark.parametrize(
    ("allowed", "path", "may"),
    [
        ("hub:", "google/gemma-2b-it", True),
        ("hub:", "gpt2", True),
        ("hub:", "/etc/passwd", False),
        ("hub:", "./gpt2", False),
        ("/none", "google/gemma-2b-it", False),
        ("google/gemma-2b-it", "google/gemma-2b-it", True),
        ("/none", "embedded:small", True),
        ("hub:", "hf://google/gemma-2b-it", True),
        ("hub:", "kaggle://keras/gemma/keras/gemma_2b_en/3", True),
        ("hub:", "tests/../../outside", False),
        ("hub:", "..", False),
        ("hub:", "embedded:../x", False),
        ("hub:", "https://example.org/archive.tar.gz", False),
        ("hub:", "hub:x", False),
        ("hub:", "org/model-GGUF:model.Q4_K_M.gguf", True),
        ("hub:", "org/model-GGUF:q4/model.gguf", True),
        ("hub:", "org/model-GGUF:../model.gguf", False),
        ("hub:", "org/model-GGUF:/etc/model.gguf", False),
        ("hub:", "org/model-GGUF:model.bin", False),
        ("hub:", "/models/model.gguf", False),
        ("/none", "org/model-GGUF:model.gguf", False),
        ("/none", "smollm2", True),
        ("hub:", "a" * 5000 + "\0", False),
    ],
)
def test_model_names_are_allowed_by_name_or_for_the_whole_hub(
    allowed: str, path: str, may: bool
) -> None:
    paths = AllowedPaths([allowed])
    if may:
        assert paths.check_model(path) == path
    else:
        with pytest.raises(ValueError, match="not among"):
            paths.check_model(path)


def test_a_hub_name_that_exists_as_a_file_is_a_path(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    os.mkdir("org")
    (folder / "org" / "model").write_text("secret")
    with pytest.raises(ValueError, match="not among"):
        AllowedPaths(["hub:"]).check_model("org/model")


@pytest.mark.parametrize("name", ["org/model", "new.jsonl", "embedded:small", "tests/../../new"])
def test_the_name_of_a_model_is_not_an_allowed_path(name: str) -> None:
    with pytest.raises(ValueError, match="not among"):
        AllowedPaths(["hub:"]).check(name)


def test_every_path_of_a_config_is_checked(folder: pathlib.Path) -> None:
    paths = AllowedPaths([str(folder / "open")])
    config = {"path": str(folder / "open"), "new_name": "/etc/passwd", "n": 3}
    paths.check_config(config, of_model=False)
    for key in ("path", "model_name_or_path", "filename", "data_dir"):
        with pytest.raises(ValueError, match="not among"):
            paths.check_config({key: str(folder / "shut")}, of_model=True)
