"""Messages in chat templates, against Transformers on the same folders."""

import json
import pathlib
import shutil
import tempfile

import keras_hub
import pytest

from seqsal.models.keras.lm import KerasCausalLM
from seqsal.results.explain import explain
from tests.models.keras.checkpoints import CHAT_TEMPLATE, CHATS
from tests.models.keras.models import CHECKPOINTS, load

WITH_TEMPLATE = ("llama", "mistral", "gemma")


@pytest.mark.parametrize("name", WITH_TEMPLATE)
@pytest.mark.parametrize("number", range(len(CHATS)))
def test_tokens_are_those_of_transformers(
    lms: dict[str, KerasCausalLM], name: str, number: int
) -> None:
    lm = lms[name]
    expected = json.loads((CHECKPOINTS / name / "expected.json").read_text())["chats"][number]
    encoding = lm.encode(CHATS[number], " cheese")
    ids, pieces, special, messages = expected
    assert list(encoding.ids) == ids
    assert list(encoding.pieces) == pieces
    assert list(encoding.special) == special
    assert [each.to_json() for each in encoding.messages] == messages
    assert lm.has_chat_template and not lm.applies_chat_template


def test_a_plain_prompt_is_one_message_if_the_template_is_applied() -> None:
    lm = load(CHECKPOINTS / "llama", chat_template=True, system_prompt="Be brief.")
    encoding = lm.encode("The fox", " eggs")
    assert (encoding.text, encoding.messages) == ("The fox eggs", ())
    assert lm.encode("system:\nBe brief.\n\nuser:\nThe fox", " eggs").ids == encoding.ids


def test_a_preset_with_a_template_beside_it_has_it(lms: dict[str, KerasCausalLM]) -> None:
    model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "gemma"))
    with tempfile.TemporaryDirectory() as folder:
        model.save_to_preset(folder)
        with pytest.raises(ValueError, match="Messages need a chat template, .* on Keras has none"):
            load(folder, chat_template=True)
        (pathlib.Path(folder) / "chat_template.jinja").write_text(
            CHAT_TEMPLATE.replace("{{ bos_token }}", "<bos>")
        )
        preset = load(folder)
    for chat in CHATS:
        assert preset.encode(chat, " eggs") == lms["gemma"].encode(chat, " eggs")


def test_without_a_template_the_error_says_where_one_may_be(lms: dict[str, KerasCausalLM]) -> None:
    with pytest.raises(ValueError, match="chat_template.jinja .* beside its config.json"):
        lms["gpt2"].encode("user:\nHi")
    assert not lms["gpt2"].has_chat_template
    assert lms["gpt2"].encode("\\user:\nHi").text == "user:\nHi"


def test_a_template_that_does_not_fit_is_an_error_of_its_own(tmp_path: pathlib.Path) -> None:
    folder = shutil.copytree(CHECKPOINTS / "llama", tmp_path / "llama")
    (folder / "chat_template.jinja").write_text("{{ raise_exception('No users') }}")
    with pytest.raises(ValueError, match="^The model's chat template does not take .* No users"):
        load(folder, chat_template=True)


def test_messages_are_explained(llama: KerasCausalLM, plain_attention: None) -> None:
    result = explain(
        llama,
        target=" eggs",
        messages=[{"role": "user", "content": "The fox"}],
        methods=("grad_l2",),
    )
    assert result.prompt == "user:\nThe fox"
    assert [each.role for each in result.messages] == ["user"]
    scores = result.scores["grad_l2"]
    assert len(scores) == len(llama.encode(result.prompt, " eggs"))
    assert scores[result.messages[0].start] > 0
