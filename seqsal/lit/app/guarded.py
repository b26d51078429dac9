"""Files and models that LIT's page names: only those that the operator allows."""

import contextlib
from collections.abc import Iterator
from typing import Any

from seqsal.lit.app.allowed_paths import AllowedPaths
from seqsal.lit.app.plain import PlainApp


class GuardedApp(PlainApp):
    """LIT's app; what its page may load and save is checked."""

    def __init__(self, *args: Any, allowed_paths: AllowedPaths, **options: Any) -> None:
        """Makes the app; beside `allowed_paths`, all is as in `PlainApp`."""
        self._allowed = allowed_paths
        super().__init__(*args, **options)

    def _save_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        with _told_of_files():
            return super()._save_datapoints(data, dataset_name, self._checked(path), **kw)

    def _load_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        with _told_of_files():
            return super()._load_datapoints(data, dataset_name, self._checked(path), **kw)

    def _create_dataset(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        self._check_config(data, of_model=False)
        return super()._create_dataset(data, dataset_name, **kw)

    def _create_model(self, data: Any, model_name: Any = None, **kw: Any) -> Any:
        self._check_config(data, of_model=True)
        return super()._create_model(data, model_name, **kw)

    def _checked(self, path: Any) -> str:
        if not isinstance(path, str) or not path:
            raise ValueError("A 'path' is needed; got none.")
        return self._allowed.check(path)

    def _check_config(self, data: Any, *, of_model: bool) -> None:
        config = data.get("config") if isinstance(data, dict) else None
        if not isinstance(config, dict):
            raise ValueError("A JSON object with a 'config' object is needed; got none.")
        self._allowed.check_config(config, of_model=of_model)


@contextlib.contextmanager
def _told_of_files() -> Iterator[None]:
    """Has whoever named a file told why it can not be read or written."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"{error.filename!r}: {error.strerror}.") from error
