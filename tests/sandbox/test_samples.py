"""The samples of the env files are what the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values

from _local.make_samples import DOCKER, SANDBOX_PAGE, docker_sample, local_sample, sections, with_examples
from models.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "_local"


@pytest.mark.parametrize(("name", "text"), [("local", local_sample()), ("docker", docker_sample())])
def test_the_file_is_what_the_settings_say(name: str, text: str) -> None:
    assert (FOLDER / f"{name}.env.sample").read_text() == text, "run `python -m _local.make_samples`"


def test_the_links_in_the_docs_are_those_of_the_catalogue() -> None:
    page = SANDBOX_PAGE.read_text()
    assert page.count("open.spotify.com/track/") > 20
    assert page == with_examples(page), "run `python -m _local.make_samples`"


def test_every_setting_is_there_with_a_sentence() -> None:
    assert [field for _, field in sections()] == list(Settings.model_fields)
    for field, info in Settings.model_fields.items():
        assert info.description, field
        assert info.description.endswith((".", ").")), field
        assert f"\n# {info.description}\n# {field.upper()}=" in local_sample().replace("\nSPOTIFY", "\n# SPOTIFY")


def test_a_copied_sample_changes_nothing() -> None:
    assert Settings.from_env({}, FOLDER / "local.env.sample") == Settings.from_env({})


def test_every_default_shown_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "all.env"
    file.write_text("\n".join(_setting_lines()))
    assert len(dotenv_values(file)) == len(Settings.model_fields)
    assert Settings.from_env({}, file) == Settings.from_env({})


def test_the_docker_sample_points_at_the_compose_services() -> None:
    settings = Settings.from_env({}, FOLDER / "docker.env.sample")
    assert settings.music_dl_home == Path("/data")
    assert settings.core_service_port == 9999
    assert settings.rabbit_mq_url is not None
    assert "@rabbitmq:" in settings.rabbit_mq_url.get_secret_value()
    assert set(DOCKER) <= {field.upper() for field in Settings.model_fields}


def _setting_lines() -> list[str]:
    names = [field.upper() for field in Settings.model_fields]
    stripped = (line.removeprefix("# ") for line in local_sample().splitlines())
    return [line for line in stripped if line.partition("=")[0] in names]
