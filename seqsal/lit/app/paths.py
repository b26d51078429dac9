"""Checks the files and models that LIT's page names against those that the operator allows."""

import contextlib
from collections.abc import Iterator
from typing import Any

from seqsal.lit.app.allowed_paths import AllowedPaths
from seqsal.lit.app.handlers import HandlersApp


class CheckedPathsApp(HandlersApp):
    """LIT's app; every path that its page loads from or saves to is checked."""

    def __init__(self, *args: Any, allowed_paths: AllowedPaths, **options: Any) -> None:
        """Initializes the app.

        Args:
            *args: as in LIT.
            allowed_paths: the files and models that the page may name.
            **options: as in `HandlersApp`.
        """
        self._allowed = allowed_paths
        super().__init__(*args, **options)

    def _save_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        with _os_errors_as_value_errors():
            return super()._save_datapoints(data, dataset_name, self._checked(path), **kw)

    def _load_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        with _os_errors_as_value_errors():
            return super()._load_datapoints(data, dataset_name, self._checked(path), **kw)

    def _create_dataset(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        self._check_config(data, of_model=False)
        return super()._create_dataset(data, dataset_name, **kw)

    def _create_model(self, data: Any, model_name: Any = None, **kw: Any) -> Any:
        self._check_config(data, of_model=True)
        return super()._create_model(data, model_name, **kw)

    def _checked(self, path: Any) -> str:
        if not isinstance(path, str) or not path:
            raise ValueError("Expected a 'path' in the query string; got none.")
        return self._allowed.check(path)

    def _check_config(self, data: Any, *, of_model: bool) -> None:
        config = data.get("config") if isinstance(data, dict) else None
        if not isinstance(config, dict):
            raise ValueError("Expected a JSON object with an object 'config'; got none.")
        self._allowed.check_config(config, of_model=of_model)


@contextlib.contextmanager
def _os_errors_as_value_errors() -> Iterator[None]:
    """Raises a ValueError, which is shown to the user, for a file that cannot be accessed."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"{error.filename!r}: {error.strerror}.") from error
