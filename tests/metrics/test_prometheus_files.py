"""The samples in deploy/prometheus: they parse, and every series they name is there in a running server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.metrics.families import ON_BOARD, Kind
from tests.support.house import open_house
from tests.support.metrics import names_in, parsed

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


async def test_every_series_of_the_alerts_exists(tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as house:
        await house.get("/health/live")
        told = (await house.get("/metrics")).body.decode()
    declared = set(re.findall(r"^# TYPE (\S+) ", told, flags=re.MULTILINE))
    assert set(parsed(told)) <= declared | {
        f"{family.name}{suffix}"
        for family in ON_BOARD.values()
        if family.kind is Kind.HISTOGRAM
        for suffix in ("_bucket", "_count", "_sum")
    }
    for rule in rules():
        named = names_in(rule["expr"])
        assert named, rule["alert"]
        assert named <= declared, rule["alert"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_is_wrong(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["expr"].count("(") == rule["expr"].count(")")
    assert re.fullmatch(r"\d+m", rule.get("for", "1m"))


def test_the_scrape_reads_the_rules_and_every_replica() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert [(FOLDER / name).is_file() for name in config["rule_files"]] == [True]
    (job,) = config["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    compose = yaml.safe_load((FOLDER.parents[1] / "docker-compose.yml").read_text())
    assert set(found["names"]) <= set(compose["services"])
    port = compose["x-server-environment"]["CORE_SERVICE_PORT"]
    assert str(found["port"]) == port
