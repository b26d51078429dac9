import pytest

from seqsal.shared.named_paths import split_model, split_name


def test_only_the_first_colon_separates_name_and_path() -> None:
    assert split_name("a:https://b:80/c", "model") == ("a", "https://b:80/c")


@pytest.mark.parametrize("config", ["prompts", ":prompts", "prompts:"])
def test_a_missing_name_or_path_is_an_error(config: str) -> None:
    with pytest.raises(ValueError, match=f"must be name:path, .* got '{config}'"):
        split_name(config, "dataset")


@pytest.mark.parametrize("config", [":gpt2", "gpt2:", "", "/", ".."])
def test_a_model_without_a_name_or_path_is_an_error(config: str) -> None:
    with pytest.raises(
        ValueError, match=f"must be (path or |a path or )?name:path, .* got '{config}'"
    ):
        split_model(config)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("gpt2", ("gpt2", "gpt2")),
        ("my:gpt2", ("my", "gpt2")),
        ("google/gemma-2b-it", ("gemma-2b-it", "google/gemma-2b-it")),
        ("embedded:small", ("small", "embedded:small")),
        ("my:embedded:small", ("my", "embedded:small")),
        ("/models/folder/", ("folder", "/models/folder/")),
        ("/models/a:b/folder", ("folder", "/models/a:b/folder")),
        ("file.Q4_K_M.gguf", ("file.Q4_K_M", "file.Q4_K_M.gguf")),
        ("org/repo:sub/file.GGUF", ("file", "org/repo:sub/file.GGUF")),
        ("my:org/repo:file.gguf", ("my", "org/repo:file.gguf")),
        ("hf://org/model", ("model", "hf://org/model")),
        ("my:https://b:80/c.tar.gz", ("my", "https://b:80/c.tar.gz")),
    ],
)
def test_the_last_part_of_a_path_is_the_name_of_a_model(
    config: str, expected: tuple[str, str]
) -> None:
    assert split_model(config) == expected
