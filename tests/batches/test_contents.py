"""What a batch's archive holds: names, playlist, failures."""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile
from collections.abc import AsyncIterator

import pytest

from models.audio import AudioFormat
from models.batch import BatchKind
from models.errors import BatchNotFinished, JobNotFound, StorageFailed
from models.ids import JobId
from models.job import JobState
from models.music import ArtistRef, Playlist, PlaylistItem, UnavailableItem
from services.archive import Archive
from services.batches.contents import FORBIDDEN, safe_name
from tests.support.batches import Plant, no_match, song, sound, spotify_id
from tests.support.wait import wait_for

LIST_ID = spotify_id(777)


async def zipped(archive: Archive) -> zipfile.ZipFile:
    stream: AsyncIterator[bytes] = archive.stream()
    data = b"".join([chunk async for chunk in stream])
    assert len(data) == archive.size_bytes
    read = zipfile.ZipFile(io.BytesIO(data))
    assert read.testzip() is None
    return read


async def finished(plant: Plant, playlist: Playlist) -> JobId:
    batch = await plant.service.of_link(plant.catalog.add(playlist), AudioFormat.M4A)
    return (await plant.ended(batch.id)).id


async def test_files_playlist_and_failures(plant: Plant) -> None:
    plant.pipeline.failing[spotify_id(2)] = no_match()
    playlist = Playlist(
        id=LIST_ID,
        name="Été / 夏\n2026",
        items=tuple(
            PlaylistItem(position=place, track=song(number)) for place, number in ((0, 1), (1, 2), (3, 3), (5, 1))
        ),
        unavailable=(
            UnavailableItem(position=2, reason="local_file", name="Demo tape"),
            UnavailableItem(position=4, reason="episode"),
        ),
        total=6,
    )
    batch_id = await finished(plant, playlist)
    batch = await plant.batch(batch_id)
    assert (batch.tracks.total, batch.tracks.done, batch.tracks.failed) == (5, 2, 3)
    archive = await plant.service.archive(batch_id)
    assert archive.name == "Été / 夏\n2026.zip"
    with await zipped(archive) as read:
        first, third = "01 Björk, 椎名林檎 - Song 1.m4a", "04 Björk, 椎名林檎 - Song 3.m4a"
        assert read.namelist() == [first, third, "playlist.m3u8", "failures.json"]
        assert read.read(first) == sound(spotify_id(1))
        assert read.read("playlist.m3u8").decode().splitlines() == [
            "#EXTM3U",
            "#PLAYLIST:Été / 夏 2026",
            "#EXTINF:200,Björk, 椎名林檎 - Song 1",
            first,
            "#EXTINF:200,Björk, 椎名林檎 - Song 3",
            third,
            "#EXTINF:200,Björk, 椎名林檎 - Song 1",
            first,
        ]
        told = json.loads(read.read("failures.json"))
    assert told["batch_id"] == batch_id
    assert told["source"] == {"kind": BatchKind.PLAYLIST.value, "id": LIST_ID, "name": "Été / 夏\n2026"}
    assert told["done"] == 2
    assert [(each["position"], each["code"], each["reason"], each["title"]) for each in told["failures"]] == [
        (1, "no_match", None, "Song 2"),
        (2, "row_unavailable", "local_file", "Demo tape"),
        (4, "row_unavailable", "episode", None),
    ]


async def test_ids_alone_get_their_names_from_the_files(plant: Plant) -> None:
    batch_id = await plant.ask(7, 8)
    await plant.ended(batch_id)
    archive = await plant.service.archive(batch_id)
    assert archive.name == "tracks.zip"
    with await zipped(archive) as read:
        assert read.namelist()[:2] == ["01 An Artist - Title 7.m4a", "02 An Artist - Title 8.m4a"]
        assert "#PLAYLIST" not in read.read("playlist.m3u8").decode()


