"""A real headless Chromium, spoken to over its DevTools protocol: no driver, and nothing is ever downloaded."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest

from tests.support.process import is_alive
from tests.support.wait import wait_for

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    # Nothing but this machine can be reached, whatever the page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
START_S = 60.0
ANSWER_S = 60.0
PHONE = (360, 740)


def chromium() -> str:
    """The program's path; skips the test by name where there is none, and fails it under CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    return found


class Browser:
    """A running browser; `page` opens a tab of its own."""

    def __init__(self, process: Process, port: int, http: aiohttp.ClientSession) -> None:
        self._process = process
        self._port = port
        self._http = http

    async def _address(self) -> str:
        async with self._http.get(f"http://127.0.0.1:{self._port}/json/version") as answer:
            return str((await answer.json())["webSocketDebuggerUrl"])

    @contextlib.asynccontextmanager
    async def page(self, *, size: tuple[int, int] = PHONE, dark: bool = False) -> AsyncIterator[Page]:
        """A tab with storage of its own, as in a fresh profile; nothing is loaded yet."""
        async with self._http.ws_connect(await self._address(), max_msg_size=0) as socket:
            page = Page(socket)
            try:
                await page.open(size, dark=dark)
                yield page
            finally:
                await page.close()


@contextlib.asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Browser]:
    """Starts one with its profile in `folder`, and ends it with all of its children."""
    program = chromium()
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "DevToolsActivePort"
    told.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={folder}", "about:blank",
        stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, process_group=0, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    try:

        def port() -> int:
            assert process.returncode is None, f"chromium ended with {process.returncode}"
            lines = told.read_text().split("\n") if told.exists() else []
            return int(lines[0]) if len(lines) > 1 else 0

        found = await wait_for(port, deadline_s=START_S, what="chromium listens")
        async with aiohttp.ClientSession() as http:
            yield Browser(process, found, http)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        await process.wait()
        await wait_for(lambda: not is_alive(process.pid), what="chromium ends")


class Page:
    """One tab: does what a person does, and notes what the page says and asks for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._session: str | None = None
        self._context: str | None = None
        self._reader = asyncio.create_task(self._read(), name="read-devtools")
        self.faults: list[str] = []
        """Errors on the console, uncaught exceptions, and violations of the page's policy."""
        self.requests: list[str] = []
        """The addresses asked for, sockets included."""
        self.sent: list[str] = []
        """What the page said on its sockets."""
        self.heard: list[str] = []
        """What it heard on its sockets."""

    async def open(self, size: tuple[int, int], *, dark: bool) -> None:
        """Makes the tab."""
        self._context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        await self.call(
            "Browser.grantPermissions",
            browserContextId=self._context,
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        target = await self.call("Target.createTarget", url="about:blank", browserContextId=self._context)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.call(f"{domain}.enable")
        await self.resize(size)
        scheme = "dark" if dark else "light"
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    async def close(self) -> None:
        """Closes the tab and forgets its storage."""
        self._session = None
        if self._context is not None and not self._socket.closed:
            await self.call("Target.disposeBrowserContext", browserContextId=self._context)
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    @property
    def context(self) -> dict[str, str]:
        """Names the tab's profile in a command about the browser."""
        assert self._context is not None
        return {"browserContextId": self._context}

    async def call(self, method: str, **parameters: Any) -> Any:
        """One command of the protocol; its result."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps(message))
        return await asyncio.wait_for(answer, ANSWER_S)

    async def resize(self, size: tuple[int, int]) -> None:
        """The window's size in CSS pixels."""
        width, height = size
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    async def go(self, url: str) -> Self:
        """Loads an address."""
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")
        return self

    async def reload(self) -> None:
        """Loads the page anew; returns when the former one is gone."""
        await self.eval("globalThis.former = true")
        await self.call("Page.reload")
        await self.until("globalThis.former === undefined && document.readyState === 'complete'")

    async def eval(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(f"{script}: {found['exceptionDetails']}")
        return found["result"].get("value")

    async def until(self, script: str, *, deadline_s: float = 60.0) -> Any:
        """Waits until the expression is true; its value."""

        async def holds() -> Any:
            try:
                return await self.eval(script)
            except AssertionError:
                # A page that is just being replaced has nothing to ask.
                return None

        try:
            return await wait_for(holds, deadline_s=deadline_s, what=script)
        except AssertionError:
            text = await self.eval("document.body.innerText")
            raise AssertionError(f"not true: {script}\nfaults: {self.faults}\npage: {text[:1500]}") from None

    async def text(self, selector: str) -> str:
        """The text that a person sees there."""
        return str(await self.eval(f"document.querySelector({json.dumps(selector)}).innerText"))

    async def click(self, selector: str) -> None:
        """A real press of the mouse in the middle of the element, once it is there and visible."""
        wanted = json.dumps(selector)
        await self.until(f"document.querySelector({wanted})?.checkVisibility()")
        spot = await self.eval(
            f"""(() => {{
              const found = document.querySelector({wanted});
              found.scrollIntoView({{ block: "center" }});
              const box = found.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)

    async def paste(self, text: str) -> None:
        """Ctrl+V where the focus is, with the text on the clipboard."""
        await self.eval(f"navigator.clipboard.writeText({json.dumps(text)})")
        key = {"key": "v", "code": "KeyV", "windowsVirtualKeyCode": 86, "modifiers": 2}
        await self.call("Input.dispatchKeyEvent", type="rawKeyDown", commands=["paste"], **key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """A key of the keyboard, by its name in `KeyboardEvent.key`."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowUp": 38, "Home": 36, "End": 35}[key]
        common = {
            "key": key,
            "code": "Space" if key == " " else key,
            "windowsVirtualKeyCode": code,
            "modifiers": 8 if shift else 0,
        }
        text = {"Enter": "\r", " ": " "}.get(key)
        typed = {"text": text} if text else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **typed)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def screenshot(self, file: Path) -> None:
        """What is to be seen, as PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    async def _read(self) -> None:
        async for message in self._socket:
            event = json.loads(message.data)
            if "id" in event:
                answer = self._answers.pop(event["id"])
                if answer.done():
                    continue
                if "error" in event:
                    answer.set_exception(AssertionError(str(event["error"])))
                else:
                    answer.set_result(event["result"])
            else:
                self._note(event["method"], event["params"])
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(AssertionError("chromium has gone"))

    def _note(self, method: str, facts: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(facts["url"])
        elif method == "Network.webSocketFrameSent":
            self.sent.append(facts["response"]["payloadData"])
        elif method == "Network.webSocketFrameReceived":
            self.heard.append(facts["response"]["payloadData"])
        elif method == "Runtime.exceptionThrown":
            self.faults.append(str(facts["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and facts["type"] in {"error", "warning", "assert"}:
            self.faults.append(str(facts["args"]))
        elif method == "Log.entryAdded" and facts["entry"]["level"] in {"error", "warning"}:
            self.faults.append(f"{facts['entry']['text']} {facts['entry'].get('url', '')}")
