"""YouTube turns the server away: one refusal is enough, everybody is told until when, and nobody asks meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _local.sandbox.service import Sandbox
from tests.support.house import open_house
from tests.support.wait import wait_for

FIRST, SECOND = "IzCc4CLGmqwBlgx92robRa", "0sdzi1EECV4zz6pYzKW4A6"


async def test_a_limited_session_ends_jobs_at_once_and_says_when_to_come_back(sandbox: Sandbox, tmp_path: Path) -> None:
    async with open_house(sandbox, tmp_path) as house:
        sandbox.youtube.faults.trouble("session_limited")
        refused = await house.download(FIRST)
        assert (refused.status, refused.json["code"]) == (503, "youtube_session_limited")
        assert 800 < refused.json["retry_after"] <= 900
        assert int(refused.headers["Retry-After"]) == refused.json["retry_after"]

        # YouTube has recovered, but it asked for a pause: nobody looks before it is over.
        sandbox.youtube.faults.clear()
        sandbox.youtube.requests.reset()
        for track in (FIRST, SECOND):
            told = await house.download(track)
            assert (told.status, told.json["code"]) == (503, "youtube_session_limited")
            assert 800 < told.json["retry_after"] <= 900
        assert list(sandbox.youtube.requests) == []

        ready = await house.get("/health/ready")
        assert ready.status == 200, "the server can do all but download"
        youtube = ready.json["dependencies"]["youtube"]
        assert youtube["blocked_by"] == "youtube_session_limited"
        assert datetime.fromisoformat(youtube["blocked_until"]) > datetime.now(UTC)


async def test_too_many_searches_are_a_short_pause(sandbox: Sandbox, tmp_path: Path) -> None:
    async with open_house(sandbox, tmp_path) as house:
        sandbox.youtube.faults.fail("music_search", 429, html=True)
        sandbox.youtube.faults.fail("search", 429)
        asked = await house.download(FIRST, wait="0")
        assert asked.status == 202
        job = asked.json["job_id"]

        async def refused() -> dict[str, Any] | None:
            body: dict[str, Any] = (await house.get(f"/api/downloads/{job}")).json
            return body if body["error"] else None

        now = await wait_for(refused, deadline_s=60)
        # Not over: it waits, and tries again.
        assert now is not None
        assert (now["state"], now["error"]["code"]) == ("queued", "youtube_rate_limited")
        assert now["error"]["retry_after"] > 20
