import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types
from starlette.testclient import TestClient

from seqsal.datasets import get_datasets
from seqsal.lit.models import get_models
from seqsal.options import Options
from seqsal.server import application


class _Failing(lit_model.Model):  # type: ignore[misc]
    """A model that raises an unexpected exception."""

    def input_spec(self) -> dict[str, lit_types.LitType]:
        return {"prompt": lit_types.TextSegment()}

    def output_spec(self) -> dict[str, lit_types.LitType]:
        return {"response": lit_types.GeneratedText()}

    def predict(self, inputs: Any) -> Any:
        raise RuntimeError("secret/path/of/the/server.py exploded")


@pytest.fixture(scope="module")
def page(checkpoint: pathlib.Path) -> Iterator[TestClient]:
    """A client of a server with a tiny model and one that fails."""
    models = {**get_models([f"tiny:{checkpoint}"], max_new_tokens=5), "failing": _Failing()}
    options = Options(max_new_tokens=5, allow_paths=(str(checkpoint),))
    app = application.make_app(options, models=models)
    with _client(app) as client:
        yield client


def _client(app: Any) -> TestClient:
    return TestClient(
        app,
        raise_server_exceptions=False,
        base_url="http://localhost",
        client=("127.0.0.1", 50000),
    )


def _predict(page: TestClient, model: str, **record: Any) -> Any:
    data = {"_id": "", **record}
    return page.post(
        f"/get_preds?model={model}", json={"inputs": [{"id": "", "data": data, "meta": {}}]}
    )


def test_the_page_has_our_script_and_no_remote_font(page: TestClient) -> None:
    response = page.get("/")
    assert response.status_code == 200
    assert "static/seqsal/seqsal.js" in response.text
    assert "googleapis" not in response.text


def test_the_layouts_have_our_module(page: TestClient) -> None:
    info = page.post("/get_info").json()
    assert list(info["layouts"]) == ["left_right", "top_bottom", "three_panel"]
    assert info["defaultLayout"] == "left_right"
    for layout in info["layouts"].values():
        assert "seqsal-module" in json.dumps(layout)
        assert "sequence-salience-module" not in json.dumps(layout)


