import pathlib

import platformdirs
import pytest

from seqsal.store import location


def test_auto_is_the_user_data_folder() -> None:
    url = location.database_url("auto")
    assert url is not None
    folder = platformdirs.user_data_dir("seqsal", appauthor=False)
    assert location.sqlite_file(url) == pathlib.Path(folder) / "seqsal.sqlite"


def test_a_folder_can_be_relative_or_start_with_a_tilde(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/tom")
    for data_dir, folder in (("~/data", "/home/tom/data"), ("data", f"{tmp_path}/data")):
        url = location.database_url(data_dir)
        assert url is not None
        assert location.display_name(url) == f"{folder}/seqsal.sqlite"


@pytest.mark.parametrize(
    "data_dir", ["mysql://a/b", "https://example.org", "postgresql+asyncpg://a/b"]
)
def test_other_databases_are_rejected(data_dir: str) -> None:
    with pytest.raises(ValueError, match="data_dir must be a folder, a URL such as postgresql"):
        location.database_url(data_dir)


def test_the_display_name_hides_the_password() -> None:
    url = location.database_url("postgresql+psycopg://tom:secret@db/team")
    assert url is not None
    assert location.display_name(url) == "postgresql+psycopg://tom:***@db/team"
    assert location.sqlite_file(url) is None
