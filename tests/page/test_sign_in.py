"""A server with keys: the page asks for one, once, and then everything works as ever."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from _local.sandbox.catalogue_examples import first_tries
from tests.page.house import House, World, open_world
from tests.page.links import ALBUM
from tests.page.selectors import ACT, AUDIO, PLAY, row, rows, state
from tests.page.test_code import DENO
from tests.support.browser import Page
from tests.support.wait import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "phone-secret-0001"
DIALOG = "document.querySelector('#sign-in').open"
SHOWN = "document.querySelectorAll('.row').length === 8"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_world(tmp_path_factory.mktemp("world"), API_KEYS=f"phone:{KEY}") as opened:
        yield opened


async def sign_in(page: Page, key: str = KEY) -> None:
    await page.until(DIALOG)
    await page.until("document.activeElement.id === 'key'")
    await page.call("Input.insertText", text=key)
    await page.press("Enter")


async def test_the_key_is_asked_for_once(house: House) -> None:
    async with house.page(ALBUM, faults=1) as page:
        await page.until(DIALOG)
        assert await page.eval("document.querySelector('.row') === null")
        await sign_in(page, "somebody-else's-key")
        await page.until("document.querySelector('#sign-in-problem').innerText === 'This key opens nothing here.'")
        assert await page.eval(DIALOG)
        # What was wrong is selected: typing replaces it.
        await sign_in(page)
        await page.until(f"!{DIALOG} && {SHOWN}")
        assert await page.text("#sign-out") == "Sign out phone"
        kept = await page.eval("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert KEY not in kept
        assert not await page.eval("document.cookie.includes('music_dl_session')"), "no script reads it"
        await page.reload()
        await page.until(SHOWN)
        assert not await page.eval(DIALOG)
        assert len(page.faults) == 1, "the wrong key, which Chromium reports by itself"
        assert KEY not in " ".join(page.requests)


async def test_progress_sound_and_archive_work_behind_it(house: House, downloads: Path) -> None:
    async with house.page(ALBUM) as page:
        await sign_in(page)
        await page.until(SHOWN)
        with house.slow(20_000):
            await page.click(f"{row(2)} {PLAY}")
            await page.until(f"{AUDIO}.currentTime > 0.2")
            assert await page.text("#player-note") == "Playing while it arrives"
        await page.until(state(2, "done"))
        assert "fetch" in {json.loads(frame).get("stage") for frame in page.heard}
        await page.until(f"{AUDIO}.seekable.end(0) === {AUDIO}.duration && {AUDIO}.currentTime > 0.2")

        await page.click("#all")
        await page.until(f"{rows('done')} === 8")
        await page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads), **page.context)
        await page.click("#zip")
        wanted = downloads / "Cartography for Sleepwalkers.zip"
        await wait_for(wanted.exists, what="the archive is saved")
        with zipfile.ZipFile(io.BytesIO(wanted.read_bytes())) as archive:
            assert archive.testzip() is None
            assert len([name for name in archive.namelist() if name.endswith(".m4a")]) == 8
        await page.click(f"{row(1)} {ACT}")
        await wait_for(lambda: [*downloads.glob("*Paper Lighthouse.m4a")], what="the file is saved")


async def test_a_session_that_ends_is_asked_for_again_where_one_is(house: House) -> None:
    # Chromium reports the refused requests by itself.
    async with house.page(ALBUM, faults=1000) as page:
        await sign_in(page)
        await page.until(SHOWN)
        # A format that nobody has asked for yet.
        await page.eval("document.querySelector('#format').value = 'opus'")
        await page.eval("document.querySelector('#format').dispatchEvent(new Event('change')) && 0")
        await page.call("Network.clearBrowserCookies")
        await page.click(f"{row(3)} {ACT}")
        await sign_in(page)
        await page.until(f"!{DIALOG}")
        await page.until(state(3, "done"))


async def test_signing_out(house: House) -> None:
    async with house.page(ALBUM) as page:
        await sign_in(page)
        await page.until(SHOWN)
        await page.click("#sign-out")
        await page.until(f"{DIALOG} && document.querySelector('.row') === null")


CLIENTS = Path(__file__).resolve().parents[2] / "docs" / "client"
TRACK = first_tries()[1]
# The first socket's ticket is none; the last argument tells whether to begin so.
SCRIPT = """
import { MusicClient } from %s;
const [base, track, key, spoiled] = Deno.args;
const music = new MusicClient(base, key);
try {
  const wish = await music.ask(track, "mp3");
  if (spoiled) wish.socket_url = wish.socket_url.replace(/ticket=.*/, "ticket=phone.1.spoiled");
  for await (const job of music.follow(wish)) console.log(job.state);
  console.log((await fetch((await music.ask(track, "mp3")).download_cdn)).status);
} catch (error) {
  console.log(error.code);
}
"""


async def run(*command: str, **environ: str) -> tuple[int | None, list[str]]:
    """How the program ended, and its lines."""
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": os.environ["PATH"], **environ}, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 180)
    return process.returncode, output.decode().splitlines()


async def test_the_python_client_takes_a_key(world: World, tmp_path: Path) -> None:
    client = (sys.executable, "-W", "error", str(CLIENTS / "client.py"), world.server.url, TRACK)
    code, lines = await run(*client, "--folder", str(tmp_path), MUSIC_DL_KEY=KEY)
    assert (code, lines[-1]) == (0, str(tmp_path / f"{TRACK}.m4a"))
    code, lines = await run(*client, "--folder", str(tmp_path), MUSIC_DL_KEY="somebody-else's-key")
    assert (code, lines) == (1, ["This key opens nothing here. (wrong_key)"])


@pytest.mark.parametrize(
    ("arguments", "last"), [((KEY,), "200"), ((KEY, "spoiled"), "200"), (("not-a-key-of-theirs",), "wrong_key")]
)
async def test_the_javascript_client_takes_a_key(
    world: World, tmp_path: Path, arguments: tuple[str, ...], last: str
) -> None:
    script = tmp_path / "run.mjs"
    script.write_text(SCRIPT % json.dumps((CLIENTS / "client.mjs").as_uri()))
    deno = (str(DENO), "run", "--no-config", "--no-remote", "--allow-net=127.0.0.1", str(script))
    environ = {"DENO_DIR": str(tmp_path / "deno"), "DENO_NO_UPDATE_CHECK": "1"}
    with world.slow(100_000):
        code, lines = await run(*deno, world.server.url, TRACK, *arguments, **environ)
    assert (code, lines[-1]) == (0, last)
    if last == "200":
        assert lines[-2] == "done"
