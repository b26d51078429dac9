"""`seqsal.make_notebook_widget`: the whole page in a notebook, served by the kernel."""

import gc
import os
import pathlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.applications import Starlette

from seqsal.datasets import files
from seqsal.models.progress import bars
from seqsal.notebook.page import address, cell, ui_state
from seqsal.notebook.page.background import BackgroundServer
from seqsal.options import Options
from seqsal.server import application
from seqsal.server.middleware import token

_SOURCE: Final = "notebook"
_OPTIONS: Final = frozenset(field.name for field, _ in Options().items())


def make_notebook_widget(
    datasets_config: Sequence[str] | None = None,
    models_config: Sequence[str] | None = None,
    *,
    height: int = 1000,
    render: bool = False,
    proxy_url: str | None = None,
    port: int = 0,
    warm_start: bool = False,
    progress: bool | None = None,
    **options: Any,
) -> "NotebookWidget":
    """Returns a widget that shows the whole page in a notebook, served by the kernel.

    Args:
        datasets_config: `name:path` strings or "sample_prompts"; None for the samples.
        models_config: `name:path` strings; None for the models that ship with seqsal.
        height: the height of the page in the cell, in pixels.
        render: whether to show the page immediately.
        proxy_url: an address of the port from the browser, with %PORT% for the port; None to
            search for one.
        port: the port of the server; 0 for any free port.
        warm_start: whether to generate the answers to all prompts before this returns.
        progress: whether to show progress bars for loading and generation. None: in a notebook
            or a terminal.
        **options: fields of `seqsal.Options`, and further arguments of `lit_nlp.app.LitApp`.

    Raises:
        ValueError: an option is wrong, or a model or dataset cannot be loaded.
        TypeError: an option has an unknown name.
    """
    if datasets_config is not None:
        options["datasets"] = tuple(datasets_config)
    if models_config is not None:
        options["models"] = tuple(models_config)
    settings = Options(**_notebook_defaults({k: v for k, v in options.items() if k in _OPTIONS}))
    lit_options = {k: v for k, v in options.items() if k not in _OPTIONS}
    with bars.show_progress(progress):
        app = application.make_app(
            settings, **{"sync_state": True, "warm_start": float(warm_start), **lit_options}
        )
    widget = NotebookWidget(app, settings.auth_token, height=height, proxy_url=proxy_url, port=port)
    if render:
        widget.render()
    return widget


