import pathlib

import platformdirs
import pytest

from seqsal.store import place


def test_auto_is_the_users_own_data_folder() -> None:
    chosen = place.url("auto")
    assert chosen is not None
    folder = platformdirs.user_data_dir("seqsal", appauthor=False)
    assert place.file(chosen) == pathlib.Path(folder) / "seqsal.sqlite"


def test_a_folder_may_be_named_from_home_and_from_here(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/tom")
    for given, folder in (("~/kept", "/home/tom/kept"), ("kept", f"{tmp_path}/kept")):
        chosen = place.url(given)
        assert chosen is not None
        assert place.name(chosen) == f"{folder}/seqsal.sqlite"


@pytest.mark.parametrize(
    "given", ["mysql://a/b", "https://example.org", "postgresql+asyncpg://a/b"]
)
def test_another_kind_of_database_is_told(given: str) -> None:
    with pytest.raises(ValueError, match="data_dir must be a folder, a URL such as postgresql"):
        place.url(given)


def test_a_password_is_not_in_the_name() -> None:
    chosen = place.url("postgresql+psycopg://tom:secret@db/team")
    assert chosen is not None
    assert place.name(chosen) == "postgresql+psycopg://tom:***@db/team"
    assert place.file(chosen) is None
