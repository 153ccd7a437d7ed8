"""A running stand-in with a few uploads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from _local.sandbox.youtube import Sound, YouTubeStandIn, default_sound

from .support import Browser, upload

UPLOADS = (
    upload(1, artists=("Some Band", "Guest"), album="Aurora", explicit=True, views=5_500_000, tags=("USFZ22751050",)),
    upload(2, title="Northern Lights (Official Video)", kind="OMV", channel="SomeBandVEVO", views=90_000_000),
    upload(3, title="Northern Lights LIVE Some Band", kind="UGC", channel="fan", artists=(), views=120_000_000),
    upload(4, title="Something else", artists=("Another",), channel="Another - Topic", greyed_out=True),
    upload(5, title="Quiet", silent=True),
    upload(6, title="Broken", spoilt=True),
    upload(7, title="Short", sound_s=4),
    upload(8, title="Long", duration_s=61, melody="vid00000001"),
)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return default_sound(tmp_path_factory.mktemp("sound"))


@pytest.fixture
async def stand_in(tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[YouTubeStandIn]:
    async with YouTubeStandIn(UPLOADS, sound, folder=tmp_path) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.ca_file))
        yield running


@pytest.fixture
async def browser(stand_in: YouTubeStandIn) -> AsyncIterator[Browser]:
    async with Browser(stand_in) as running:
        yield running
