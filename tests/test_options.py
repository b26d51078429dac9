import dataclasses
from typing import get_type_hints

import pytest

from seqsal.options import Options, OptionValues, from_environment, split_model, split_name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"precision": "int3"}, "precision must be one of auto, .*; got 'int3'"),
        ({"dl_framework": "theano"}, "dl_framework must be one of transformers, .*; got 'theano'"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1; got 0"),
        ({"max_examples": True}, "max_examples must be a whole number"),
        ({"sequence_length": 1}, "sequence_length must be a whole number of at least 2; got 1"),
    ],
)
def test_a_wrong_value_is_an_error_at_construction(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options(**change)  # type: ignore[arg-type]


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="batchsize"):
        Options(batchsize=3)  # type: ignore[call-arg]


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


def test_the_environment_sets_options_of_every_type() -> None:
    options = from_environment(
        {
            "SEQSAL_MODELS": "a:/x, b:/y",
            "SEQSAL_MAX_NEW_TOKENS": "7",
            "SEQSAL_TEMPERATURE": "0.5",
            "SEQSAL_CHAT_TEMPLATE": "True",
            "SEQSAL_SEQUENCE_LENGTH": "99",
            "SEQSAL_SYSTEM_PROMPT": "Be brief, please",
            "PATH": "/bin",
        }
    )
    assert options == Options(
        models=("a:/x", "b:/y"),
        max_new_tokens=7,
        temperature=0.5,
        chat_template=True,
        sequence_length=99,
        system_prompt="Be brief, please",
    )


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("SEQSAL_MODEL", "a:b", "SEQSAL_MODEL is not an option; the options are allow_paths, "),
        ("SEQSAL_SEED", "x", "SEQSAL_SEED must be a whole number; got 'x'"),
        ("SEQSAL_TOP_P", "x", "SEQSAL_TOP_P must be a number; got 'x'"),
        ("SEQSAL_CHAT_TEMPLATE", "maybe", "must be true or false; got 'maybe'"),
    ],
)
def test_a_wrong_variable_is_an_error(variable: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_environment({variable: text})


def test_the_keyword_arguments_are_the_options_with_their_types() -> None:
    fields = {field.name: field.type for field in dataclasses.fields(Options)}
    assert get_type_hints(OptionValues) == fields
    assert list(get_type_hints(OptionValues)) == list(fields)
    assert not OptionValues.__required_keys__
