import dataclasses
import inspect
from typing import get_type_hints

import pytest

import seqsal
from seqsal.options import AnalysisOptionValues, Options, OptionValues, from_environment


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
    assert not OptionValues.__required_keys__


def test_the_keyword_arguments_of_analyze_are_its_parameters_and_the_other_options() -> None:
    own = set(inspect.signature(seqsal.analyze).parameters) & set(get_type_hints(OptionValues))
    expected = [field.name for field in dataclasses.fields(Options) if field.name not in own]
    assert list(get_type_hints(AnalysisOptionValues)) == expected
    assert own == {"models", "datasets", "batch_size"}
