"""The settings tree: precedence, and complaints that name key and source."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcsim.errors import SettingsError
from dcsim.settings import Settings, effective, load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dcsim.toml"
    path.write_text('host = "::1"\n[world]\nseed = 1\nvms = 10\n[machines]\ncontainers = "app=shop"\n')
    return path


def test_defaults_need_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    settings = load_settings(environ={"XDG_CONFIG_HOME": str(tmp_path)})
    assert settings.data_dir == tmp_path / "dcsim"
    assert (settings.host, settings.world.seed, settings.bus.url) == ("127.0.0.1", 7, None)


def test_flags_beat_environment_beats_file(file: Path) -> None:
    settings = load_settings(
        file=file, environ={"DCSIM_WORLD__SEED": "2", "DCSIM_WORLD__HOSTS": "3"}, flags={"world": {"hosts": 4, "vms": None}}
    )
    assert (settings.host, settings.world.seed, settings.world.hosts, settings.world.vms) == ("::1", 2, 4, 10)
    assert settings.machines.containers == "app=shop"


def test_file_is_found_by_variable(file: Path) -> None:
    assert load_settings(environ={"DCSIM_CONFIG": str(file)}).world.seed == 1


@pytest.mark.parametrize(("given", "read"), [("all", "all"), ("50", 50), ("tier=web", "tier=web")])
def test_containers_are_all_a_number_or_a_selector(given: str, read: object) -> None:
    assert load_settings(environ={"DCSIM_MACHINES__CONTAINERS": given}).machines.containers == read


def test_sections_and_lists_are_json_in_variables() -> None:
    settings = load_settings(environ={"DCSIM_PORTS": '{"engine": 0, "vsphere": 1}', "DCSIM_SERVICES": '["engine", "a:B"]'})
    assert (settings.ports.engine, settings.ports.vsphere, settings.services) == (0, 1, ("engine", "a:B"))


def test_unknown_key_names_key_file_and_nearest(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[world]\nsede = 3\n[wrold]\nseed = 3\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file=path, environ={})
    assert f"{path}: unknown setting world.sede (did you mean world.seed?)" in str(caught.value)
    assert f"{path}: unknown setting wrold (did you mean world?)" in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"DCSIM_WORLD__SEED": "seven"}, r"DCSIM_WORLD__SEED: setting world\.seed: .*integer"),
        ({"DCSIM_WORLD__SEDE": "7"}, r"DCSIM_WORLD__SEDE: unknown setting world\.sede \(did you mean world\.seed\?\)"),
        ({"DCSIM_NONSENSE": "7"}, r"DCSIM_NONSENSE: unknown setting nonsense"),
        ({"DCSIM_PORTS__ENGINE": "70000"}, r"DCSIM_PORTS__ENGINE: setting ports\.engine: .*65535"),
        ({"DCSIM_PORTS": "{"}, r"DCSIM_PORTS: a whole section must be given as a JSON object"),
        ({"DCSIM_SERVICES": "engine"}, r"DCSIM_SERVICES: a list must be given as a JSON array"),
        ({"DCSIM_PORTS__ENGINE__DEEPER": "1"}, r"DCSIM_PORTS__ENGINE__DEEPER: setting ports\.engine"),
        ({"DCSIM_CONFIG": "/does/not/exist"}, r"/does/not/exist does not exist; check --config or DCSIM_CONFIG"),
        ({"DCSIM_SECURITY__DEMO": "true", "DCSIM_HOST": "0.0.0.0"}, r"loopback addresses only, and host is 0\.0\.0\.0"),
    ],
)
def test_wrong_value_names_its_source(variables: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        load_settings(environ=variables)


def test_flag_is_named_as_such() -> None:
    with pytest.raises(SettingsError, match=r"command line: setting world\.preset: .*'small', 'medium' or 'large'"):
        load_settings(environ={}, flags={"world": {"preset": "huge"}})


def test_broken_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "dcsim.toml"
    path.write_text("[world\n")
    with pytest.raises(SettingsError, match=r"dcsim\.toml cannot be read"):
        load_settings(file=path, environ={})


def test_what_env_exports_is_no_setting() -> None:
    load_settings(environ={"DCSIM_URL": "http://127.0.0.1:8081", "DCSIM_TOKEN": "x"})


def test_effective_settings_hide_the_password_of_a_url(tmp_path: Path) -> None:
    settings = load_settings(environ={}, flags={"data_dir": tmp_path, "bus": {"url": "rediss://user:hunter2@redis:6380/1"}})
    assert effective(settings)["bus"]["url"] == "rediss://user:********@redis:6380/1"


def test_settings_made_in_code_take_nothing_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCSIM_HOST", "::1")
    monkeypatch.setenv("HOST", "::1")
    assert Settings(data_dir=tmp_path).host == "127.0.0.1"
