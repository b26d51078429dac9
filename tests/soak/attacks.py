"""Hostile requests: known attacks and generated requests."""

import gzip
import itertools
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.soak.raw import request

ROUTES = (
    "get_info", "get_dataset", "create_dataset", "create_model", "get_generated",
    "save_datapoints", "load_datapoints", "annotate_new_data", "post_new_data", "fetch_new_data",
    "remove_new_data", "push_ui_state", "push_view_state", "get_preds", "get_interpretations",
    "get_metrics", "seqsal/jobs", "metrics", "healthz", "readyz",
)  # fmt: skip
OPTIONS = (
    "model", "dataset_name", "path", "generator", "interpreter", "metrics", "do_predict",
    "requested_types", "requested_fields", "saved_datapoints_id", "response_simple_json",
    "model_name", "data", "progress_indicator", "strict_id_validation", "token", "v",
)  # fmt: skip
VALUES = (
    "", "tiny", "_tiny_salience", "_tiny_tokenizer", "mine", "_union_empty", "Prompts", "nobody",
    "Language model", "GeneratedText", "LitType", "os", "__class__", "0", "1", "-1", "true",
    "../../etc/passwd", "/etc/passwd", "a" * 3000, "\x00", "💥", "%s%n", "{0}", "hub:", "~root",
)  # fmt: skip


def known(forbidden: pathlib.Path, allowed: pathlib.Path) -> list[bytes]:
    """Returns the attacks that are written down.

    Args:
        forbidden: a folder with secret.txt and secret.jsonl.
        allowed: a folder that may be named, with the link way-out to the other.
    """
    return [
        *_traversals(forbidden),
        *_files(forbidden, allowed),
        *_strangers(),
        *_bodies(),
        *_shapes(),
    ]


def _traversals(forbidden: pathlib.Path) -> Iterator[bytes]:
    """Static files outside of the page's folder."""
    up = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "..;/")
    ends = ("etc/passwd", str(forbidden / "secret.txt").lstrip("/"))
    for step, end, start in itertools.product(up, ends, ("/", "/static/", "/static/seqsal/")):
        yield request("GET", start + step * 12 + end)
    for target in (
        f"/{forbidden}/secret.txt", f"//{forbidden}/secret.txt", "/static/%00", "/%00/etc/passwd",
        "/main.js%00.png", "/main.js/", "/static", "/static/", "/.git/config", "/static/..",
        f"file://{forbidden}/secret.txt", f"http://localhost{forbidden}/secret.txt",
        "/" + "a" * 30_000, "/" + "../" * 5000, "/%ff%fe", "/con", "/main.js::$DATA", "*",
        "/static/\udcff", "/?v=" + "1" * 9000, "/main.js.br", "/main.js.gz",
    ):  # fmt: skip
        yield request("GET", target)


def _files(forbidden: pathlib.Path, allowed: pathlib.Path) -> Iterator[bytes]:
    """Files through the routes of LIT that take a path."""
    for path in (
        str(forbidden / "secret.jsonl"), str(forbidden), f"{allowed}/../forbidden/secret.jsonl",
        str(allowed / "way-out" / "secret.jsonl"), f"{allowed}/way-out/new", "/etc/passwd",
        f"{allowed}/\x00", f"{allowed}\x00/../forbidden", "~/x", "~root/.ssh/id_rsa",
        f"file://{forbidden}/secret.jsonl", "\\\\host\\share", "/proc/self/environ",
        "/dev/zero", "hub:x", "embedded:../../x", "embedded:small/../../..", f"{allowed}-other",
        "a" * 5000, "💥", "", ".", "..",
    ):  # fmt: skip
        encoded = quote(path, safe="")
        for twice in (encoded, quote(encoded, safe="")):
            yield _post(f"/load_datapoints?dataset_name=mine&path={twice}", {})
            yield _post(f"/save_datapoints?dataset_name=mine&path={twice}", {"inputs": []})
        config = {"new_name": "x", "path": path}
        yield _post("/create_dataset?dataset_name=Prompts", {"config": config})
        yield _post("/create_model?model_name=Language%20model", {"config": config})
        yield _post(
            "/create_model?model_name=Language%20model",
            {"config": {**config, "trust_remote_code": True, "dl_framework": "kerasnlp"}},
        )


