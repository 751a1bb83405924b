"""The laptop's data key: made once, for its owner's eyes only, and always a whole one."""

import base64
from pathlib import Path

import pytest

from localdev.data_keys import data_key_file, data_key_settings


def test_the_settings_name_the_key_by_reference_and_the_key_is_made_once(tmp_path: Path) -> None:
    settings = data_key_settings(tmp_path)
    key = settings["ORCHESTRATION_DATA_KEY"]
    assert settings == {"DATA_KEYS": "env:ORCHESTRATION_DATA_KEY", "ORCHESTRATION_DATA_KEY": key}
    assert len(base64.b64decode(key, validate=True)) == 32
    assert data_key_settings(tmp_path) == settings
    assert data_key_settings(tmp_path / "other")["ORCHESTRATION_DATA_KEY"] != key


def test_the_key_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    data_key_settings(tmp_path)
    assert data_key_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert list(data_key_file(tmp_path).parent.iterdir()) == [data_key_file(tmp_path)]


def test_a_key_that_was_not_finished_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            data_key_settings(tmp_path)
    assert not data_key_file(tmp_path).exists()
    assert len(base64.b64decode(data_key_settings(tmp_path)["ORCHESTRATION_DATA_KEY"])) == 32
