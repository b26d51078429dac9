"""The widget: a real server in this process, with the requests of a browser and the page."""

import gc
import json
import pathlib
import socket
import urllib.error
import urllib.parse
import urllib.request
import weakref
from collections.abc import Iterator
from email.message import Message
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import seqsal
from seqsal.notebook.page.page import NotebookWidget, make_notebook_widget
from tests.forked import run

DATASET = "mine"


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("prompts") / "mine.jsonl"
    path.write_text('{"prompt": "one", "source": "a"}\n{"prompt": "two"}\n')
    return path


@pytest.fixture(scope="module")
def widget(checkpoint: pathlib.Path, prompts: pathlib.Path) -> Iterator[NotebookWidget]:
    made = _make(checkpoint, prompts, data_dir="off")
    yield made
    made.stop()


def _make(checkpoint: pathlib.Path, prompts: pathlib.Path, **options: Any) -> NotebookWidget:
    return make_notebook_widget(
        [f"{DATASET}:{prompts}"], [f"tiny:{checkpoint}"], max_new_tokens=5, **options
    )


def _ask(widget: NotebookWidget, path: str, body: object, **headers: str) -> Any:
    data = json.dumps(body).encode()
    request = urllib.request.Request(widget.url + path, data, headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read())


def _get(widget: NotebookWidget, path: str, **headers: str) -> tuple[Message, bytes]:
    request = urllib.request.Request(widget.url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.headers, response.read()


def _examples(widget: NotebookWidget) -> list[dict[str, Any]]:
    examples: list[dict[str, Any]] = _ask(widget, f"get_dataset?dataset_name={DATASET}", {})
    return examples


def _query(printed: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(printed.strip()).query))


def test_the_state_is_empty_before_the_first_selection(widget: NotebookWidget) -> None:
    state = widget.ui_state
    assert (state.dataset_name, state.primary, state.pinned) == (None, None, None)
    assert (state.examples, state.views, state.selection) == ((), (), ())
    assert (state.sequence, state.selected_text, dict(state.scores)) == ("", "", {})
    assert state.result is None
    assert state.to_pandas().empty


def test_the_state_of_the_page_is_available_as_arrays_and_as_a_table(
    widget: NotebookWidget,
) -> None:
    first, second = _examples(widget)
    _ask(
        widget,
        f"push_ui_state?dataset_name={DATASET}",
        {"inputs": [second["id"], first["id"]], "config": {"primary_id": second["id"]}},
    )
    result = {
        "format": "seqsal-salience",
        "version": 1,
        "prompt": "two",
        "target": " or three",
        "source": "response",
        "tokens": ["<s>", "two", " or", " th", "ree"],
        "special_tokens_mask": [1, 0, 0, 0, 0],
        "methods": ["grad_l2"],
        "selected": True,
        "salience": [{"selection": [[2, 3], [4, 5]], "scores": {"grad_l2": [0, 3.5, 1, 0, 0]}}],
        "view": {},
    }
    unselected = {**result, "selected": False, "salience": []}
    views = [
        {"model": "tiny", "pinned": True, "result": unselected},
        {"model": "tiny", "pinned": False, "result": result},
    ]
    _ask(widget, "push_view_state", {"views": views})
    state = widget.ui_state
    assert state.dataset_name == DATASET
    assert [example["prompt"] for example in state.examples] == ["two", "one"]
    assert state.primary == {"prompt": "two", "target": "", "source": "mine.jsonl"}
    assert state.sequence == " or three"
    assert state.selection == ((2, 3), (4, 5))
    assert state.selected_text == " or…ree"
    np.testing.assert_array_equal(state.scores["grad_l2"], [0, 3.5, 1, 0, 0])
    table = state.to_pandas()
    assert table["text"].tolist() == ["two", " or", " th", "ree"]
    assert table["selected"].tolist() == [False, True, False, True]
    assert table["grad_l2"][0] == 3.5
    assert state.views[1].pinned
    assert state.views[1].result.selection == ()


def test_only_this_server_requests_the_state_of_the_page(
    widget: NotebookWidget,
) -> None:
    assert _ask(widget, "get_info", {})["seqsal"]["wantsState"] is True
    app = seqsal.make_app(seqsal.Options(data_dir="off"), models={}, datasets={})
    assert app.state.lit._info["seqsal"]["wantsState"] is False


def test_malformed_states_are_rejected(widget: NotebookWidget) -> None:
    wrong: list[object] = [{}, {"views": 3}, []]
    for body in wrong:
        with pytest.raises(urllib.error.HTTPError, match="400"):
            _ask(widget, "push_view_state", body)


