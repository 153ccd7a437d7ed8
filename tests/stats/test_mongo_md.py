"""`docs/mongo.md`: every query runs in the real mongosh, against a running server's database, and answers as told."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from _local.sandbox.ipapi import IpApiStandIn
from models.errors import NoMatch
from models.job import JobError, JobState
from services.store.downloads import MongoDownloadStore
from services.store.jobs import MongoJobStore
from services.store.mongo import MongoDatabase
from tests.store.values import job, stored
from tests.support.access import open_watched_house, second_look, stats_of, stats_with
from tests.support.spotify import sid, stand_in
from tests.support.wait import wait_for

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[2]
KEY = "a-key-of-the-phone"
DOCUMENT = ROOT / "docs" / "mongo.md"
_MONGOSH = ROOT / "var" / "tools" / "mongosh" / "node_modules" / ".bin" / "mongosh"
_QUESTION = re.compile(r"^### (\d+)\. (.+?)\n+```js\n(.+?)```\n+```json\n(.+?)```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Question:
    number: int
    text: str
    query: str
    answer: Any


def questions() -> list[Question]:
    found = _QUESTION.findall(DOCUMENT.read_text())
    return [Question(int(number), text, query.strip(), json.loads(answer)) for number, text, query, answer in found]


def _mongosh() -> str:
    found = str(_MONGOSH) if _MONGOSH.exists() else shutil.which("mongosh")
    if found is None:
        reason = "mongosh is not installed (sh tests/install-servers.sh)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


async def _ask(mongosh: str, uri: str, asked: list[Question], folder: Path) -> dict[int, Any]:
    """The answers of one shell to all the queries, in mongosh's relaxed extended JSON."""
    lines = [
        f"try {{ const r = ({each.query});"
        f" print('{each.number} ' + EJSON.stringify(r && r.toArray ? r.toArray() : r)); }}"
        f" catch (e) {{ print('{each.number} ' + JSON.stringify(String(e))); }}"
        for each in asked
    ]
    script = folder / "questions.js"
    script.write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        mongosh, uri, "--quiet", "--norc", "--file", str(script),
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC"},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    assert process.returncode == 0, (out + error).decode()
    answers = {}
    for line in out.decode().splitlines():
        number, _, answer = line.partition(" ")
        answers[int(number)] = json.loads(answer)
    return answers


def _shape(value: Any) -> Any:
    """Names and types; of a list, those of its elements."""
    if isinstance(value, dict):
        return "date" if set(value) == {"$date"} else {name: _shape(each) for name, each in sorted(value.items())}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


async def _fill(database: MongoDatabase) -> None:
    """Jobs and files, as if the server had worked for a while."""
    jobs, downloads = MongoJobStore(database), MongoDownloadStore(database)
    for number in range(1, 4):
        made = job(number)
        await jobs.ask(made)
        await jobs.claim(made.id, "worker", made.created_at, made.created_at)
        if number == 2:
            await jobs.finish(made.id, "worker", JobState.FAILED, error=JobError.of(NoMatch()))
        elif number == 3:
            await jobs.finish(made.id, "worker", JobState.DONE)
    for number, confidence in ((1, 0.97), (3, 0.61)):
        await downloads.put(stored(number, match_confidence=confidence))


def test_there_are_as_many_questions_as_it_says() -> None:
    assert [each.number for each in questions()] == list(range(1, 23))


async def test_every_query_answers_as_the_document_says(tmp_path: Path) -> None:
    mongosh = _mongosh()
    async with (
        stand_in(tracks=3) as spotify,
        IpApiStandIn() as ipapi,
        open_watched_house(tmp_path, spotify, ipapi, PROXIES_COUNT="1", API_KEYS=f"phone:{KEY}") as house,
        second_look(tmp_path) as database,
    ):
        await _fill(database)
        for number in range(12):
            link = f"spotify:track:{sid('Tr', number % 4)}"
            told = {"X-Forwarded-For": f"8.8.{number % 2 + 7}.8", "User-Agent": "curl/8.5.0", "X-API-Key": KEY}
            await house.metadata(link, headers=told)
        await house.metadata(f"spotify:track:{sid('Tr', 1)}", headers={"X-Forwarded-For": "8.8.8.8", "X-API-Key": KEY})
        await stats_with(house, 13)

        async def located() -> bool:
            return len(await database.collection("ip_traces").find({"geo": "known"})) == 2

        await wait_for(located, deadline_s=60)
        stats = await stats_of(house)
        address = json.loads((tmp_path / "mongo" / "address.json").read_text())
        uri = f"mongodb://127.0.0.1:{address['port']}/music_dl?directConnection=true"
        answers = await _ask(mongosh, uri, questions(), tmp_path)
    for each in questions():
        got, expected = answers[each.number], _shape(each.answer)
        if isinstance(expected, list):
            # Optional fields may be null in a row; one row at least is as the document shows it.
            assert got, f"{each.number}: no answer"
            assert isinstance(got, list), f"{each.number}: {got}"
            assert expected[0] in [_shape(row) for row in got], f"{each.number}: {got[:2]}"
            assert {frozenset(row) for row in got} == {frozenset(each.answer[0])} or each.number == 10, each.number
        else:
            assert _shape(got) == expected, f"{each.number}: {got}"
    # The shell and the server see the same numbers.
    by_route = {row["_id"]: row["requests"] for row in answers[1]}
    assert by_route["GET /api/spotify/metadata"] == 13
    assert {row["_id"]: row["requests"] for row in answers[2]}[404] == stats["traffic"]["statuses"]["404"] == 3
    assert answers[8] == [stats["traffic"]["cache"]["track"]]
    assert {row["_id"]: row["requests"] for row in answers[13]} == {
        row["country_code"]: row["requests"] for row in stats["traffic"]["countries"] if row["country_code"]
    }
    assert {row["_id"]: row["requests"] for row in answers[16]} == {
        row["track_id"]: row["requests"] for row in stats["traffic"]["tracks"]
    }
    assert {row["_id"]: row["requests"] for row in answers[21]}["phone"] == 13
    assert {row["key_name"]: row["requests"] for row in stats["traffic"]["keys"]}["phone"] == 13
    assert {row["_id"]: row["count"] for row in answers[22]} == {
        row["track_id"]: row["requests"] for row in stats["traffic"]["tracks"]
    }
    assert {row["_id"]: row["count"] for row in answers[17]} == {"running": 1, "failed": 1, "done": 1}
    assert answers[19] == [{"_id": "m4a", "files": 2, "bytes": 6_000_000_004}]
    assert stats["library"]["bytes"] == 6_000_000_004
    assert [row["match_confidence"] for row in answers[20]] == [0.61]
