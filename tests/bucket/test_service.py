"""From a finished song to the bucket and back, whatever happens in between."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from _local.sandbox.github import GitHubStandIn
from models.audio import AudioFormat
from models.bucket import BucketKind, BucketPlace
from models.errors import BucketRefused, BucketUnreachable, MediaNotReady
from models.ids import RecordingKey
from services.bucket.books import audio_id
from services.bucket.folder import FolderBucket
from services.bucket.github_client import blob_id
from services.store.mongo import MongoDatabase
from tests.support.bucket import QUICK, REPOSITORY, TOKEN, Shelf, github_bucket, shelf, song, song_bytes, song_id
from tests.support.wait import wait_for


@pytest.fixture
async def one(tmp_path: Path, database: MongoDatabase, github: GitHubStandIn) -> AsyncIterator[Shelf]:
    async with shelf(tmp_path / "home", database, github_bucket(github.url)) as made:
        yield made


@pytest.fixture
async def still(tmp_path: Path, database: MongoDatabase, github: GitHubStandIn) -> AsyncIterator[Shelf]:
    """A shelf whose background work does not run yet."""
    async with shelf(tmp_path / "home", database, github_bucket(github.url), started=False) as made:
        yield made


def songs(github: GitHubStandIn) -> dict[str, bytes]:
    """What lies in the repository, by track id."""
    repository = github.repositories[REPOSITORY]
    return {
        path.rpartition("/")[2].partition("-")[0]: repository.content(path) or b""
        for path in repository.paths()
        if path != "README.md"
    }


async def read(one: Shelf, number: int) -> bytes | None:
    """The song as a client would get it from this server."""
    audio = await one.library.by_name(song(number).name)
    opened = None if audio is None else await one.library.open(audio)
    if opened is None:
        return None
    try:
        return b"".join([chunk async for chunk in opened.read()])
    finally:
        opened.close()


async def test_a_finished_song_comes_to_the_bucket(one: Shelf, github: GitHubStandIn) -> None:
    audio = await one.finish(1)
    assert await read(one, 1) == song_bytes(1), "it is served at once"
    await wait_for(lambda: one.is_placed(1))
    assert songs(github) == {song_id(1): song_bytes(1)}
    placed = await one.known(1)
    assert placed is not None
    assert placed.bucket_version == blob_id(song_bytes(1))
    assert placed.bucket_url is not None
    assert replace(placed, bucket_key=None, bucket_url=None, bucket_version=None) == audio
    await wait_for(one.is_idle)
    assert one.stat("uploaded") == 1
    assert one.stat("uploaded_bytes") == len(song_bytes(1))


async def test_songs_finished_before_there_was_a_bucket(still: Shelf, github: GitHubStandIn) -> None:
    for number in range(3):
        audio = await still.finish(number)
        await still.outbox.done(await still.outbox.get(audio_id(audio)))  # type: ignore[arg-type]  # fmt: skip
    assert await still.is_idle()
    still.service.start()
    await wait_for(lambda: len(songs(github)) == 3)


async def test_a_bucket_that_is_down_delays_nothing(one: Shelf, github: GitHubStandIn) -> None:
    port = github.port
    await github.stop()
    for number in range(3):
        await one.finish(number)
        assert await read(one, number) == song_bytes(number)
    await wait_for(lambda: one.service.stats()["state"] == "paused")
    assert one.service.stats()["reason"] == "bucket_unreachable"
    assert await one.service.waiting() == 3
    await github.start(port=port)
    await wait_for(lambda: len(songs(github)) == 3)
    await wait_for(lambda: one.service.stats()["state"] == "idle")
    assert one.service.stats()["reason"] is None


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "bucket_refused"), (403, "bucket_refused"), (404, "bucket_refused")]
)
async def test_a_revoked_token_is_a_clear_state_and_ends(
    one: Shelf, github: GitHubStandIn, status: int, reason: str
) -> None:
    fault = github.fail(status=status, message="Bad credentials", times=1_000_000)
    await one.finish(1)
    await wait_for(lambda: one.service.stats()["reason"] == reason)
    assert one.stat("upload_failures") > 0
    assert await read(one, 1) == song_bytes(1)
    fault.times = 0
    await wait_for(lambda: one.is_placed(1))


async def test_a_death_between_the_upload_and_its_note(
    still: Shelf, github: GitHubStandIn, tmp_path: Path, database: MongoDatabase
) -> None:
    audio = await still.finish(1)
    items = await still.service._uploader._packer.pack(await still.outbox.due(still.service._home, _now(), 9))
    await still.bucket.put([item.upload for item in items])
    await still.service.close()
    async with shelf(tmp_path / "home", database, github_bucket(github.url)) as again:
        await wait_for(lambda: again.is_placed(1))
        assert again.stat("uploaded") == 0
        await wait_for(lambda: again.stat("found_in_bucket") == 1)
    assert github.count("PUT") == 1
    assert songs(github) == {audio.track_id: song_bytes(1)}


async def test_a_better_song_replaces_the_former_one(one: Shelf, github: GitHubStandIn) -> None:
    await one.finish(1)
    await wait_for(lambda: one.is_placed(1))
    await one.finish(1, b"the right video")
    await wait_for(lambda: songs(github) == {song_id(1): b"the right video"})
    await wait_for(one.is_idle)
    assert one.stat("removed") == 1
    assert await read(one, 1) == b"the right video"


async def test_a_song_replaced_while_it_is_on_its_way(one: Shelf, github: GitHubStandIn) -> None:
    github.write_s = 0.3
    await one.finish(1)
    await wait_for(lambda: github.writing)
    await one.finish(1, b"the right video")
    await wait_for(one.is_idle)
    assert songs(github) == {song_id(1): b"the right video"}
    known = await one.known(1)
    assert known is not None
    assert known.bucket_version == blob_id(b"the right video")


async def test_a_song_that_comes_back_is_not_removed(still: Shelf, github: GitHubStandIn) -> None:
    for data in (None, b"another video", None):
        await still.finish(1, data)
    still.service.start()
    await wait_for(still.is_idle)
    assert songs(github) == {song_id(1): song_bytes(1)}
    await still.finish(1, b"another video")
    await wait_for(lambda: songs(github) == {song_id(1): b"another video"})
    await still.finish(1)
    await wait_for(still.is_idle)
    assert songs(github) == {song_id(1): song_bytes(1)}
    assert await still.is_placed(1)


async def test_a_forgotten_song_leaves_the_bucket(one: Shelf, github: GitHubStandIn) -> None:
    await one.finish(1)
    await wait_for(lambda: one.is_placed(1))
    audio = await one.known(1)
    assert audio is not None
    await one.library.forget(audio)
    await wait_for(lambda: songs(github) == {})
    assert one.local_names() == set()
    assert await read(one, 1) is None


async def test_a_song_deleted_before_its_upload(still: Shelf, github: GitHubStandIn) -> None:
    await still.finish(1)
    await still.finish(2)
    still.storage.path_for(song(1).name).unlink()
    still.service.start()
    await wait_for(lambda: still.is_placed(2))
    await wait_for(still.is_idle)
    assert still.stat("missing_files") == 1
    assert await still.known(1) is None, "the next wish fetches it anew"
    assert set(songs(github)) == {song_id(2)}


async def test_a_damaged_song_never_comes_to_the_bucket(still: Shelf, github: GitHubStandIn) -> None:
    await still.finish(1)
    await still.finish(2)
    _damage(still, 1)
    still.service.start()
    await wait_for(still.is_idle)
    assert still.stat("corrupted_files") == 1
    assert await still.known(1) is None
    assert song(1).name not in still.local_names()
    assert set(songs(github)) == {song_id(2)}


async def test_a_damaged_song_is_mended_from_the_bucket(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    async with shelf(tmp_path / "home", database, github_bucket(github.url), max_bytes=1) as one:
        opened = None
        await one.finish(1)
        opened = await one.storage.open(song(1).name)
        await wait_for(lambda: one.is_placed(1))
        _damage(one, 1)
        assert opened is not None
        opened.close()
        await wait_for(lambda: one.stat("corrupted_files") == 1)
        assert await read(one, 1) == song_bytes(1)


async def test_a_file_that_just_changed_is_looked_at_again(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    timing = replace(QUICK, settle_s=0.5)
    async with shelf(tmp_path / "home", database, github_bucket(github.url), timing=timing, started=False) as one:
        audio = await one.finish(1)
        path = one.storage.path_for(audio.name)
        # A newer file has come to its place, and its document is about to follow.
        (one.home / "newer").write_bytes(b"the right video")
        (one.home / "newer").replace(path)
        one.service.start()
        await wait_for(lambda: _postponed(one, 1))
        assert one.stat("corrupted_files") == 0
        await one.finish(1, b"the right video")
        await wait_for(lambda: songs(github) == {song_id(1): b"the right video"})


@pytest.mark.parametrize("break_it", ["rewrite", "empty", "damage"])
async def test_what_the_bucket_lost_is_uploaded_again(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn, break_it: str
) -> None:
    timing = replace(QUICK, audit_every_s=0.2)
    async with shelf(tmp_path / "home", database, github_bucket(github.url), timing=timing) as one:
        for number in range(5):
            await one.finish(number)
        await wait_for(lambda: len(songs(github)) == 5)
        await wait_for(one.is_idle)
        repository = github.repositories[REPOSITORY]
        if break_it == "rewrite":
            github.rewrite(REPOSITORY, {"README.md": b"gone"})
        elif break_it == "empty":
            github.empty(REPOSITORY)
        else:
            path = next(path for path in repository.paths() if path != "README.md")
            github.rewrite(REPOSITORY, {**{name: repository.content(name) or b"" for name in repository.paths()},
                                        path: b"other"})  # fmt: skip
        expected = {song_id(number): song_bytes(number) for number in range(5)}
        assert songs(github) != expected
        await wait_for(lambda: songs(github) == expected)
        assert one.stat("lost_in_bucket") == (1 if break_it == "damage" else 5)


async def test_what_the_bucket_lost_and_nobody_has_is_forgotten(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    github.create("somebody/private", token=TOKEN, private=True)
    async with shelf(tmp_path / "home", database, github_bucket(github.url, "somebody/private"), max_bytes=0) as one:
        await one.finish(1)
        await wait_for(lambda: not one.local_names())
        github.empty("somebody/private")
        assert await read(one, 1) is None
        assert await one.known(1) is None
        assert one.stat("lost_in_bucket") == 1


async def test_a_listing_that_is_wrong_for_a_moment_is_not_believed(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    timing = replace(QUICK, audit_confirm_s=0.5)
    async with shelf(tmp_path / "home", database, github_bucket(github.url)) as one:
        await one.finish(1)
        await wait_for(one.is_idle)
    git = github.repositories[REPOSITORY].git
    head = git.branches["main"]
    git.branches["main"] = git.commits[head].parents[0]
    async with shelf(tmp_path / "home", database, github_bucket(github.url), timing=timing) as one:
        await wait_for(lambda: one.service._uploader._audit._suspects)
        git.branches["main"] = head
        await wait_for(lambda: not one.service._uploader._audit._suspects)
        assert await one.is_placed(1)
        assert one.stat("lost_in_bucket") == 0


async def test_one_song_that_the_bucket_will_not_have(still: Shelf, github: GitHubStandIn) -> None:
    bad = await still.finish(1)
    for number in range(2, 9):
        await still.finish(number)
    still.bucket.max_file_bytes = len(song_bytes(1)) - 1  # type: ignore[misc]
    still.service.start()
    await wait_for(lambda: still.stat("refused_files") == 8)
    assert songs(github) == {}
    entry = await still.outbox.get(audio_id(bad))
    assert entry is not None
    assert entry.error == "bucket_file_refused"
    assert await read(still, 1) == song_bytes(1)


async def test_a_song_that_github_chokes_on_lets_the_others_pass(still: Shelf, github: GitHubStandIn) -> None:
    for number in range(3):
        await still.finish(number)
    path = f"/contents/{song(0).sha256[:2]}/{song_id(0)}"
    github.fail(method="PUT", path=path, status=413, message="too large", times=1000)
    still.service.start()
    await wait_for(lambda: set(songs(github)) == {song_id(1), song_id(2)})
    entry = await still.outbox.get(audio_id(song(0)))
    assert entry is not None
    assert still.stat("refused_files") == 1


@pytest.mark.parametrize("seed", range(2))
async def test_random_trouble_ends_well(one: Shelf, github: GitHubStandIn, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        github.fail(
            method=chance.choice(["", "PUT", "POST", "PATCH", "GET"]),
            status=chance.choice([500, 502, 403, 401, 409, 422, 404]),
            message=chance.choice(["Oops", "You have exceeded a secondary rate limit."]),
            headers=chance.choice([{}, {"Retry-After": "0"}]) | {"Retry-After": "0.05"},
            after=chance.random() < 0.5,
            cut=chance.random() < 0.2,
            times=chance.randint(1, 2),
        )
    for number in range(8):
        await one.finish(number)
    await wait_for(one.is_idle, deadline_s=60)
    assert songs(github) == {song_id(number): song_bytes(number) for number in range(8)}
    for number in range(8):
        known = await one.known(number)
        assert known is not None
        assert known.bucket_version == blob_id(song_bytes(number))


async def test_two_disks_share_a_bucket(tmp_path: Path, database: MongoDatabase, github: GitHubStandIn) -> None:
    github.create("somebody/private", token=TOKEN, private=True)
    name = "somebody/private"
    async with (
        shelf(tmp_path / "a", database, github_bucket(github.url, name)) as one,
        shelf(tmp_path / "b", database, github_bucket(github.url, name)) as two,
    ):
        for number in range(4):
            await (one if number % 2 else two).finish(number)
        await wait_for(one.is_idle)
        assert (await one.known(0)) != song(0)
        for number in range(4):
            assert await read(one, number) == await read(two, number) == song_bytes(number)
        assert one.stat("restored") == two.stat("restored") == 2
        assert github.most_writing == 1


async def test_a_song_on_another_disk_is_waited_for(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    async with (
        shelf(tmp_path / "a", database, github_bucket(github.url), started=False) as one,
        shelf(tmp_path / "b", database, github_bucket(github.url)) as two,
    ):
        audio = await one.finish(1)
        for look_up in (
            two.library.by_name(audio.name),
            two.library.by_track(audio.track_id, audio.format),
            two.library.by_recording(audio.recording_key, audio.format),
        ):
            with pytest.raises(MediaNotReady):
                await look_up
        assert await two.library.by_tracks([audio.track_id], audio.format) == {}
        assert await two.known(1) == audio
        one.service.start()
        await wait_for(lambda: one.is_placed(1))
        assert await two.library.by_name(audio.name) is not None


async def test_a_song_of_a_lost_machine_is_fetched_anew(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    async with (
        shelf(tmp_path / "a", database, github_bucket(github.url), started=False) as one,
        shelf(tmp_path / "b", database, github_bucket(github.url), started=False) as two,
    ):
        audio = await one.finish(1)
        entry = await one.outbox.get(audio_id(audio))
        assert entry is not None
        await one.outbox.add(replace(entry, created_at=entry.created_at - timedelta(hours=2)))
        assert await two.library.by_name(audio.name) is None
        assert two.library.missing == 1
        await two.finish(1)
        two.service.start()
        await wait_for(lambda: songs(github) == {song_id(1): song_bytes(1)})


async def test_a_song_that_takes_the_name_of_another_recording(one: Shelf, github: GitHubStandIn) -> None:
    await one.finish(1)
    await wait_for(lambda: one.is_placed(1))
    work = await one.storage.work_folder("job")
    (work / "file").write_bytes(b"the right video")
    await one.library.keep(work / "file", replace(song(1, b"the right video"), recording_key=RecordingKey("isrc-1")))
    await wait_for(lambda: songs(github) == {song_id(1): b"the right video"})
    await wait_for(one.is_idle)


async def test_a_writer_that_stopped_lets_the_next_one_in(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    timing = replace(QUICK, lease_s=3600.0)
    for number in range(3):
        async with shelf(tmp_path / "home", database, github_bucket(github.url), timing=timing) as one:
            await one.finish(number)
            await wait_for(lambda number=number: one.is_placed(number))  # type: ignore[misc]
    assert len(songs(github)) == 3


async def test_an_unmounted_folder_is_not_taken_for_an_empty_one(tmp_path: Path, database: MongoDatabase) -> None:
    folder = tmp_path / "nas"
    folder.mkdir()
    place = BucketPlace(kind=BucketKind.FOLDER, name=str(folder))
    async with shelf(tmp_path / "home", database, FolderBucket(place=place), max_bytes=0) as one:
        await one.finish(1)
        await wait_for(lambda: not one.local_names())
        folder.rename(tmp_path / "unplugged")
        with pytest.raises(BucketUnreachable):
            await read(one, 1)
        assert one.stat("restore_failures") == 1
        (tmp_path / "unplugged").rename(folder)
        assert await read(one, 1) == song_bytes(1)


async def test_a_token_revoked_when_a_song_is_fetched_back(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    github.create("somebody/private", token=TOKEN, private=True)
    async with shelf(tmp_path / "home", database, github_bucket(github.url, "somebody/private"), max_bytes=0) as one:
        await one.finish(1)
        await wait_for(lambda: not one.local_names())
        github.grant("another", "somebody/private")
        github.revoke(TOKEN)
        with pytest.raises(BucketRefused):
            await read(one, 1)
        assert await one.known(1) is not None, "nothing was learnt, so nothing is forgotten"
        github.grant(TOKEN, "somebody/private")
        assert await read(one, 1) == song_bytes(1)


async def test_another_kind_of_bucket_takes_over(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    async with shelf(tmp_path / "home", database, github_bucket(github.url)) as one:
        await one.finish(1)
        await wait_for(lambda: one.is_placed(1))
    folder = tmp_path / "nas"
    folder.mkdir()
    bucket = FolderBucket(place=BucketPlace(kind=BucketKind.FOLDER, name=str(folder)))
    async with shelf(tmp_path / "home", database, bucket) as one:
        await one.finish(2)
        await wait_for(lambda: len(list(folder.glob("*/*"))) == 2)
        await wait_for(one.is_idle)
        audio = await one.known(1)
        assert audio is not None
        assert one.service.holds(audio)
        assert await read(one, 1) == song_bytes(1)


async def test_each_format_is_a_file_of_its_own(one: Shelf, github: GitHubStandIn) -> None:
    for audio_format in (AudioFormat.M4A, AudioFormat.OPUS):
        audio = song(1, b"as " + audio_format.value.encode(), audio_format)
        work = await one.storage.work_folder("job")
        (work / audio.name).write_bytes(b"as " + audio_format.value.encode())
        await one.library.keep(work / audio.name, audio)
    await wait_for(one.is_idle)
    assert sorted(path.rpartition(".")[2] for path in github.repositories[REPOSITORY].paths()) == ["m4a", "md", "opus"]


def _damage(one: Shelf, number: int) -> None:
    """Another byte somewhere, the size as before, as bad disks do."""
    path = one.storage.path_for(song(number).name)
    status = path.stat()
    with path.open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


async def _postponed(one: Shelf, number: int) -> bool:
    entry = await one.outbox.get(audio_id(song(number)))
    return entry is not None and entry.error == "file_changed"


def _now() -> datetime:
    return datetime.now(UTC)
