"""The page's modules: types and lint, by the deno that yt-dlp needs anyway."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from blueprints.static_files import FOLDER

DENO = Path(sys.executable).with_name("deno")
OURS = ("js", "admin", "docs")
OPTIONS = {"lib": ["dom", "dom.iterable", "esnext"], "checkJs": True, "strict": True, "noImplicitReturns": True}


async def deno(folder: Path, *arguments: str) -> str:
    """Its output; fails the test unless it ends well."""
    environ = {"PATH": os.environ["PATH"], "DENO_DIR": str(folder), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        str(DENO), *arguments, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_types_are_strict(tmp_path: Path) -> None:
    config = tmp_path / "deno.json"
    config.write_text(json.dumps({"compilerOptions": OPTIONS}))
    modules = [str(path) for path in sorted(path for folder in OURS for path in (FOLDER / folder).glob("*.js"))]
    output = await deno(tmp_path / "deno", "check", "--no-remote", "--config", str(config), *modules)
    assert output.count("Check") >= len(modules)


async def test_lint_is_clean(tmp_path: Path) -> None:
    await deno(tmp_path / "deno", "lint", "--no-config", *(str(FOLDER / folder) for folder in OURS))
