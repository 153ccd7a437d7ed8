"""With an AcoustID key: audio known as another recording is refused; anything less lets it pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from _local.sandbox.acoustid import KEY, AcoustIdStandIn, known_as
from _local.sandbox.service import Sandbox
from services.audio.ffmpeg import Ffmpeg
from services.audio.fingerprint import Fingerprinter
from tests.match.support import Desk, upload_of
from tests.support import sound
from tests.support.house import open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

BAND = "The Quillback Parade"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acoustid() -> AsyncIterator[AcoustIdStandIn]:
    async with AcoustIdStandIn() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    sandbox: Sandbox, acoustid: AcoustIdStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    home = tmp_path_factory.mktemp("home")
    async with open_house(sandbox, home, ACOUSTID_API_KEY=KEY, ACOUSTID_API_HOST=acoustid.url) as house:
        yield Desk(house, sandbox)


async def test_a_fingerprint_is_the_sounds_own(tmp_path: Path) -> None:
    maker = Fingerprinter(ffmpeg=Ffmpeg())
    one, again, opus = tmp_path / "one.m4a", tmp_path / "again.m4a", tmp_path / "one.webm"
    for path, made in ((one, sound.m4a(20)), (again, sound.m4a(20)), (opus, sound.webm(20))):
        path.write_bytes(made.read_bytes())
    first = await maker.fingerprint(one)
    assert first is not None
    assert first == await maker.fingerprint(again)
    assert await maker.fingerprint(opus) is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.m4a", "one.m4a", "one.webm"]


async def test_what_has_no_sound_has_no_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "noise.m4a"
    path.write_bytes(b"nothing to hear" * 1000)
    assert await Fingerprinter(ffmpeg=Ffmpeg()).fingerprint(path) is None
    assert [each.name for each in tmp_path.iterdir()] == ["noise.m4a"]


async def test_known_as_another_song_it_is_refused_for_ever(desk: Desk, acoustid: AcoustIdStandIn) -> None:
    title = "Umbrella Arithmetic"
    track, best = desk.named(title), upload_of(BAND, title, "album audio")
    acoustid.answers.append([known_as("Nine Kinds of Drizzle", BAND), known_as("Ninefold Rain", "Opal Ferry")])
    served = await desk.served(track)
    assert served != best
    body = (await desk.match(track)).json
    assert body["rejected"] == {best: "audio_other_recording"}
    assert len(acoustid.asked) == 2
    duration_s, fingerprint = acoustid.asked[0]
    assert (duration_s, len(fingerprint) > 100) == (48, True)


@pytest.mark.parametrize(
    ("title", "results"),
    [
        ("Half a Moon in Debt", [known_as("Half a Moon in Debt", BAND)]),
        ("The Clockmaker's Parrot", [known_as("Something Else", "Somebody", score=0.7)]),
        ("Paper Lighthouse", [known_as("Something Else", "Somebody"), known_as("Paper Lighthouse", BAND)]),
    ],
)
async def test_anything_less_lets_it_pass(desk: Desk, acoustid: AcoustIdStandIn, title: str, results: list) -> None:  # type: ignore[type-arg]
    acoustid.answers.append(results)
    track = desk.named(title)
    assert await desk.served(track) == upload_of(BAND, title, "album audio")
    assert not acoustid.answers


@pytest.mark.parametrize(
    ("title", "fault"),
    [
        ("Salt on the Semaphore", {"status": 500}),
        ("Postcards from Perihelion", {"status": 429}),
        ("Nine Kinds of Drizzle", {"cut": True}),
    ],
)
async def test_its_failures_are_nobodys(
    desk: Desk, acoustid: AcoustIdStandIn, title: str, fault: dict[str, object]
) -> None:
    scripted = acoustid.fail(path="/v2/lookup", **fault)
    assert await desk.served(desk.named(title)) == upload_of(BAND, title, "album audio")
    assert scripted.times == 0


async def test_what_a_person_has_pinned_is_not_questioned(desk: Desk, acoustid: AcoustIdStandIn) -> None:
    track, live = desk.named("Paper Lighthouse", 1), upload_of(BAND, "Paper Lighthouse", "live")
    asked = len(acoustid.asked)
    await desk.pin(track, live)
    assert await desk.served(track) == live
    assert len(acoustid.asked) == asked


async def test_a_wrong_key_is_the_operators_trouble(
    sandbox: Sandbox, acoustid: AcoustIdStandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(sandbox, tmp_path, ACOUSTID_API_KEY="wrong", ACOUSTID_API_HOST=acoustid.url) as house:
        desk = Desk(house, sandbox)
        await desk.served(desk.named("Or"))
    told = [record for record in caplog.records if record.message == "acoustid_left_out"]
    assert len(told) == 1
    assert told[0].__dict__["facts"]["said"]["message"] == "invalid API key"
    assert "wrong" not in caplog.text
