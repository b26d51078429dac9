import pathlib

import pytest

from seqsal.datasets import files


def _write(folder: pathlib.Path, name: str, text: str) -> pathlib.Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_jsonl_records_have_source_prompt_and_target(tmp_path: pathlib.Path) -> None:
    path = _write(
        tmp_path,
        "p.jsonl",
        '{"prompt": "a\\nb", "target": "c", "source": "s"}\n\n{"prompt": "卵", "other": 3}\r\n',
    )
    assert files.read(path) == [
        {"source": "s", "prompt": "a\nb", "target": "c"},
        {"source": "p.jsonl", "prompt": "卵", "target": ""},
    ]


def test_messages_become_a_prompt_in_message_form(tmp_path: pathlib.Path) -> None:
    line = (
        '{"messages": [{"role": "user", "content": "Who?"}], "documents": ["Ann."], "target": "A"}'
    )
    assert files.read(_write(tmp_path, "p.jsonl", line)) == [
        {"source": "p.jsonl", "prompt": "document:\nAnn.\n\nuser:\nWho?", "target": "A"}
    ]


def test_txt_lines_are_prompts_with_their_spaces(tmp_path: pathlib.Path) -> None:
    path = _write(tmp_path, "p.txt", "  one \n\n \ntwo\u2028three\r\n")
    assert [record["prompt"] for record in files.read(path)] == ["  one ", "two\u2028three"]


def test_a_byte_order_mark_is_removed(tmp_path: pathlib.Path) -> None:
    assert files.read(_write(tmp_path, "p.txt", "\ufeffone"))[0]["prompt"] == "one"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"prompt": "a"', r"p.jsonl, line 2: not JSON: .* at column 15"),
        ("[1]", "line 2: expected a JSON object with a prompt, got a list"),
        ('"text"', "line 2: expected a JSON object with a prompt, got text"),
        ('{"text": "a"}', r"line 2: the field 'prompt' is missing or empty; .* \['text'\]"),
        ('{"prompt": ""}', "line 2: the field 'prompt' is missing or empty"),
        ('{"messages": []}', r"line 2: messages must be a list of messages; got \[\]"),
        ('{"messages": [{"role": "bot"}]}', r"line 2: messages\[0\].role must be one of system"),
        (
            '{"prompt": "a", "messages": [{"role": "user", "content": ""}]}',
            "line 2: expected 'prompt' or 'messages', got both",
        ),
        ('{"prompt": ["a"]}', "line 2: the field 'prompt' must be text, got a list"),
        (
            '{"prompt": "a", "target": 4}',
            "line 2: the field 'target' must be text, got a number",
        ),
    ],
)
def test_the_error_for_a_malformed_line_names_file_and_line(
    tmp_path: pathlib.Path, line: str, message: str
) -> None:
    path = _write(tmp_path, "p.jsonl", '{"prompt": "fine"}\n' + line + "\n")
    with pytest.raises(ValueError, match=message):
        files.read(path)


def test_other_extensions_are_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"a \.jsonl or \.txt file; got .*p\.csv"):
        files.read(_write(tmp_path, "p.csv", "a"))


def test_a_missing_file_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"none\.txt cannot be read: No such file"):
        files.read(tmp_path / "none.txt")


def test_bytes_that_are_not_utf8_are_an_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "p.txt").write_bytes(b"caf\xe9")
    with pytest.raises(ValueError, match="not UTF-8 text: byte 3 is 0xe9"):
        files.read(tmp_path / "p.txt")


def test_a_file_without_prompts_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="has no prompt"):
        files.read(_write(tmp_path, "p.jsonl", "\n\n"))


def test_a_stream_yields_lines_with_their_numbers_and_what_is_wrong(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.jsonl"
    lines = [
        b'\xef\xbb\xbf{"prompt": "One\\u2028", "id": 3}\r',
        b"",
        b'{"prompt": "\xff"}',
        b"[1]",
        b"[" * 100_000,
        b'{"prompt": "Two", "target": "t"}',
    ]
    path.write_bytes(b"\n".join(lines))
    found = [*files.stream(path)]
    assert [line.number for line in found] == [1, 3, 4, 5, 6]
    assert found[0].record == {"prompt": "One\u2028", "target": "", "source": "data.jsonl"}
    assert found[0].values == {"prompt": "One\u2028", "id": 3}
    assert [line.error.partition(":")[0] for line in found[1:4]] == [
        "not UTF-8 text",
        "expected a JSON object with a prompt, got a list.",
        "not JSON that can be read",
    ]
    assert found[-1].record is not None
    assert found[-1].record["target"] == "t"


def test_a_stream_has_the_records_of_read(tmp_path: pathlib.Path) -> None:
    for path in (files.HERE / f"{name}.jsonl" for name in files.SHIPPED):
        assert [line.record for line in files.stream(path)] == files.read(path)
    path = tmp_path / "data.txt"
    path.write_text("One\n\nTwo\n", encoding="utf-8")
    assert [line.record for line in files.stream(path)] == files.read(path)
    for wrong, message in (("no.txt", "cannot be read"), ("data.csv", "must be a .jsonl or .txt")):
        with pytest.raises(ValueError, match=message):
            next(files.stream(tmp_path / wrong))
