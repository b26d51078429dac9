"""One reading of a GGUF file for its configuration, tokenizer and weights."""

import hashlib
import pathlib
import threading
from typing import Any

import gguf
import pytest

from seqsal.models import accelerate
from seqsal.models.checkpoints.gguf import check_gguf
from seqsal.models.transformers import gguf as converter
from seqsal.models.transformers._accelerate import gguf_reading
from tests import gguf_files


def _files(folder: pathlib.Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


def test_a_conversion_reads_the_file_once_and_writes_the_same(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = gguf_files.write(tmp_path / "m.gguf", "llama")
    plain = gguf.GGUFReader
    readings: list[Any] = []

    class Counted(plain):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any) -> None:
            readings.append(arguments)
            super().__init__(*arguments)

    monkeypatch.setattr(gguf, "GGUFReader", Counted)
    header = check_gguf(path)
    counts, written = {}, {}
    for name in ("none", "all"):
        monkeypatch.setenv(accelerate.VARIABLE, name)
        readings.clear()
        (tmp_path / name).mkdir()
        converter.convert(path, header, tmp_path / name)
        counts[name], written[name] = len(readings), _files(tmp_path / name)
    assert counts["none"] > counts["all"] == 1
    assert written["none"] == written["all"] != {}
    assert gguf.GGUFReader is Counted


def test_threads_take_turns_and_nothing_is_kept_afterwards() -> None:
    plain = gguf.GGUFReader
    kept: list[Any] = []

    def use() -> None:
        with gguf_reading.read_once():
            kept.append(gguf.GGUFReader)

    with gguf_reading.read_once():
        other = threading.Thread(target=use)
        other.start()
        first = gguf.GGUFReader
        assert kept == []
    other.join()
    assert gguf.GGUFReader is plain
    assert len({plain, first, *kept}) == 3