def _notebook_defaults(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns options with defaults that let only this notebook show the page.

    Every address contains a secret that other users of the machine do not know. So any host name
    is allowed, whichever a proxy uses.
    """
    return {
        "auth_token": secrets.token_urlsafe(24),
        "allowed_hosts": ("*",),
        "frame_ancestors": address.frame_ancestors(os.environ) or ("'self'",),
        **options,
    }


class NotebookWidget:
    """The page that the kernel serves, and its state.

    Attributes:
        port: the port of the server.
    """

    def __init__(
        self,
        app: Starlette,
        secret: str,
        *,
        height: int = 1000,
        proxy_url: str | None = None,
        port: int = 0,
    ) -> None:
        """Starts to serve an app of `seqsal.make_app`.

        Args:
            app: the app, made with sync_state=True.
            secret: its auth_token.
            height: the height of the page in the cell, in pixels.
            proxy_url: an address of the port, with %PORT% for the port.
            port: the port of the server; 0 for any free port.

        Raises:
            ValueError: the port is in use.
        """
        self._lit = app.state.lit
        self._height, self._proxy_url = height, proxy_url
        self._below = "" if secret in (token.AUTO, token.OFF) else f"{quote(secret, safe='')}/"
        self._server: BackgroundServer | None = BackgroundServer(app, port)
        self.port = self._server.port

    @property
    def ui_state(self) -> ui_state.UiState:
        """The state of the page: examples, sequence, selection and scores.

        After `stop` it is the last state.
        """
        return self._last if self._lit is None else ui_state.read(self._lit)

    @property
    def url(self) -> str:
        """The address of the page on the kernel's machine."""
        return f"http://127.0.0.1:{self.port}/{self._below}"

    def render(
        self,
        height: int | None = None,
        open_in_new_tab: bool = False,
        data: Sequence[str | Mapping[str, Any]] | None = None,
        layout: str | None = None,
    ) -> None:
        """Shows the page in the cell, or outside of a notebook prints its address.

        Args:
            height: in pixels; None for the height of the widget.
            open_in_new_tab: whether to show the page in a new tab instead.
            data: prompts to add to the dataset and to select: texts, or records with prompt and
                optionally target and source.
            layout: a name of `seqsal.get_layouts()`; None for the default.

        Raises:
            ValueError: a record has no prompt, the layout is unknown, or the widget is stopped.
        """
        query = self._query(data or (), layout)
        if not _in_notebook():
            print(self.url + query)
            return
        from IPython import display

        shown = self.html(height or self._height, new_tab=open_in_new_tab, query=query)
        display.display(display.HTML(shown))

    def html(self, height: int, *, new_tab: bool = False, query: str = "") -> str:
        """Returns the HTML of a cell that shows the page.

        Args:
            height: in pixels.
            new_tab: whether to show the page in a new tab instead.
            query: the query of the page's address, with its question mark.
        """
        return cell.page_html(
            port=self.port,
            addresses=_addresses(self.port, self._proxy_url),
            health=f"{self._below}healthz",
            path=f"{self._below}{query}",
            height=height,
            new_tab=new_tab,
            advice=address.advice(self.port, os.environ),
        )

    def stop(self) -> None:
        """Frees the port and the models. The page stays, and does not answer any more."""
        if self._server is None:
            return
        self._last = self.ui_state
        self._server.stop()
        self._server = self._lit = None
        gc.collect()  # The app's parts refer to each other.

    def _query(self, data: Sequence[str | Mapping[str, Any]], layout: str | None) -> str:
        if self._lit is None:
            raise ValueError("This widget is stopped. Create another one to show the page.")
        parameters: dict[str, str] = {}
        if layout is not None:
            parameters["layout"] = _check_layout(layout, self._lit.layouts)
        if data:
            records = [_record(prompt, i) for i, prompt in enumerate(_check_prompts(data))]
            dataset, ids = self._add(records)
            parameters |= {"dataset": dataset, "selection": ",".join(ids), "primary": ids[0]}
        return f"?{urlencode(parameters)}" if parameters else ""

    def _add(self, records: Sequence[files.Record]) -> tuple[str, list[str]]:
        """Adds records to the first dataset; returns its name and their ids."""
        names = self._lit.dataset_names
        if not names:
            raise ValueError("data needs a dataset to which it is added; this widget has none.")
        return names[0], self._lit.add_examples(names[0], records)

    def __repr__(self) -> str:
        return f"<Sequence Salience, {'stopped' if self._server is None else f'on {self.port}'}>"


def _in_notebook() -> bool:
    """Returns whether this runs in a kernel that displays HTML."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def _addresses(port: int, proxy_url: str | None) -> list[str]:
    from jupyter_core.paths import jupyter_runtime_dir

    bases = address.running_bases(
        pathlib.Path(jupyter_runtime_dir()), os.environ.get("JPY_PARENT_PID")
    )
    return address.addresses(port, os.environ, proxy_url, bases)


def _check_layout(layout: str, layouts: Sequence[str]) -> str:
    if layout not in layouts:
        raise ValueError(f"layout must be one of {', '.join(layouts)}; got {layout!r}.")
    return layout


def _check_prompts(data: Sequence[str | Mapping[str, Any]]) -> Sequence[str | Mapping[str, Any]]:
    """Returns prompts; rejects a single prompt instead of a list."""
    if isinstance(data, str | Mapping):
        raise ValueError("data must be a list of prompts; got a single one. Put it in brackets.")
    return data


def _record(prompt: str | Mapping[str, Any], index: int) -> files.Record:
    value = {"prompt": prompt} if isinstance(prompt, str) else prompt
    try:
        return files.record_of(value, _SOURCE)
    except ValueError as error:
        raise ValueError(f"data[{index}]: {error}") from None
