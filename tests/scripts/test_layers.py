"""`scripts/layers.py` sees every module of the package, names a file that it does not see, and fails for it."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="import-linter is in the dependency group `lint`")

from scripts import layers
from tests.helpers.made_up_course import KATA


def test_every_module_of_the_kata_is_seen() -> None:
    assert not layers.not_seen(KATA)


def test_a_folder_that_is_no_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "made_up_package"
    for name in (
        "__init__.py",
        "inside/__init__.py",
        "inside/seen.py",
        "hole/unseen.py",
        "stubs/data.py",
    ):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    assert layers.not_seen(package) == [package / "hole" / "unseen.py"]


def test_a_file_that_is_not_seen_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def one(_package: Path) -> list[Path]:
        return [layers.ROOT / "kata" / "hole" / "unseen.py"]

    monkeypatch.setattr(layers, "not_seen", one)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(layers.ROOT)

    assert layers.main() == 1
    assert str(Path("kata/hole/unseen.py")) in capsys.readouterr().out