async def test_names_that_are_no_names(plant: Plant) -> None:
    titles = ["../../etc/passwd", "a\\b:c*?", "CON", "x" * 600, "", "\u202eexe.m4a\u200f", "same", "Same", "椎" * 300]
    playlist = Playlist(
        id=LIST_ID,
        name="Odd",
        items=tuple(
            PlaylistItem(position=place, track=song(place, name=title, artists=(ArtistRef(id=None, name="A/B"),)))
            for place, title in enumerate(titles)
        ),
        total=len(titles),
    )
    batch_id = await finished(plant, playlist)
    with await zipped(await plant.service.archive(batch_id)) as read:
        names = read.namelist()
    assert len({name.casefold() for name in names}) == len(titles) + 2
    for name in names:
        assert not set(name) & FORBIDDEN
        assert len(name.encode()) <= 255
        assert not any(unicodedata.category(char)[0] == "C" for char in name)
        assert not name.startswith(".")
    assert names[0] == "01 A_B - .._.._etc_passwd.m4a"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Song", "Song"),
        (" ..Song.. ", "Song"),
        ("a\tb\nc", "a b c"),
        ("AC/DC", "AC_DC"),
        ("...", "_"),
        ("", "_"),
        ("e\u0301", "é"),
        ("椎" * 100, "椎" * 60),
    ],
)
def test_safe_names(text: str, safe: str) -> None:
    assert safe_name(text) == safe


async def test_files_that_are_gone_are_named(plant: Plant) -> None:
    batch_id = await plant.ask(1, 2, 3)
    await plant.ended(batch_id)
    await plant.storage.delete((await plant.put(1)).name)
    damaged = await plant.put(3)
    plant.storage.path_for(damaged.name).write_bytes(b"damaged")
    with await zipped(await plant.service.archive(batch_id)) as read:
        assert read.namelist() == ["02 An Artist - Title 2.m4a", "playlist.m3u8", "failures.json"]
        told = json.loads(read.read("failures.json"))
    assert told["done"] == 1
    assert [(each["position"], each["code"], each["retryable"]) for each in told["failures"]] == [
        (0, "media_not_found", True),
        (2, "media_not_found", True),
    ]


async def test_a_file_that_goes_in_between_breaks_the_transfer_off(plant: Plant) -> None:
    batch_id = await plant.ask(1, 2)
    await plant.ended(batch_id)
    archive = await plant.service.archive(batch_id)
    await plant.storage.delete((await plant.put(2)).name)
    stream = archive.stream()
    assert await anext(stream)
    with pytest.raises(StorageFailed):
        [chunk async for chunk in stream]


async def test_a_failure_that_has_come_good_since_is_no_failure(plant: Plant) -> None:
    plant.pipeline.failing[spotify_id(2)] = no_match()
    batch_id = await plant.ask(1, 2)
    await plant.ended(batch_id)
    await plant.put(2)
    with await zipped(await plant.service.archive(batch_id)) as read:
        assert len(read.namelist()) == 4
        assert json.loads(read.read("failures.json"))["failures"] == []


async def test_not_before_the_end(plant: Plant) -> None:
    plant.pipeline.hold(2, 3)
    batch_id = await plant.ask(1, 2, 3)
    with pytest.raises(BatchNotFinished):
        await plant.service.archive(batch_id)
    with pytest.raises(JobNotFound):
        await plant.service.archive(JobId("batch-0"))
    await plant.told(batch_id, running=2)
    await plant.service.cancel(batch_id)
    assert (await plant.ended(batch_id)).state is JobState.CANCELLED
    await wait_for(lambda: plant.pipeline.at_once == 0)
    with await zipped(await plant.service.archive(batch_id)) as read:
        assert read.namelist() == ["01 An Artist - Title 1.m4a", "playlist.m3u8", "failures.json"]
        told = json.loads(read.read("failures.json"))
    assert [each["code"] for each in told["failures"]] == ["job_cancelled"] * 2
