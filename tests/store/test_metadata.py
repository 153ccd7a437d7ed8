"""The contract of `MetadataStore`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models.music import Artist, Kind, Resource
from services.store.base import MetadataStore
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, Clock, album, playlist, spotify_id, track
from tests.support.wait import wait_for

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: MongoDatabase, clock: Clock) -> MetadataStore:
    return MongoMetadataStore(database, clock=clock)


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        (Kind.TRACK, track()),
        (Kind.TRACK, track(isrc=None, popularity=None, artists=(), album=None, explicit=True, is_playable=False)),
        (Kind.ALBUM, album(3)),
        (Kind.PLAYLIST, playlist(2)),
        (Kind.PLAYLIST, playlist(0)),
        (Kind.ARTIST, Artist(id=spotify_id(900), name="Björk", genres=("pop",), total_albums=0)),
    ],
)
async def test_a_resource_comes_back_as_it_was(store: MetadataStore, kind: Kind, resource: Resource) -> None:
    await store.put(kind, resource, NOW, LATER)
    fetched = await store.get(kind, resource.id)
    assert fetched is not None
    assert fetched.resource == resource
    assert fetched.fetched_at == NOW


async def test_what_was_never_kept_is_absent(store: MetadataStore) -> None:
    assert await store.get(Kind.TRACK, spotify_id(5)) is None


async def test_kinds_do_not_mix(store: MetadataStore) -> None:
    await store.put(Kind.TRACK, track(1), NOW, LATER)
    assert await store.get(Kind.ALBUM, spotify_id(1)) is None


async def test_put_replaces_all_of_it(store: MetadataStore) -> None:
    await store.put(Kind.TRACK, track(1), NOW, LATER)
    newer = replace(track(1), name="New", isrc=None)
    await store.put(Kind.TRACK, newer, NOW + timedelta(seconds=5), LATER)
    fetched = await store.get(Kind.TRACK, spotify_id(1))
    assert fetched is not None
    assert fetched.resource == newer
    assert fetched.fetched_at == NOW + timedelta(seconds=5)


async def test_documents_read_well(store: MetadataStore, database: MongoDatabase) -> None:
    await store.put(Kind.TRACK, track(1), NOW, LATER)
    document = await database.collection("tracks").find_one({"_id": spotify_id(1)})
    assert document is not None
    assert document["fetched_at"] == NOW
    assert document["expires_at"] == LATER
    assert document["artists"][0]["name"] == "Björk"
    assert "preview_url" not in document


async def test_an_expired_document_is_not_given_though_it_is_there(
    store: MetadataStore, database: MongoDatabase, clock: Clock
) -> None:
    await store.put(Kind.TRACK, track(1), NOW, LATER)
    assert await store.get(Kind.TRACK, spotify_id(1)) is not None
    clock.now = LATER
    assert await store.get(Kind.TRACK, spotify_id(1)) is None
    assert await database.collection("tracks").count({}) == 1


async def test_the_server_removes_expired_documents_and_keeps_the_counts(
    store: MetadataStore, database: MongoDatabase
) -> None:
    long_ago = NOW.replace(year=2001)
    await store.put(Kind.PLAYLIST, playlist(1001), long_ago, long_ago)
    await store.put(Kind.TRACK, track(1), long_ago, long_ago)
    await store.put(Kind.TRACK, track(2), NOW, LATER)
    await store.count(Kind.TRACK, {spotify_id(1): 3})

    async def gone() -> bool:
        counts = [await database.collection(name).count({}) for name in ("playlists", "list_parts", "tracks")]
        return counts == [0, 0, 1]

    await wait_for(gone, deadline_s=150, what="the TTL monitor's round")
    assert await store.get(Kind.TRACK, spotify_id(2)) is not None
    assert await store.counts(Kind.TRACK, spotify_id(1)) == (3, 0)


async def test_counts_add_up(store: MetadataStore) -> None:
    assert await store.counts(Kind.TRACK, spotify_id(1)) == (0, 0)
    await store.count(Kind.TRACK, {spotify_id(1): 2, spotify_id(2): 1})
    await store.count(Kind.TRACK, {spotify_id(1): 5})
    await store.count(Kind.ALBUM, {spotify_id(1): 9})
    await store.count_downloads({spotify_id(1): 4})
    await store.count(Kind.TRACK, {})
    assert await store.counts(Kind.TRACK, spotify_id(1)) == (7, 4)
    assert await store.counts(Kind.TRACK, spotify_id(2)) == (1, 0)
    assert await store.counts(Kind.ALBUM, spotify_id(1)) == (9, 0)


async def test_counts_made_side_by_side_are_exact(store: MetadataStore) -> None:
    both = {spotify_id(1): 1, spotify_id(2): 2}
    await asyncio.gather(
        *(store.count(Kind.TRACK, both) for _ in range(50)), *(store.count_downloads(both) for _ in range(50))
    )
    assert await store.counts(Kind.TRACK, spotify_id(1)) == (50, 50)
    assert await store.counts(Kind.TRACK, spotify_id(2)) == (100, 100)


async def test_a_long_list_is_kept_whole_in_documents_of_bounded_size(
    store: MetadataStore, database: MongoDatabase
) -> None:
    long = playlist(10_000)
    await store.put(Kind.PLAYLIST, long, NOW, LATER)
    fetched = await store.get(Kind.PLAYLIST, long.id)
    assert fetched is not None
    assert fetched.resource == long
    assert await database.collection("list_parts").count({}) == 9


async def test_a_replaced_long_list_leaves_nothing_behind(store: MetadataStore, database: MongoDatabase) -> None:
    await store.put(Kind.PLAYLIST, playlist(3001), NOW, LATER)
    await store.put(Kind.PLAYLIST, playlist(2001, name="Second"), NOW, LATER)
    assert await database.collection("list_parts").count({}) == 2
    fetched = await store.get(Kind.PLAYLIST, spotify_id(700))
    assert fetched is not None
    assert fetched.resource == playlist(2001, name="Second")
    await store.put(Kind.PLAYLIST, playlist(5), NOW, LATER)
    assert await database.collection("list_parts").count({}) == 0


async def test_readers_see_one_list_or_the_other_while_it_is_replaced(store: MetadataStore) -> None:
    versions = [playlist(1200, name="a"), playlist(1300, name="b")]
    await store.put(Kind.PLAYLIST, versions[0], NOW, LATER)

    async def write() -> None:
        for turn in range(1, 4):
            await store.put(Kind.PLAYLIST, versions[turn % 2], NOW, LATER)

    writer = asyncio.create_task(write())
    seen = 0
    while not writer.done():
        fetched = await store.get(Kind.PLAYLIST, spotify_id(700))
        if fetched is not None:
            assert fetched.resource in versions
            seen += 1
    await writer
    assert seen


async def test_a_list_whose_parts_are_lost_counts_as_absent(store: MetadataStore, database: MongoDatabase) -> None:
    await store.put(Kind.PLAYLIST, playlist(1500), NOW, LATER)
    await database.collection("list_parts").delete({})
    assert await store.get(Kind.PLAYLIST, spotify_id(700)) is None


async def test_a_document_of_another_shape_counts_as_absent(store: MetadataStore, database: MongoDatabase) -> None:
    await database.collection("tracks").put_many(
        [{"_id": spotify_id(1), "title": "from elsewhere", "fetched_at": NOW, "expires_at": LATER}]
    )
    assert await store.get(Kind.TRACK, spotify_id(1)) is None
