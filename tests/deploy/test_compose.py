"""docker-compose.yml, as far as it can be proven without an engine: its form, its promises, and that its parts fit."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml
from dotenv import dotenv_values

from models.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "_local" / "docker.env.sample"
OURS = ("web", "worker")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def default_of(text: str) -> str:
    """A value with compose's `${NAME:-default}` replaced by the default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def environment_of(service: Any) -> dict[str, str]:
    """What a container of the service is started with when docker.env is the sample as it stands."""
    given = {name: value or "" for name, value in dotenv_values(SAMPLE).items()}
    return given | {name: default_of(str(value)) for name, value in service["environment"].items()}


def test_it_follows_the_compose_specification(compose: Any) -> None:
    schema = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    jsonschema.validate(compose, json.loads(schema))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**compose, "services": {"web": {"healthchek": {}}}}, json.loads(schema))


def test_the_ports_are_those_that_were_promised(compose: Any) -> None:
    published = {
        name: [default_of(port) for port in service["ports"]]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert published == {"proxy": ["9999:9999"], "rabbitmq": ["127.0.0.1:8888:15672"]}


def test_web_and_worker_scale_apart(compose: Any) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert not {"ports", "container_name", "hostname"} & service.keys()
        assert service["environment"]["MUSIC_DL_ROLE"] == name


def test_every_service_is_watched_restarted_and_waited_for(compose: Any) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped", name
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}, (name, other)
            assert other in services


def test_what_must_last_lies_on_named_volumes(compose: Any) -> None:
    named = {}
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source, target = volume.split(":")[:2]
            if source.startswith("."):
                assert (ROOT / source).is_file(), f"{name} mounts {source}"
            else:
                named.setdefault(source, []).append((name, target))
    assert named.keys() == compose["volumes"].keys()
    assert named["data"] == [(name, "/data") for name in OURS]
    assert named["mongo"] == [("mongo", "/data/db")]
    assert named["rabbitmq"] == [("rabbitmq", "/var/lib/rabbitmq")]
    # RabbitMQ keeps its files under the node's name, and that is the host's.
    assert compose["services"]["rabbitmq"]["hostname"] == "rabbitmq"


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_the_sample_are_valid_there_and_name_the_services(compose: Any, name: str) -> None:
    service = compose["services"][name]
    assert service["env_file"] == "_local/docker.env"
    environ = environment_of(service)
    assert {key.lower() for key in environ} <= Settings.model_fields.keys()
    settings = Settings.from_env(environ)
    assert settings.music_dl_role == name
    assert settings.music_dl_home == Path("/data")
    assert settings.core_service_port == 9999
    for address in (settings.music_dl_primary_db, settings.redis_url, settings.rabbit_mq_url):
        assert address is not None
        assert urlsplit(address.get_secret_value()).hostname in compose["services"]


def test_a_stop_has_time_to_hand_back(compose: Any) -> None:
    for name in OURS:
        settings = Settings.from_env(environment_of(compose["services"][name]))
        seconds = float(compose["services"][name]["stop_grace_period"].removesuffix("s"))
        # The grace, the time in which runs are handed back, and some to close.
        assert seconds >= settings.stop_grace_ms / 1000 + 10 + 10


def test_the_proxy_outlasts_what_it_waits_for(compose: Any) -> None:
    settings = Settings.from_env(environment_of(compose["services"]["web"]))
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    found = re.search(r"proxy_read_timeout (\d+)s;", conf)
    assert found is not None
    longest_ms = max(settings.download_wait_ms, settings.media_wait_ms, settings.progress_ping_ms)
    assert int(found[1]) > longest_ms / 1000 + 60
    assert settings.proxies_count == 1


def test_the_containers_of_ours_have_no_more_rights_than_they_need(compose: Any) -> None:
    for name in ("proxy", *OURS):
        service = compose["services"][name]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileges")
    assert compose["services"]["proxy"]["user"] == "101:101"
