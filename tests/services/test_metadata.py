"""Ready answers: built once for all who wait, dropped when audio comes or goes, within their memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from models.audio import StoredAudio
from models.ids import SpotifyId
from models.links import SpotifyRef
from models.music import Kind, Resource
from models.settings import Settings
from services.cache.memory import MemoryCache
from services.counters import UsageCounter
from services.metadata import MetadataService, ReadyAnswer
from services.resources import ResourceService
from services.store.downloads import MongoDownloadStore
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from services.tasks import TaskGroup
from tests.support.spotify import catalog_at, list_of, sid

TRACK = SpotifyRef(kind=Kind.TRACK, id=sid("Tr", 1))
ALBUM = SpotifyRef(kind=Kind.ALBUM, id=sid("Al", 1))


@dataclass
class Desk:
    """A service that counts how often it renders."""

    metadata: MetadataService
    renders: int = 0
    during: list[SpotifyId] = field(default_factory=list)
    """Tracks whose audio comes while the next answer is rendered."""

    def render(self, resource: Resource, stored: Mapping[SpotifyId, StoredAudio]) -> bytes:
        self.renders += 1
        for track_id in self.during:
            self.metadata.forget_track(track_id)
        return f'{{"id":"{resource.id}","padding":"{"x" * 1000}"'.encode()

    async def ask(self, ref: SpotifyRef, variant: str = "") -> ReadyAnswer:
        return (await self.metadata.answer(ref, variant, self.render))[0]


@asynccontextmanager
async def desk(database: MongoDatabase, max_bytes: int = 1_000_000) -> AsyncIterator[Desk]:
    tasks = TaskGroup("test")
    store = MongoMetadataStore(database)
    async with list_of(30) as spotify, catalog_at(spotify) as catalog:
        resources = ResourceService(
            catalog=catalog, store=store, cache=MemoryCache(1_000_000), settings=Settings.from_env({}), tasks=tasks
        )
        yield Desk(
            MetadataService(
                resources=resources,
                downloads=MongoDownloadStore(database),
                usage=UsageCounter(store),
                tasks=tasks,
                max_bytes=max_bytes,
            )
        )
        await resources.close()
        await tasks.close()


async def test_all_who_wait_share_one_rendering(database: MongoDatabase) -> None:
    async with desk(database) as here:
        answers = await asyncio.gather(*(here.ask(ALBUM) for _ in range(40)))
        assert here.renders == 1
        assert {answer.etag for answer in answers} == {answers[0].etag}
        assert answers[0].hits == 40


async def test_audio_that_comes_drops_the_answers_that_name_its_track(database: MongoDatabase) -> None:
    async with desk(database) as here:
        await here.ask(ALBUM)
        await here.ask(TRACK)
        here.metadata.forget_track(sid("Tr", 2))
        await here.ask(ALBUM)
        await here.ask(TRACK)
        assert here.renders == 3


async def test_an_answer_overtaken_while_it_was_built_is_not_kept(database: MongoDatabase) -> None:
    async with desk(database) as here:
        here.during = [sid("Tr", 2)]
        await here.ask(ALBUM)
        here.during = []
        await here.ask(ALBUM)
        assert here.renders == 2
        await here.ask(ALBUM)
        assert here.renders == 2


async def test_memory_is_bounded_and_the_least_used_goes_first(database: MongoDatabase) -> None:
    async with desk(database, max_bytes=4_500) as here:
        for variant in ("a", "b"):
            await here.ask(TRACK, variant)
        await here.ask(TRACK, "a")
        await here.ask(TRACK, "c")
        assert here.renders == 3
        await here.ask(TRACK, "a")
        assert here.renders == 3
        await here.ask(TRACK, "b")
        assert here.renders == 4
