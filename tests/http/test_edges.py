"""What every route shares: errors as problem+json, request ids, headers, health."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.house import Answer, House, open_house

TRACK = "0" * 22


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A server that has no credentials and nobody to ask."""
    async with open_house(None, tmp_path, SPOTIFY_API_HOST="http://127.0.0.1:9", DOWNLOAD_WAIT_MS="200") as running:
        yield running


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["status"] == status
    assert answer.json["success"] is False


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "route_not_found"),
        ("POST", "/api/spotify/metadata", 405, "method_not_allowed"),
        ("GET", "/api/spotify/metadata", 400, "invalid_request"),
        ("GET", "/api/spotify/metadata?link=%20", 400, "invalid_request"),
        ("GET", "/api/spotify/metadata?link=x", 400, "invalid_link"),
        ("GET", "/api/spotify/download/track/short", 400, "invalid_track_id"),
        ("GET", f"/api/spotify/download/track/{TRACK}?format=flac", 400, "unsupported_format"),
        ("GET", f"/api/spotify/download/track/{TRACK}?wait=soon", 400, "invalid_request"),
        ("GET", f"/api/spotify/download/track/{TRACK}?wait=-1", 400, "invalid_request"),
        ("GET", f"/api/spotify/download/track/{TRACK}?wait=nan", 400, "invalid_request"),
        ("GET", "/api/downloads/nothing", 404, "job_not_found"),
        ("DELETE", "/api/downloads/nothing", 404, "job_not_found"),
        ("GET", f"/media/{TRACK}.m4a", 404, "media_not_found"),
        ("GET", "/media/..%2F..%2Fetc%2Fpasswd", 404, "media_not_found"),
        ("GET", f"/api/spotify/metadata?link=spotify:track:{TRACK}", 503, "spotify_credentials_rejected"),
    ],
)
async def test_errors(house: House, method: str, path: str, status: int, code: str) -> None:
    answer = await house.get(path, method=method)
    assert_problem(answer, status, code)
    if status == 405:
        assert "GET" in answer.headers["Allow"]


async def test_no_answer_tells_what_is_inside(house: House) -> None:
    answer = await house.get(f"/api/spotify/metadata?link=spotify:track:{TRACK}")
    text = answer.body.decode()
    assert "127.0.0.1" not in text
    assert "Traceback" not in text


async def test_every_answer_has_a_request_id(house: House) -> None:
    given = await house.get("/health/live", headers={"X-Request-ID": "from-the-app.1"})
    assert given.headers["X-Request-ID"] == "from-the-app.1"
    ours = [await house.get("/nowhere", headers={"X-Request-ID": "no spaces, please"}) for _ in range(2)]
    ids = {answer.headers["X-Request-ID"] for answer in ours}
    assert len(ids) == 2
    assert "no spaces, please" not in ids


async def test_a_wish_that_cannot_be_met_now_is_a_job_all_the_same(house: House) -> None:
    answer = await house.get(f"/api/spotify/download/track/{TRACK}", headers={"Prefer": "respond-async"})
    assert answer.status == 202
    assert answer.headers["Location"] == f"/api/downloads/{TRACK}-m4a"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Preference-Applied"] == "respond-async"
    job = await house.get(answer.headers["Location"])
    assert job.json["job_id"] == f"{TRACK}-m4a"


async def test_health(house: House) -> None:
    assert (await house.get("/health/live")).status == 200
    ready = await house.get("/health/ready")
    assert ready.status == 200
    assert set(ready.json["dependencies"]) >= {"database", "queue", "spotify", "youtube"}
    assert ready.json["dependencies"]["youtube"]["yt_dlp"]
    assert ready.json["dependencies"]["youtube"]["js_runtime"]


async def test_readiness_tells_of_a_database_that_is_gone(tmp_path: Path) -> None:
    mongo = "mongodb://127.0.0.1:9/music_dl?serverSelectionTimeoutMS=200"
    async with open_house(None, tmp_path, MUSIC_DL_PRIMARY_DB=mongo) as house:
        answer = await house.get("/health/ready")
        assert answer.status == 503
        database = answer.json["dependencies"]["database"]
        assert (database["ok"], database["required"]) == (False, True)
        download = await house.get(f"/api/spotify/download/track/{TRACK}?wait=0")
        assert_problem(download, 503, "database_unavailable")


async def test_the_address_given_out_is_the_one_that_was_asked(house: House) -> None:
    answer = await house.get(
        f"/api/spotify/download/track/{TRACK}?wait=0",
        headers={"Host": "music.example:8080", "X-Forwarded-Host": "evil"},
    )
    assert answer.json["stream_url"] == f"http://music.example:8080/media/{TRACK}.m4a"


async def test_behind_a_trusted_proxy_the_forwarded_address_counts(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, PROXIES_COUNT="1", SPOTIFY_API_HOST="http://127.0.0.1:9") as house:
        answer = await house.get(
            f"/api/spotify/download/track/{TRACK}?wait=0",
            headers={"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "m.example", "X-Forwarded-Proto": "https"},
        )
        assert answer.json["stream_url"] == f"https://m.example/media/{TRACK}.m4a"


async def test_the_openapi_description_names_the_routes(house: House) -> None:
    answer = await house.get("/docs/openapi.json")
    assert {"/api/spotify/metadata", "/api/spotify/download/track/{wanted}", "/media/{name}"} <= set(
        answer.json["paths"]
    )


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/api/spotify/metadata", f"/media/{TRACK}.m4a", "/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
async def test_no_other_origin_is_let_in(house: House, method: str, path: str) -> None:
    asks = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PUT"}
    answer = await house.get(path, method=method, headers=asks)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


async def test_head_is_as_get_without_the_body(house: House) -> None:
    got = await house.get("/health/live")
    head = await house.get("/health/live", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
