"""Settings: faults together, secrets masked, the environment wins."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from models.settings import Settings, SettingsError


def test_defaults_need_nothing() -> None:
    settings = Settings.from_env({})
    assert settings.core_service_port == 9999
    assert settings.has_spotify_credentials is False
    assert settings.music_dl_home.is_absolute()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / "local.env"
    env_file.write_text("CORE_SERVICE_PORT=7000\nMAX_RETRY=1\n")
    settings = Settings.from_env({"CORE_SERVICE_PORT": "8000"}, env_file)
    assert (settings.core_service_port, settings.max_retry) == (8000, 1)


def test_an_empty_value_means_not_set(tmp_path: Path) -> None:
    env_file = tmp_path / "local.env"
    env_file.write_text("MAX_RETRY=1\nREDIS_URL=\n")
    settings = Settings.from_env({"MAX_RETRY": ""}, env_file)
    assert settings.max_retry == 3
    assert settings.redis_url is None


def test_all_faults_are_reported_together() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"CORE_SERVICE_PORT": "many", "SPOTIFY_API_HOST": "ftp://x", "YTDLP_OPTIONS": "{"})
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["CORE_SERVICE_PORT", "SPOTIFY_API_HOST", "YTDLP_OPTIONS"]


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"SPOTIFY_CLIENT_ID": "only"}, "SPOTIFY_CLIENT_SECRET"),
        ({"WORKERS": "2"}, "RABBIT_MQ_URL"),
        ({"MUSIC_DL_ROLE": "worker"}, "RABBIT_MQ_URL"),
        ({"YOUTUBE_CA_FILE": "no/such/file.pem"}, "YOUTUBE_CA_FILE"),
    ],
)
def test_combinations_that_cannot_work(environ: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        Settings.from_env(environ)


def test_secrets_mask_themselves() -> None:
    settings = Settings.from_env(
        {
            "SPOTIFY_CLIENT_ID": "id",
            "SPOTIFY_CLIENT_SECRET": "hush-1",
            "REDIS_URL": "redis://:hush-2@localhost",
            "RABBIT_MQ_URL": "amqp://u:hush-3@localhost",
            "MUSIC_DL_PRIMARY_DB": "mongodb://u:hush-4@localhost/x",
        }
    )
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.model_dump())


def test_a_fault_does_not_show_the_secret() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"SPOTIFY_TRACK_CACHE_TTL_DURATION_MS": "hush", "SPOTIFY_CLIENT_SECRET": "hush"})
    assert "hush" not in str(caught.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings.from_env({}).max_retry = 5  # type: ignore[misc]


def test_the_api_host_may_carry_the_version() -> None:
    settings = Settings.from_env({"SPOTIFY_API_HOST": "http://127.0.0.1:1/v1/"})
    assert settings.spotify_api_host == "http://127.0.0.1:1"
