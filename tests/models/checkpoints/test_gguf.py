"""GGUF files: how they are found, and what is refused before anything is converted."""

import pathlib
import struct
import sys
from typing import Any

import gguf
import pytest

from seqsal.models import gguf_header
from seqsal.models.checkpoints.gguf import check_gguf, find_gguf
from tests import gguf_files


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return gguf_files.write(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def _changed(file: pathlib.Path, tmp_path: pathlib.Path, content: bytes) -> pathlib.Path:
    copy = tmp_path / file.name
    copy.write_bytes(content)
    return copy


def test_the_header_is_what_the_package_gguf_reads(file: pathlib.Path) -> None:
    header, reader = gguf_header.read_header(file), gguf.GGUFReader(file)
    fields: dict[str, Any] = {
        key: field for key, field in reader.fields.items() if not key.startswith("GGUF.")
    }
    arrays = {key for key, field in fields.items() if field.types[0] == gguf.GGUFValueType.ARRAY}
    assert header.lengths == {key: len(fields[key].data) for key in arrays}
    assert header.values == {
        key: pytest.approx(field.contents()) for key, field in fields.items() if key not in arrays
    }
    assert [(t.name, list(t.shape), t.kind) for t in header.tensors] == [
        (t.name, list(t.shape), t.tensor_type) for t in reader.tensors
    ]
    assert [header.data_start + t.offset for t in header.tensors] == [
        t.data_offset for t in reader.tensors
    ]
    assert header.parameters == sum(int(t.n_elements) for t in reader.tensors)


def test_a_file_and_a_folder_with_one_are_found(file: pathlib.Path) -> None:
    assert find_gguf(str(file)) == file
    assert find_gguf(str(file.parent)) == file
    check_gguf(file)


def test_a_path_below_the_home_folder_is_found(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(file.parent))
    assert find_gguf("~/tiny.gguf") == file


@pytest.mark.parametrize("path", ["gpt2", "google/gemma-2b-it", "embedded:small", "/no/such"])
def test_other_paths_are_left_to_the_framework(path: str) -> None:
    assert find_gguf(path) is None


def test_a_checkpoint_of_transformers_with_a_gguf_file_beside_it_is_that_checkpoint(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for source in checkpoint.iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "also.gguf").write_bytes(b"GGUF")
    assert find_gguf(str(tmp_path)) is None


def test_a_folder_with_several_files_names_them(tmp_path: pathlib.Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match=r"several GGUF files: a.gguf, b.gguf. Name one of them"):
        find_gguf(str(tmp_path))


def test_a_missing_file_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"No model at '.*no.gguf': there is no such file"):
        find_gguf(str(tmp_path / "no.gguf"))


def test_a_file_of_the_hub_is_downloaded(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(repository: str, name: str, *, local_files_only: bool) -> str:
        asked.append((repository, name, local_files_only))
        return str(file)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    monkeypatch.setattr("seqsal.models.hub.only_local_files", lambda *_: True)
    assert find_gguf("org/model-GGUF:q4/model.Q4_K_M.gguf") == file
    assert asked == [("org/model-GGUF", "q4/model.Q4_K_M.gguf", True)]


def test_a_file_that_the_hub_does_not_send_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqsal.models.hub.only_local_files", lambda *_: True)
    with pytest.raises(ValueError, match=r"'x.gguf' of 'org/no' could not be loaded from the hub"):
        find_gguf("org/no:x.gguf")


def test_another_format_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"PK\x03\x04" + bytes(64))
    with pytest.raises(ValueError, match="is not a GGUF file: it does not start with"):
        check_gguf(path)


def test_another_version_is_refused(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    content = file.read_bytes()
    changed = _changed(file, tmp_path, b"GGUF" + struct.pack("<I", 9) + content[8:])
    with pytest.raises(
        ValueError, match="tiny.gguf has version 9 of the GGUF format; expected version 2 or 3"
    ):
        check_gguf(changed)


@pytest.mark.parametrize("kept", [8, 20, 300, 4_000])
def test_a_header_that_ends_early_is_damage(
    file: pathlib.Path, tmp_path: pathlib.Path, kept: int
) -> None:
    changed = _changed(file, tmp_path, file.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"is damaged: its header cannot be read"):
        check_gguf(changed)


def test_a_count_beyond_all_bounds_is_damage(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    content = file.read_bytes()
    changed = _changed(file, tmp_path, content[:16] + struct.pack("<Q", 2**63) + content[24:])
    with pytest.raises(ValueError, match="is damaged"):
        check_gguf(changed)


def test_a_download_that_stopped_is_incomplete(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    content = file.read_bytes()
    changed = _changed(file, tmp_path, content[: len(content) - 1_000])
    with pytest.raises(ValueError, match=r"is incomplete: it has [\d,]+ bytes, and its tensors"):
        check_gguf(changed)


def test_a_part_of_a_split_file_tells_how_to_join_them(tmp_path: pathlib.Path) -> None:
    path = gguf_files.write(tmp_path / "m-00001-of-00003.gguf", metadata={"split.count": 3})
    with pytest.raises(ValueError, match="one of 3 parts of a model. Join them .* --merge"):
        check_gguf(path)


@pytest.mark.parametrize(
    ("architecture", "held"), [("clip", "the vision part"), ("nomic-bert", "an embedding model")]
)
def test_a_file_that_generates_no_text_is_refused(
    tmp_path: pathlib.Path, architecture: str, held: str
) -> None:
    path = gguf_files.write(tmp_path / "x.gguf", architecture=architecture)
    with pytest.raises(ValueError, match=rf"holds {held} .*\({architecture}\), which generates no"):
        check_gguf(path)


def test_a_missing_package_is_named(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name != "accelerate" or None)
    with pytest.raises(
        ValueError, match=r"accelerate cannot be found. .*pip install 'seqsal\[gguf"
    ):
        check_gguf(file)