def test_scripts_are_sent_compressed_and_have_an_etag(page: TestClient) -> None:
    response = page.get("/main.js")
    assert response.headers["content-encoding"] == "br"
    again = page.get("/main.js", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_a_prompt_gets_an_answer_tokens_and_salience(page: TestClient) -> None:
    (answer,) = _predict(page, "tiny", prompt="Taste").json()
    target = answer["response"]
    (tokens,) = _predict(page, "_tiny_tokenizer", prompt="Taste", target=target).json()
    mask = [0] * (len(tokens["tokens"]) - 1) + [1]
    (scores,) = _predict(
        page, "_tiny_salience", prompt="Taste", target=target, target_mask=mask
    ).json()
    assert scores["tokens"] == tokens["tokens"]
    assert scores["grad_l2"][-1] == 0
    assert min(scores["grad_l2"][:-1]) > 0


@pytest.mark.parametrize(
    ("model", "record", "message"),
    [
        ("tiny", {"prompt": ""}, "The prompt is empty."),
        ("tiny", {"prompt": "eggs " * 200}, "The prompt has "),
        ("_tiny_salience", {"prompt": "a", "target_mask": [1]}, "target_mask must hold one"),
        ("nobody", {"prompt": "a"}, "No model 'nobody' here; the models are tiny, _tiny_"),
    ],
)
def test_errors_have_the_format_that_lits_page_shows(
    page: TestClient, model: str, record: dict[str, Any], message: str
) -> None:
    response = _predict(page, model, **record)
    assert response.status_code == 400
    title, details = response.text.split("\n\nDetails: ")
    assert title.startswith(message)
    assert details.startswith("reference ")


def test_an_internal_error_has_a_reference_and_no_traceback(
    page: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = _predict(page, "failing", prompt="a")
    assert response.status_code == 500
    assert "RuntimeError" in response.text
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    reference = response.text.rsplit(" ", 1)[1]
    assert reference in caplog.text
    assert "secret/path" in caplog.text
    assert _predict(page, "tiny", prompt="Taste").status_code == 200


@pytest.mark.parametrize("body", ["", "{", "[]", '{"inputs": 3}', '"\\ud800"'])
def test_a_malformed_body_gets_no_traceback(page: TestClient, body: str) -> None:
    response = page.post("/get_preds?model=tiny", content=body)
    assert response.status_code in (400, 500)
    assert "\n\nDetails: reference " in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/nothing"])
def test_no_other_file_is_served(page: TestClient, path: str) -> None:
    assert page.get(path).status_code == 404


def test_a_model_can_be_added_while_the_server_runs(
    page: TestClient, checkpoint: pathlib.Path
) -> None:
    config = {"new_name": "second", "path": str(checkpoint), "max_new_tokens": 2}
    response = page.post("/create_model?model_name=Language model", json={"config": config})
    assert response.status_code == 200, response.text
    assert response.json()[1] == [
        "second",
        "_second_tokenizer",
        "_second_salience",
        "_second_logprobs",
        "_second_removal",
        "_second_totals",
        "_second_alternatives",
        "_second_embeddings",
    ]
    assert _predict(page, "second", prompt="Taste").status_code == 200


def test_a_model_that_can_not_be_added_is_an_error(
    page: TestClient, checkpoint: pathlib.Path
) -> None:
    path = str(checkpoint / "nothing" / "here")
    config = {"new_name": "third", "path": path}
    response = page.post("/create_model?model_name=Language model", json={"config": config})
    assert response.status_code == 400
    assert response.text.startswith(f"No model at {path!r}: there is no such folder.")


def test_files_that_the_operator_has_not_allowed_are_neither_read_nor_written(
    page: TestClient, tmp_path: pathlib.Path
) -> None:
    secret, new = tmp_path / "secret.jsonl", tmp_path / "new"
    secret.write_text('{"source": "a", "prompt": "secret"}\n')
    responses = [
        page.post(
            "/create_dataset?dataset_name=Prompts",
            json={"config": {"new_name": "x", "path": str(secret)}},
        ),
        page.post(
            "/create_model?model_name=Language model",
            json={"config": {"new_name": "x", "path": str(tmp_path)}},
        ),
        page.post(f"/load_datapoints?dataset_name=sample_prompts&path={secret}", json={}),
        page.post(f"/save_datapoints?dataset_name=sample_prompts&path={new}", json={"inputs": []}),
    ]
    for response in responses:
        assert response.status_code == 400
        assert "not among the paths that this server may use" in response.text
    assert not new.exists()
    for path in ("/create_dataset?dataset_name=Prompts", "/load_datapoints?dataset_name=x"):
        assert page.post(path, json={"config": 3}).status_code == 400


def test_the_paths_in_the_flags_may_be_loaded_again(checkpoint: pathlib.Path) -> None:
    options = Options(models=(f"tiny:{checkpoint}",), allow_paths=())
    with _client(application.make_app(options, models={}, datasets={})) as client:
        config = {"new_name": "again", "path": str(checkpoint), "max_new_tokens": 2}
        response = client.post("/create_model?model_name=Language model", json={"config": config})
    assert response.status_code == 200, response.text


def test_foreign_hosts_and_missing_tokens_are_refused(page: TestClient) -> None:
    assert page.get("/", headers={"host": "evil.example"}).status_code == 403
    rebinding = page.post("/get_info", headers={"origin": "https://evil.example"})
    assert rebinding.status_code == 403
    assert "tiny" not in rebinding.text
    app = application.make_app(
        Options(auth_token="a-secret-of-24-characters"), models={}, datasets={}
    )
    with _client(app) as client:
        assert client.post("/get_info").status_code == 401
        assert client.get("/healthz").text == client.get("/readyz").text == "ok"
        assert "lit-app" in client.get("/?token=a-secret-of-24-characters").text
        assert client.post("/get_info").status_code == 200


def test_every_response_has_security_headers(page: TestClient) -> None:
    for path in ("/", "/main.js", "/nothing", "/get_info"):
        headers = page.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_deeply_nested_body_is_a_client_error(page: TestClient) -> None:
    response = page.post("/get_preds?model=tiny", content="[" * 200_000)
    assert response.status_code == 400
    assert "nested too deeply" in response.text


def test_a_body_beyond_the_limit_is_refused(checkpoint: pathlib.Path) -> None:
    app = application.make_app(Options(max_request_mb=0.01), models={}, datasets={})
    with _client(app) as client:
        response = client.post("/get_preds?model=x", content=b" " * 20_000)
    assert response.status_code == 413


def test_an_unknown_layout_is_an_error_at_construction(checkpoint: pathlib.Path) -> None:
    options = Options(models=(f"tiny:{checkpoint}",))
    with pytest.raises(ValueError, match="default_layout must be one of left_right, .*got 'no'"):
        application.make_app(options, default_layout="no")


def test_an_unknown_option_of_lit_is_an_error_at_construction() -> None:
    with pytest.raises(TypeError, match="page_titel"):
        application.make_app(models={}, page_titel="x")


def test_warm_start_computes_answers_but_not_salience(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    models = get_models([f"tiny:{checkpoint}"], max_new_tokens=2)
    prompts = tmp_path / "two.txt"
    prompts.write_text("Taste\nThe quick\n")
    datasets = get_datasets([f"two:{prompts}"])
    application.make_app(Options(), models=models, datasets=datasets, warm_start=1.0)
    answered = {prompt for prompt, _ in models["tiny"]._encoder._answers}
    assert answered == {"Taste", "The quick"}


def test_more_inputs_than_allowed_are_an_error(checkpoint: pathlib.Path) -> None:
    models = get_models([f"tiny:{checkpoint}"], max_new_tokens=2)
    app = application.make_app(Options(max_inputs=3, data_dir="off"), models=models)
    example = {"id": "", "data": {"_id": "", "prompt": "Taste"}, "meta": {}}
    with _client(app) as client:
        for count, status in ((3, 200), (4, 400)):
            response = client.post("/get_preds?model=tiny", json={"inputs": [example] * count})
            assert response.status_code == status, response.text
        assert response.text.startswith("A request may have 3 inputs; this one has 4.")
        job = {
            "kind": "salience",
            "model": "tiny",
            "record": {"prompt": "Taste"},
            "target_masks": [[1]] * 4,
        }
        assert "A request may have 3 inputs" in client.post("/seqsal/jobs", json=job).text


@pytest.mark.parametrize(
    ("address", "data", "message"),
    [
        ("/get_dataset?dataset_name=nobody", None, "No dataset 'nobody' here; the datasets are "),
        ("/get_preds?model=tiny", [1], "The body of a request must be a JSON object; got [1]."),
        (
            "/get_preds?model=tiny",
            {"inputs": ["x"]},
            "Each of the inputs must be a JSON object with",
        ),
        ("/get_preds", {"inputs": []}, "Must provide a"),
        (
            "/get_preds?model=tiny&dataset_name=sample_prompts",
            {"inputs": ["x"]},
            "The dataset 'sample_prompts' has no example 'x'.",
        ),
        (
            "/get_preds?model=tiny&requested_types=os",
            {"inputs": []},
            "requested_types must name types",
        ),
        (
            "/get_preds?model=tiny&data=1",
            {"inputs": []},
            "The options in the query string are wrong",
        ),
        ("/get_generated?generator=x", {"inputs": []}, "No generator 'x' here"),
        ("/load_datapoints?dataset_name=sample_prompts&path=org/model", {}, "'org/model' is not"),
    ],
)
def test_a_request_that_would_fail_inside_lit_is_a_client_error(
    page: TestClient, address: str, data: Any, message: str
) -> None:
    response = page.post(address, json=data) if data is not None else page.post(address)
    assert response.status_code == 400, response.text
    assert response.text.startswith(message)


def test_an_option_of_the_query_string_does_not_reach_the_model(page: TestClient) -> None:
    example = {"id": "", "data": {"_id": "", "prompt": "Taste"}, "meta": {}}
    address = "/get_preds?model=failing&progress_indicator=x&strict_id_validation=1"
    response = page.post(address, json={"inputs": [example]})
    assert "RuntimeError" in response.text  # Its own, and no TypeError about an option.


def test_routes_of_lit_accept_no_other_methods(page: TestClient) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert page.request(method, "/create_model").status_code == 405


def test_an_unchanged_page_is_not_sent_again(page: TestClient) -> None:
    first = page.get("/")
    again = page.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("target", [7, [1], {"a": 1}, True])
def test_an_added_prompt_whose_target_is_not_text_does_not_stop_the_store(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path, target: Any
) -> None:
    models = get_models([f"tiny:{checkpoint}"], max_new_tokens=2, data_dir=str(tmp_path))
    app = application.make_app(Options(data_dir=str(tmp_path)), models=models)
    with _client(app) as client:
        for data in ({"prompt": "Taste", "target": target}, {"prompt": "The quick"}):
            added = {"inputs": [{"id": "", "data": data, "meta": {}}]}
            client.post("/annotate_new_data?dataset_name=sample_prompts", json=added)
        assert _predict(client, "tiny", prompt="Taste").status_code == 200
        examples = client.post("/get_dataset?dataset_name=sample_prompts").json()
        assert "The quick" in [each["data"]["prompt"] for each in examples]
