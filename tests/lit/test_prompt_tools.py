import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from seqsal.datasets import get_datasets
from seqsal.lit import prompt_tools
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application
from seqsal.shared.messages import parse_messages

RECORDS = [
    '{"prompt": "The quick brown fox", "target": " jumps"}',
    '{"prompt": "Taste-likes: Cheese"}',
    '{"prompt": "def add(a, b):"}',
    '{"prompt": "The lazy dog"}',
]


@pytest.fixture
def page(checkpoint: pathlib.Path, tmp_path: pathlib.Path) -> Iterator[TestClient]:
    """A server over a tiny model and four prompts."""
    (tmp_path / "p.jsonl").write_text("\n".join(RECORDS))
    options = Options(
        models=(f"tiny:{checkpoint}",),
        datasets=(f"p:{tmp_path / 'p.jsonl'}",),
        max_new_tokens=5,
        auth_token="off",
        data_dir="off",
    )
    app = application.make_app(options)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        yield client


def _ask(page: TestClient, path: str, *, most: int = 99, **config: Any) -> Any:
    ids = [each["id"] for each in page.post("/get_dataset?dataset_name=p").json()][:most]
    body = {"inputs": ids, "config": config} if config else {"inputs": ids}
    response = page.post(f"{path}&model=tiny&dataset_name=p", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_embeddings_of_prompts_need_no_generation(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HFCausalLM, "generate", lambda *_: pytest.fail("A prompt was answered."))
    projection: dict[str, Any] = {"field_name": "prompt_embeddings", "proj_kw": {"n_components": 3}}
    points = _ask(page, "/get_interpretations?interpreter=pca", **projection)
    assert [len(point["z"]) for point in points] == [3] * len(RECORDS)
    nearest: dict[str, Any] = {"embedding_name": "prompt_embeddings", "num_neighbors": 2}
    address = "/get_interpretations?interpreter=nearest neighbors"
    (found,) = _ask(page, address, most=1, **nearest)
    assert [neighbour["nn_distance"] > 0 for neighbour in found["nearest_neighbors"]] == [
        False,
        True,
    ]


def test_embeddings_of_responses_are_those_of_the_answers(page: TestClient) -> None:
    config: dict[str, Any] = {"model_name": "tiny", "field_name": "response_embeddings"}
    points = _ask(
        page, "/get_interpretations?interpreter=pca", **config, proj_kw={"n_components": 3}
    )
    assert [len(point["z"]) for point in points] == [3] * len(RECORDS)


def test_metrics_are_over_the_examples_that_have_a_target(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered: list[str] = []
    generate = HFCausalLM.generate

    def counting(self: HFCausalLM, prompts: Any, options: Any) -> Any:
        answered.extend(prompt.text for prompt in prompts)
        return generate(self, prompts, options)

    monkeypatch.setattr(HFCausalLM, "generate", counting)
    results = _ask(page, "/get_metrics?metrics=exactmatch")
    (result,) = results["exactmatch"]
    assert (result["pred_key"], result["label_key"]) == ("response", "target")
    assert result["metrics"]["exactmatch"] in (0, 1)
    assert answered == ["The quick brown fox"]


def test_metrics_without_any_target_are_empty(page: TestClient) -> None:
    (_, second, *_) = page.post("/get_dataset?dataset_name=p").json()
    address = "/get_metrics?model=tiny&dataset_name=p&metrics=bleu,rouge"
    response = page.post(address, json={"inputs": [second["id"]]})
    assert response.status_code == 200, response.text
    assert not any(response.json().values())


def test_only_tools_for_prompts_are_offered(page: TestClient) -> None:
    info = page.post("/get_info").json()
    model = info["models"]["tiny"]
    assert model["generators"] == ["Word Replacer", "Scrambler"]
    assert set(model["interpreters"]) >= {"pca", "nearest neighbors"}
    assert {"bleu", "rouge", "exactmatch"} <= set(model["metrics"])


@pytest.mark.parametrize("text", ["", "word", "a a a", None])
def test_a_text_with_one_word_is_not_scrambled(text: str | None) -> None:
    example = {"prompt": "one two three", "target": text}
    config = {"Fields to scramble": ["prompt", "target"]}
    (made,) = prompt_tools.Scrambler().generate(
        example, None, get_datasets()["sample_prompts"], config
    )
    assert made["target"] == text
    assert sorted(made["prompt"].split(" ")) == ["one", "three", "two"]
    assert made["prompt"] != "one two three"
    only = {"Fields to scramble": ["target"]}
    assert (
        prompt_tools.Scrambler().generate(example, None, get_datasets()["sample_prompts"], only)
        == []
    )


CHAT = (
    'tools:\n[{"name": "user"}]\n\nsystem:\nBrief\n\nuser:\nThe user of one\n\\user:\n\n'
    'calls:\n[{"name": "user", "arguments": {}}]\n\ntool {"name": "user"}:\none two'
)


def test_the_words_of_each_message_are_scrambled() -> None:
    example = {"prompt": CHAT, "target": ""}
    config = {"Fields to scramble": ["prompt", "target"]}
    (made,) = prompt_tools.Scrambler().generate(
        example, None, get_datasets()["sample_prompts"], config
    )
    before, after = parse_messages(CHAT), parse_messages(made["prompt"])
    assert before is not None and after is not None
    assert [(each.role, each.reference) for each in before] == [
        (each.role, each.reference) for each in after
    ]
    for one, other in zip(before, after, strict=True):
        shuffled = one.role in ("user", "tool")
        assert (one.content != other.content) == shuffled
        assert sorted(one.content.split(" ")) == sorted(other.content.split(" "))


def test_words_are_replaced_in_contents_only() -> None:
    config = {"Substitutions": "user -> system", "Fields to replace": ["prompt"]}
    dataset = get_datasets()["sample_prompts"]
    made = prompt_tools.WordReplacer().generate(
        {"prompt": CHAT, "target": ""}, None, dataset, config
    )
    assert [each["prompt"] for each in made] == [
        CHAT.replace("The user", "The system"),
        CHAT.replace("\\user:", "\\system:"),
    ]
    (plain,) = prompt_tools.WordReplacer().generate(
        {"prompt": "A user", "target": ""}, None, dataset, config
    )
    assert plain["prompt"] == "A system"
