"""Where things are on the page."""

from __future__ import annotations

from tests.support.browser import Page

PLAY, ACT = "[data-action=play]", "[data-action=download]"
AUDIO = "document.querySelector('audio')"


def row(number: int) -> str:
    """The row of that number, from 1."""
    return f".row:nth-child({number})"


def state(number: int, wanted: str) -> str:
    """True when the row is in that state."""
    return f"document.querySelector('{row(number)}')?.dataset.state === '{wanted}'"


def rows(wanted: str) -> str:
    """How many rows are in that state."""
    return f"document.querySelectorAll('.row[data-state={wanted}]').length"


async def percent(page: Page, number: int) -> int:
    """How far the row's bar is."""
    return int(await page.eval(f"document.querySelector('{row(number)} [role=progressbar]').ariaValueNow"))
