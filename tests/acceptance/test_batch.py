"""A batch of sixty tracks with five bad ones, end to end: 55 files, an archive that unzip likes, five reasons."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from mutagen.mp4 import MP4

from _local.sandbox.service import Sandbox
from tests.support.house import open_house
from tests.support.wait import wait_for

SIXTY = "https://open.spotify.com/playlist/KwkM8ySklwNn2m9bUw4EmX"
FIVE = {
    (3, "video_geo_blocked"),
    (14, "video_private"),
    (25, "video_members_only"),
    (36, "video_age_restricted"),
    (47, "no_match"),
}


@pytest.mark.timeout(900)
async def test_sixty_of_which_five_are_bad(sandbox: Sandbox, tmp_path: Path) -> None:
    async with open_house(sandbox, tmp_path / "home", DOWNLOAD_CONCURRENCY="4") as house:
        asked = await house.get("/api/spotify/download", method="POST", json={"link": SIXTY})
        assert (asked.status, asked.json["tracks"]["total"]) == (202, 60)
        path = asked.headers["Location"]

        async def has_ended() -> bool:
            return (await house.get(path)).json["state"] in {"done", "failed", "cancelled"}

        await wait_for(has_ended, deadline_s=800)
        body = (await house.get(path)).json
        assert (body["state"], body["tracks"]["done"], body["tracks"]["failed"]) == ("done", 55, 5)
        assert {(each["position"], each["code"]) for each in body["failures"]} == FIVE
        answer = await house.get(f"{path}/archive.zip")
        assert len(answer.body) == int(answer.headers["Content-Length"])
    archive = tmp_path / "sixty.zip"
    archive.write_bytes(answer.body)
    if (program := shutil.which("unzip")) is not None:
        subprocess.run([program, "-tqq", str(archive)], check=True)
    with zipfile.ZipFile(archive) as read:
        assert read.testzip() is None
        names = [name for name in read.namelist() if name.endswith(".m4a")]
        read.extractall(tmp_path / "out")
    assert len(names) == 55
    playlist = (tmp_path / "out" / "playlist.m3u8").read_text().splitlines()
    assert [line for line in playlist if not line.startswith("#")] == names
    failures = json.loads((tmp_path / "out" / "failures.json").read_text())["failures"]
    assert {(each["position"], each["code"]) for each in failures} == FIVE
    for name in names:
        tags = MP4(tmp_path / "out" / name)
        assert f"{tags['©ART'][0]} - {tags['©nam'][0]}.m4a" == name[3:]