def _strangers() -> Iterator[bytes]:
    """Other hosts, other sites, and headers within headers."""
    for host in (
        "evil.example", "localhost.evil.example", "evil.example:80", "", "localhost@evil.example",
        "[::1", "127.0.0.1.nip.io", "localhost\t", "a" * 9000, "localhost, evil.example", "\udcff",
    ):  # fmt: skip
        for target in ("/", "/get_info", "/get_dataset?dataset_name=mine"):
            yield request("POST", target, headers={"Host": host})
    for name, value in (
        ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "http://[::1"),
        ("Sec-Fetch-Site", "cross-site"), ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-For", "127.0.0.1\r\nX-Bad: 1"), ("Cookie", "a=\x01; =; ;;;" + "b=c;" * 2000),
        ("Cookie", 'seqsal="\\000'), ("Authorization", "Bearer " + "x" * 9000),
        ("Authorization", "Bearer \udcff"), ("If-None-Match", '"' * 5000),
        ("If-Modified-Since", "Thu, 99 Foo 0000 99:99:99"), ("Range", "bytes=-999999999999"),
        ("Range", "bytes=" + ",".join("0-1" for _ in range(2000))), ("Range", "bytes=9-1,x"),
        ("Accept-Encoding", "br;q=nan, gzip;q=1e999"), ("Content-Type", "multipart/form-data"),
        ("Content-Type", "a" * 5000), ("Expect", "100-continue"), ("X-Bad\r\nX", "1"),
    ):  # fmt: skip
        for target in ("/main.js", "/get_info"):
            yield request("GET", target, headers={name: value})
    for target in (
        "/%0d%0aSet-Cookie:%20a=b",
        "/get_info?token=%0d%0aX-Bad:%201",
        "//evil.example",
    ):
        yield request("GET", target)


def _bodies() -> Iterator[bytes]:
    """Bodies that are too much, or no JSON."""
    bomb = gzip.compress(b" " * 50_000_000)
    for body in (
        b"x" * 2_000_000, b"[" * 200_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b"\x00" * 1000,
        b'"\xed\xa0\x80"', b'"\\ud800"', b"{", b"nul", b"1" * 100_000, b"-" * 1000, b"1e999999",
        b"NaN", b'{"inputs": NaN}', b'{"inputs": [Infinity]}', b'{"inputs": 1e400}',
        b'{"inputs": {"a": 1}}', b'{"inputs": "abc"}', b'{"inputs": [null]}', b"[]", b"0", b'""',
        b'{"inputs": [[]]}', b'{"inputs": [{}]}', b'{"inputs": [{"data": 1}]}', b"true", b"null",
        b'{"inputs": [{"data": {"prompt": 5}}]}', b'{"inputs": [{"data": {"prompt": null}}]}',
        b'{"inputs": [{"data": {"prompt": "a", "target": 7}}]}',
        b'{"inputs": [{"data": {"prompt": "a", "target_mask": "x"}}]}',
        b'{"inputs": [{"data": {"prompt": "a", "target_mask": [1e999, -1e999]}}]}',
        b'{"inputs": [{"data": {"prompt": "a", "target_mask": [[1], {}]}}]}',
        b'{"inputs": [{"data": {"prompt": "\\u0000\\ud800"}}]}',
        b'{"inputs": [{"id": "x", "data": {"_id": "y", "prompt": "a"}}]}', b'{"inputs": ["x"]}',
        b'{"__class__": "np.ndarray"}', b'{"__class__": "np.ndarray", "__value__": [[1], 2]}',
        b'{"__class__": "tuple", "__value__": 5}', b'{"__name__": "os.system"}',
        b'{"__name__": "TextSegment", "default": {}}', b'{"__class__": "DataTuple", "x": 1}',
        b'{"inputs": [' + b'{"data":{"prompt":"a"}},' * 50 + b'{"data":{"prompt":"a"}}]}',
        b'{"config": null}', b'{"config": {"new_name": 5}}', b'{"config": {"new_name": "x"}}',
        b'{"kind": "generation", "model": "tiny", "record": {}}',
        b'{"kind": "salience", "model": "tiny", "record": {"prompt": "a"}, "target_masks": [[]]}',
        b'{"kind":"salience", "model":"tiny", "record":{"prompt":"a"}, "target_masks":[["x"]]}',
        b'{"kind":"tokens", "model":["tiny"], "record":[]}', b'{"kind":5, "model":1, "record":2}',
    ):  # fmt: skip
        for route in (
            "/get_preds?model=tiny", "/get_preds?model=_tiny_salience&dataset_name=mine",
            "/seqsal/jobs", "/annotate_new_data?dataset_name=mine", "/create_model?model_name=x",
            "/push_view_state", "/post_new_data?dataset_name=mine",
        ):  # fmt: skip
            yield request("POST", route, body)
    for encoding in ("gzip", "br", "deflate", "x" * 500):
        yield request("POST", "/get_preds?model=tiny", bomb, {"Content-Encoding": encoding})
    for method in ("GET", "HEAD", "OPTIONS"):
        yield request(method, "/get_preds?model=tiny", b"x" * 2_000_000)