def test_prompts_are_added_to_the_dataset_once_and_selected(
    widget: NotebookWidget, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {"prompt": "a record", "target": "its target"}
    for _ in range(2):
        widget.render(data=["a text", record], layout="top_bottom")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == printed[1]
    query = _query(printed[0])
    assert query["layout"] == "top_bottom"
    assert query["dataset"] == DATASET
    by_id = {example["id"]: example["data"] for example in _examples(widget)}
    assert len(by_id) == 4
    added = [by_id[each] for each in query["selection"].split(",")]
    assert query["primary"] == query["selection"].split(",")[0]
    assert [(each["prompt"], each["target"]) for each in added] == [
        ("a text", ""),
        ("a record", "its target"),
    ]
    assert {each["source"] for each in added} == {"notebook"}
    inputs = {"inputs": [query["primary"]]}
    (answer,) = _ask(widget, f"get_preds?model=tiny&dataset_name={DATASET}", inputs)
    assert answer["response"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"data": "one prompt"}, "data must be a list of prompts; got a single one"),
        ({"data": [{"target": "x"}]}, r"data\[0\]: the field 'prompt' is missing or empty"),
        ({"data": ["a", {"prompt": 3}]}, r"data\[1\]: the field 'prompt' must be text, got a num"),
        ({"data": [""]}, r"data\[0\]: the field 'prompt' is missing or empty"),
        ({"layout": "diagonal"}, "layout must be one of left_right, .*; got 'diagonal'"),
    ],
)
def test_wrong_arguments_of_render_raise_errors(
    widget: NotebookWidget, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        widget.render(**wrong)


def test_unknown_options_raise_an_error() -> None:
    with pytest.raises(TypeError, match="batchsize"):
        seqsal.make_notebook_widget(models_config=[], data_dir="off", batchsize=3)


def test_requests_without_the_secret_are_rejected(widget: NotebookWidget) -> None:
    assert urllib.request.urlopen(widget.url).status == 200
    for path in ("", "get_info", "main.js", "metrics"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{widget.port}/{path}")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"http://127.0.0.1:{widget.port}/{'x' * 32}/get_info")


def test_only_local_notebooks_may_frame_the_page(
    widget: NotebookWidget,
) -> None:
    policy = _get(widget, "")[0]["Content-Security-Policy"]
    (frames,) = [each for each in policy.split("; ") if each.startswith("frame-ancestors")]
    assert set(frames.split()[1:]) == {"'self'", "http://localhost:*", "http://127.0.0.1:*"}


def test_a_proxy_may_use_its_own_host_name(widget: NotebookWidget) -> None:
    headers = {"Host": "hub.example.org", "Origin": "https://hub.example.org"}
    assert _ask(widget, "get_info", {}, **headers)["models"]


def test_a_notebook_page_can_check_that_this_is_the_right_server(
    widget: NotebookWidget,
) -> None:
    headers, body = _get(widget, "healthz", Origin="http://localhost:8888")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert body == b"ok"


def test_in_a_kernel_the_cell_lists_the_addresses_of_the_page(
    widget: NotebookWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    html = widget.html(321, query="?layout=top_bottom")
    (cell,) = [json.loads(each) for each in _Cells(html).cells]
    assert cell["port"] == widget.port
    assert cell["addresses"][0] == f"/user/ann/proxy/{widget.port}/"
    assert f"http://127.0.0.1:{widget.port}/{cell['health']}" == f"{widget.url}healthz"
    assert f"http://127.0.0.1:{widget.port}/{cell['path']}" == f"{widget.url}?layout=top_bottom"
    assert (cell["height"], cell["newTab"]) == (321, False)
    assert html.count("</script") == 1


class _Cells(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.cells.extend(value or "" for name, value in attrs if name == "data-seqsal-page")


def test_a_second_widget_works_and_stopping_it_frees_port_and_models(
    widget: NotebookWidget, checkpoint: pathlib.Path, prompts: pathlib.Path
) -> None:
    second = _make(checkpoint, prompts, data_dir="off")
    assert second.port != widget.port
    second.render(data=["of the second"])
    assert not any(example["data"]["prompt"] == "of the second" for example in _examples(widget))
    port, url = second.port, second.url
    model = weakref.ref(second._lit._models["tiny"])
    assert model() is not None
    second.stop()
    second.stop()
    gc.collect()
    assert model() is None
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url)
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert second.ui_state.views == ()
    with pytest.raises(ValueError, match="is stopped"):
        second.render()
    assert _examples(widget)


def test_a_port_in_use_raises_an_error(checkpoint: pathlib.Path, prompts: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ValueError, match=f"Cannot serve on port {port}: "):
            _make(checkpoint, prompts, port=port, data_dir="off")


BARS = """
import sys
from seqsal.models.progress import bars
from seqsal.notebook.page.page import make_notebook_widget
bars._DELAY = 0.0
for progress in (True, False):
    options = {"warm_start": True, "max_new_tokens": 5, "data_dir": "off", "progress": progress}
    make_notebook_widget(sys.argv[1:2], sys.argv[2:3], **options).stop()
    print("then", file=sys.stderr)
"""


def test_progress_bars_show_loading_and_generation(
    checkpoint: pathlib.Path, prompts: pathlib.Path
) -> None:
    done = run("-c", BARS, f"{DATASET}:{prompts}", f"tiny:{checkpoint}")
    assert done.returncode == 0, done.stderr
    with_bars, without, _ = done.stderr.split("then\n")
    assert "Loading tiny:   0%|          | 0/1" in with_bars
    assert "Answering:   0%|          | 0/2" in with_bars
    assert "Writing:" not in with_bars
    assert without == ""
