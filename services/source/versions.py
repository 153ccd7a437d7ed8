"""Which versions of the YouTube libraries are installed, learnt without importing them."""

from __future__ import annotations

import re
import shutil
import sys
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from deno import find_deno_bin


def find_deno() -> Path | None:
    """The JavaScript runtime: from the `deno` wheel, else beside the interpreter, else on the path."""
    try:
        return Path(find_deno_bin())
    except FileNotFoundError:
        beside = Path(sys.executable).with_name("deno")
        if beside.is_file():
            return beside
        found = shutil.which("deno")
        return Path(found) if found else None


def library_versions(deno: Path | None, today: date | None = None) -> dict[str, Any]:
    """`yt_dlp yt_dlp_age_days yt_dlp_ejs ytmusicapi deno deno_path`; a part that is not installed is `None`."""
    yt_dlp = _version("yt-dlp")
    return {
        "yt_dlp": yt_dlp,
        "yt_dlp_age_days": _age_days(yt_dlp, today or datetime.now(UTC).date()),
        "yt_dlp_ejs": _version("yt-dlp-ejs"),
        "ytmusicapi": _version("ytmusicapi"),
        "deno": _version("deno") if deno else None,
        "deno_path": str(deno) if deno else None,
    }


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _age_days(yt_dlp: str | None, today: date) -> int | None:
    # yt-dlp's versions are release dates.
    found = re.match(r"(\d{4})\.(\d{1,2})\.(\d{1,2})", yt_dlp or "")
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    return max(0, (today - date(year, month, day)).days)
