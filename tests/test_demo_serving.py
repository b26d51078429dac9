"""demos/serving fits the package, the Dockerfile and docs/serving.md.

tests/e2e/test_serving.py runs its nginx.conf.
"""

import json
import pathlib
import re
import tomllib
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from seqsal.options import Options
from seqsal.server import application
from seqsal.store import database

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / "demos" / "serving"
NGINX = (FOLDER / "nginx.conf").read_text()


@pytest.fixture
def services() -> dict[str, Any]:
    """The services of the compose file."""
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    services: dict[str, Any] = compose["services"]
    return services


def test_nginx_and_compose_name_the_same_processes_and_ports(services: dict[str, Any]) -> None:
    upstream = re.findall(r"server (\S+) max_fails", NGINX)
    processes = [name for name in services if name.startswith("seqsal")]
    assert len(processes) > 1
    (port,) = re.findall(r"^EXPOSE (\d+)", (ROOT / "Dockerfile").read_text(), re.M)
    assert upstream == [f"{name}:{port}" for name in processes]
    (listen,) = re.findall(r"listen (\d+);", NGINX)
    assert [each.rpartition(":")[2] for each in services["nginx"]["ports"]] == [listen]
    assert set(services["nginx"]["depends_on"]) == set(processes)
    for name in processes:
        assert "ports" not in services[name], "Only nginx may reach it."
        assert services[name] == services[processes[0]]


def test_the_paths_in_the_compose_file_exist(services: dict[str, Any]) -> None:
    assert (FOLDER / services["seqsal-1"]["build"]["context"] / "Dockerfile").exists()
    sources = [each.partition(":")[0] for each in services["nginx"]["volumes"]]
    assert [(FOLDER / source).exists() for source in sources] == [True]


def test_flags_and_extras_of_the_compose_file_are_those_of_seqsal(services: dict[str, Any]) -> None:
    process = services["seqsal-1"]
    chosen = dict(flag.removeprefix("--").split("=", 1) for flag in process["command"])
    assert chosen.keys() <= {field.name for field, _ in Options().items()}
    # Each process would make a token of its own.
    assert chosen["auth_token"].startswith("${SEQSAL_TOKEN:?")
    assert chosen["data_dir"] == "postgresql+psycopg://seqsal@postgres/seqsal"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = process["build"]["args"]["EXTRAS"].strip("[]")
    assert extra in project["optional-dependencies"]


def test_limits_fit_the_options(services: dict[str, Any]) -> None:
    options = Options()
    limits = {
        name: int(value)
        for name, value in re.findall(
            r"^    (client_max_body_size|proxy_read_timeout) (\d+)", NGINX, re.M
        )
    }
    assert limits["client_max_body_size"] * 2**20 > options.max_request_mb * 1e6
    assert limits["proxy_read_timeout"] > options.max_seconds
    grace = services["seqsal-1"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > options.shutdown_seconds
    (connections,) = re.findall(r"max_connections=(\d+)", services["postgres"]["command"])
    overflow = 10  # SQLAlchemy's default.
    assert int(connections) > 3 * (database._CONNECTIONS + overflow)


def test_requests_that_nginx_repeats_are_those_of_the_page() -> None:
    (paths,) = re.findall(r"location ~ \^/\((.*)\)\$", NGINX)
    app = application.make_app(Options(data_dir="off"), models={}, datasets={})
    known = {path.removeprefix("/") for path in app.state.lit.paths}
    repeated = set(paths.split("|"))
    assert repeated <= known
    others = {"create_dataset", "create_model", "save_datapoints", "load_datapoints"}
    others |= {"post_new_data", "fetch_new_data", "remove_new_data"}
    others |= {"push_ui_state", "push_view_state"}
    assert known - repeated == others, "Decide whether a new path can be sent again."


def test_excerpts_in_the_docs_are_those_of_the_files() -> None:
    text = (ROOT / "docs" / "serving.md").read_text()
    excerpts = re.findall(r"```nginx\n(.*?)```", text, re.S)
    assert excerpts
    for excerpt in excerpts:
        assert excerpt in NGINX
    start = re.findall(r"^#   (.*)$", (FOLDER / "compose.yaml").read_text(), re.M)
    assert "\n".join(start) in text


def test_the_cookie_is_sent_to_no_script_and_no_other_site() -> None:
    (cookie,) = re.findall(r'"(seqsal_route=.*)"', NGINX)
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert json.dumps("$query_string") not in NGINX
    (log,) = re.findall(r"log_format seqsal '(.*)'", NGINX)
    assert not re.search(r"\$(args|request|request_uri|query_string)\b", log), "It has the token."
