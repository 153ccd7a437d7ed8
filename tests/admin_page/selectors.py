"""Where things are on the page."""

from __future__ import annotations

from typing import Any

from tests.support.browser import Page

STATE = "document.querySelector('#updated').dataset.state"
_ROWS = """[...document.querySelectorAll('#panel-{} tbody tr')].map((row) => [...row.cells].map((cell) => {{
  const inner = cell.firstElementChild;
  return inner.localName === 'data' ? Number(inner.value) : inner.dateTime || inner.textContent;
}}))"""


async def rows(page: Page, panel: str) -> list[list[Any]]:
    """The table of a panel: numbers as they are, moments as in ISO 8601, else the text."""
    return list(await page.eval(_ROWS.format(panel)))


async def tile(page: Page, name: str) -> float | None:
    """A number at the top, unrounded; `None` when it is not known."""
    value = await page.eval(f"document.querySelector('#tile-{name} .tile-value data')?.value ?? null")
    return None if value is None else float(value)


def cell(panel: str, row: str, column: int) -> str:
    """The number in the row that begins with this text."""
    return (
        f"Number([...document.querySelectorAll('#panel-{panel} tbody tr')]"
        f".find((row) => row.cells[0].textContent.startsWith({row!r}))?.cells[{column}].firstElementChild.value)"
    )
