"""Reads the header of a GGUF file: its metadata and the table of its tensors.

The format is described in https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The package
gguf reads all of a header, too. It needs seconds for the vocabulary of a tokenizer, which is
skipped here, so that a wrong file is refused at once.
"""

import dataclasses
import mmap
import pathlib
import struct
from collections.abc import Mapping
from typing import Any, Final

_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_STRING: Final = 8
_ARRAY: Final = 9
_SCALARS: Final = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
"""The formats of `struct`, by the number of a type of metadata."""
_ALIGNMENT: Final = 32


@dataclasses.dataclass(frozen=True)
class TensorInfo:
    """A tensor in the table of a GGUF file.

    Attributes:
        name: the name that llama.cpp gives it.
        shape: its dimensions, the fastest first.
        kind: the number of its type in ggml.
        offset: bytes from the start of the data.
    """

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def elements(self) -> int:
        """The number of weights."""
        count = 1
        for size in self.shape:
            count *= size
        return count


@dataclasses.dataclass(frozen=True)
class Header:
    """The header of a GGUF file.

    Attributes:
        values: the metadata, without arrays.
        lengths: the lengths of the arrays in the metadata.
        tensors: the table of the tensors.
        data_start: the offset of the data in the file.
        size: bytes of the file.
    """

    values: Mapping[str, Any]
    lengths: Mapping[str, int]
    tensors: tuple[TensorInfo, ...]
    data_start: int
    size: int

    @property
    def architecture(self) -> str:
        """The architecture of the model, as llama.cpp names it."""
        return str(self.values.get("general.architecture", ""))

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(tensor.elements for tensor in self.tensors)


def read_header(path: pathlib.Path) -> Header:
    """Returns the header of a GGUF file.

    Raises:
        ValueError: the file is no GGUF file, has an unknown version, or is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(
                f"{path} is not a GGUF file: it does not start with the letters GGUF. Expected a"
                " file that llama.cpp can run."
            )
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _Reader(data).header(path, size)
            except (struct.error, UnicodeDecodeError, KeyError, OverflowError) as error:
                reason = error or type(error).__name__
                raise ValueError(
                    f"{path} is damaged: its header cannot be read ({reason}). Download the file"
                    " again."
                ) from None


class _Reader:
    """Reads values one after the other."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._position = data, len(_MAGIC)

    def header(self, path: pathlib.Path, size: int) -> Header:
        version = self._number("<I")
        if version not in _VERSIONS:
            raise ValueError(
                f"{path} has version {version} of the GGUF format; expected version 2 or 3."
                " Convert the model again with a newer llama.cpp."
            )
        tensor_count, value_count = self._number("<Q"), self._number("<Q")
        values: dict[str, Any] = {}
        lengths: dict[str, int] = {}
        for _ in range(value_count):
            name, kind = self._string(), self._number("<I")
            if kind == _ARRAY:
                lengths[name] = self._skip_array()
            else:
                values[name] = self._value(kind)
        tensors = tuple(self._tensor() for _ in range(tensor_count))
        alignment = int(values.get("general.alignment", _ALIGNMENT))
        data_start = -(-self._position // alignment) * alignment
        return Header(values, lengths, tensors, data_start, size)

    def _tensor(self) -> TensorInfo:
        name = self._string()
        shape = tuple(self._number("<Q") for _ in range(self._number("<I")))
        return TensorInfo(name, shape, self._number("<I"), self._number("<Q"))

    def _value(self, kind: int) -> Any:
        return self._string() if kind == _STRING else self._number(_SCALARS[kind])

    def _number(self, layout: str) -> Any:
        (value,) = struct.unpack_from(layout, self._data, self._position)
        self._position += struct.calcsize(layout)
        return value

    def _string(self) -> str:
        start = self._skip_string()
        return self._data[start : self._position].decode("utf-8")

    def _skip_string(self) -> int:
        """Moves behind a string; returns the offset of its first byte."""
        length = self._number("<Q")
        start = self._position
        self._move(length)
        return start

    def _skip_array(self) -> int:
        """Moves behind an array; returns its length."""
        kind, length = self._number("<I"), int(self._number("<Q"))
        if kind in _SCALARS:
            self._move(struct.calcsize(_SCALARS[kind]) * length)
            return length
        skip = {_STRING: self._skip_string, _ARRAY: self._skip_array}[kind]
        for _ in range(length):
            skip()
        return length

    def _move(self, count: int) -> None:
        self._position += count
        if self._position > len(self._data):
            raise struct.error("it ends too early")
