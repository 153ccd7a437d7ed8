"""`make bucket-check`: tells whether the configured bucket can be written, and why not.

Reads the same settings as the server. Leaves nothing behind. The exit code is 0 when the bucket can be written, 1 when
it cannot, 2 when the settings name none or cannot be used.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from models.settings import Settings, SettingsError
from services.bucket.choose import choose_bucket
from services.bucket.pace import MemoryPaceBook

ENV_FILE = Path(__file__).resolve().parent / "local.env"


async def check(settings: Settings) -> int:
    """Asks the bucket and prints what it said; the exit code."""
    bucket = choose_bucket(settings, MemoryPaceBook())
    if bucket is None:
        print("MUSIC_DL_BUCKET_NAME is not set: finished files stay on this disk.", file=sys.stderr)
        return 2
    try:
        report = await bucket.check()
    finally:
        await bucket.close()
    for name, value in report.facts.items():
        print(f"  {name}: {value}")
    print(f"{'OK' if report.ok else 'NOT USABLE'}: {report.reason}")
    return 0 if report.ok else 1


def main() -> int:
    """The command."""
    try:
        settings = Settings.from_env(os.environ, ENV_FILE)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    return asyncio.run(check(settings))


if __name__ == "__main__":
    sys.exit(main())
