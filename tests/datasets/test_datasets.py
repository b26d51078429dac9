import pathlib

import pytest

from seqsal import datasets
from seqsal.shared.messages import parse_messages


def test_samples_are_the_default_and_cover_the_case_studies() -> None:
    (samples,) = datasets.get_datasets().values()
    sources = [example["source"] for example in samples.examples]
    for source in (
        "fewshot-mistake",
        "fewshot-fixed",
        "fewshot-constitution",
        "fewshot-constitution-moved",
    ):
        assert sources.count(source) == 1
    assert len(set(sources)) == len(sources)
    for kind in ("arithmetic", "headline", "uses"):
        assert sum(source.startswith(kind) for source in sources) >= 2


def test_the_fixed_prompt_corrects_the_mistake() -> None:
    (samples,) = datasets.get_datasets().values()
    prompts = {example["source"]: example["prompt"] for example in samples.examples}
    wrong, right = (prompts[f"fewshot-{name}"].splitlines() for name in ("mistake", "fixed"))
    changed = [(a, b) for a, b in zip(wrong, right, strict=True) if a != b]
    assert len(changed) == 1
    assert all(line.startswith("Recommendation:") for line in changed[0])


def test_max_examples_loads_the_first_ones(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("one\ntwo\nthree\n")
    loaded = datasets.get_datasets([f"mine:{path}", "sample_prompts"], max_examples=2)
    assert [example["prompt"] for example in loaded["mine"].examples] == ["one", "two"]
    assert len(loaded["sample_prompts"].examples) == 2


def test_a_duplicate_name_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="'sample_prompts' twice"):
        datasets.get_datasets(["sample_prompts", "sample_prompts"])


def test_the_prompts_for_a_chat_model_are_messages() -> None:
    (chat,) = datasets.get_datasets(["chat_prompts"]).values()
    assert len(chat.examples) >= 5
    for example in chat.examples:
        messages = parse_messages(example["prompt"])
        assert messages is not None and messages[-1].role == "user"


def test_the_published_prompts_are_those_of_the_case_studies() -> None:
    (published,) = datasets.get_datasets(["published_prompts"]).values()
    prompts = {example["source"]: example["prompt"] for example in published.examples}
    mistake, mended = prompts["fewshot-mistake"], prompts["fewshot-fixed"]
    assert mistake.replace("You have to try it.", "Avoid.", 1) == mended != mistake
    lines = (set(prompts[name].splitlines()) for name in ("principles-before", "principles-after"))
    assert next(lines) == next(lines) > set(mended.splitlines())
    assert "<<" in prompts["booth-annotated"] and "<<" not in prompts["booth-plain"]