def _shapes() -> Iterator[bytes]:
    """Methods and protocols that the routes are not for."""
    methods = ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "HEAD", "BREW", "get")
    for method, route in itertools.product(methods, ("", "main.js", *ROUTES)):
        yield request(method, f"/{route}")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    for route in ("", "get_info", "seqsal/jobs", "metrics"):
        key = {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
        yield request("GET", f"/{route}", headers={**upgrade, **key})
        yield request("GET", f"/{route}", headers={"Connection": "Upgrade", "Upgrade": "h2c"})


def smuggled() -> Iterator[bytes]:
    """Yields requests whose end two programs would see at different places, or that have none."""
    inner = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for headers in (
        {"Transfer-Encoding": "chunked", "Content-Length": "4"}, {"Transfer-Encoding": "xchunked"},
        {"Transfer-Encoding": " chunked"}, {"Transfer-Encoding": "chunked, identity"},
        {"Content-Length": "-1"}, {"Content-Length": "1, 2"}, {"Content-Length": "0x10"},
        {"Content-Length": "9" * 30}, {"Content-Length": "+5"}, {"Content-Length ": "5"},
    ):  # fmt: skip
        yield request("POST", "/get_info", b"0\r\n\r\n" + inner, headers)
    yield b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"
    yield b"GET /\r\n\r\n"
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n"
    yield b"GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n"
    yield b"GET / HTTP/1.1\nHost: localhost\n\n"
    yield b"POST /get_info HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    yield b"POST /get_info HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nshort"
    yield b"A" * 100_000
    yield b"\r\n" * 1000
    yield b""


def _post(target: str, data: Any) -> bytes:
    return request("POST", target, json.dumps(data).encode())


_NUMBERS = st.one_of(
    st.integers(), st.floats(), st.integers(min_value=2**63), st.just(10**4000), st.booleans()
)
_TEXTS = st.one_of(st.sampled_from(VALUES), st.text(max_size=30))
_JSON = st.recursive(
    st.one_of(st.none(), _NUMBERS, _TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)
_RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "prompt": _JSON, "target": _JSON, "target_mask": _JSON, "_id": _JSON, "source": _JSON,
    },
)  # fmt: skip
_EXAMPLES = st.one_of(_JSON, st.fixed_dictionaries({"id": _TEXTS, "data": _RECORDS, "meta": _JSON}))
_DATA = st.one_of(
    _JSON,
    st.fixed_dictionaries({"inputs": st.lists(_EXAMPLES, max_size=3)}),
    st.fixed_dictionaries({"config": st.dictionaries(_TEXTS, _JSON, max_size=3)}),
    st.fixed_dictionaries(
        {
            "kind": st.one_of(st.sampled_from(["generation", "tokens", "salience"]), _JSON),
            "model": st.one_of(st.just("tiny"), _JSON),
            "record": st.one_of(_RECORDS, _JSON),
        },
        optional={
            "target_masks": _JSON, "fields": _JSON, "client": _JSON, "view": _JSON, "ahead": _JSON,
        },
    ),
)  # fmt: skip


def _body(data: Any) -> bytes:
    with_surrogates = json.dumps(data)  # Escaped, so that half a character can be sent.
    return with_surrogates.encode()


def _target(route: str, options: Mapping[str, str]) -> str:
    pairs = "&".join(
        f"{name}={quote(value, safe='', errors='surrogatepass')}" for name, value in options.items()
    )
    return f"/{route}?{pairs}" if pairs else f"/{route}"


def made_up() -> st.SearchStrategy[bytes]:
    """Returns a strategy for requests with any options and any JSON."""
    options = st.dictionaries(st.sampled_from(OPTIONS), _TEXTS, max_size=4)
    bodies = st.one_of(_DATA.map(_body), st.binary(max_size=200), st.just(b""))
    targets = st.builds(_target, st.sampled_from(ROUTES), options)
    return st.builds(request, st.sampled_from(["POST", "POST", "GET"]), targets, bodies)
