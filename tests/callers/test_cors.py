"""Pages from elsewhere: none may read answers, but those of the origins that are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.settings import Settings, SettingsError
from tests.support.house import Answer, House, open_house

APP = "https://app.example:8443"
SETTINGS = {"CORS_ORIGINS": f"{APP}, http://127.0.0.1:5173", "API_KEYS": "phone:phone-secret-0001"}
KEY = {"X-API-Key": "phone-secret-0001"}
JOB = f"/api/downloads/{'0' * 22}-m4a"


def cors(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower().startswith("access-control")}


async def preflight(house: House, path: str, origin: str) -> Answer:
    asked = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
    return await house.get(path, method="OPTIONS", headers={"Origin": origin, **asked})


async def test_closed_by_default(tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as house:
        for answer in (await house.get(JOB, headers={"Origin": APP}), await preflight(house, JOB, APP)):
            assert cors(answer) == {}


async def test_named_origins_may_ask_with_a_key_of_their_own_and_no_cookie(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, RATE_LIMIT_PER_MINUTE="2", **SETTINGS) as house:
        for path in (JOB, "/api/spotify/download", "/media/x.m4a"):
            answer = await preflight(house, path, APP)
            assert answer.status in {200, 204}
            assert answer.headers["Access-Control-Allow-Origin"] == APP
            assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
            assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
            assert "Access-Control-Allow-Credentials" not in answer.headers
        # Faults, too: the page is to know why.
        for headers, status in (({}, 401), (KEY, 404), (KEY, 404), (KEY, 429)):
            answer = await house.get(JOB, headers={"Origin": APP, **headers})
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, APP)
            assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
            assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://app.example", "http://app.example:8443", "https://app.example:84430", "https://evil-app.example", "null"],
)
async def test_nobody_else(tmp_path: Path, origin: str) -> None:
    async with open_house(None, tmp_path, **SETTINGS) as house:
        for answer in (await house.get(JOB, headers={"Origin": origin, **KEY}), await preflight(house, JOB, origin)):
            assert cors(answer) == {}
            assert "Origin" in answer.headers["Vary"]
        assert "Origin" in (await house.get("/")).headers["Vary"]


@pytest.mark.parametrize(
    "given", ["*", "app.example", "https://app.example/", "https://App.example", "ftp://x", "https://a,,https://b"]
)
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        Settings.from_env({"CORS_ORIGINS": given})
