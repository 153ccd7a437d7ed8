"""`python -m _local.make_samples`: writes what can be derived, so that it stays true.

* `local.env.sample` and `docker.env.sample` from `models/settings.py`: every setting with its sentence and default;
* the table of links in `docs/sandbox.md` from the sandbox's catalogue.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from _local.sandbox.catalogue import sandbox_catalogue
from models.settings import Settings

FOLDER = Path(__file__).resolve().parent
SANDBOX_PAGE = FOLDER.parent / "docs" / "sandbox.md"
TABLE = re.compile("(?<=<!-- examples -->\n).*(?=<!-- /examples -->)", re.DOTALL)

LOCAL: Mapping[str, str] = {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": ""}
"""Settings that are not commented out."""

DOCKER: Mapping[str, str] = {
    **LOCAL,
    "CORE_SERVICE_PORT": "9999",
    "MUSIC_DL_HOME": "/data",
    "MUSIC_DL_PRIMARY_DB": "mongodb://mongo:27017/music_dl",
    "RABBIT_MQ_URL": "amqp://guest:guest@rabbitmq:5672/",
    "REDIS_URL": "redis://redis:6379/0",
}
"""The same inside `docker compose`, where each service goes by its name."""

HEADER = """\
# Settings of music-dl-server{where}. Copy this file to _local/{name} and fill in what you need.
# A line that begins with "# NAME=" shows a default; an empty value means "not set".
# {wins}
# Written by `python -m _local.make_samples` from models/settings.py.
"""


def local_sample() -> str:
    """The text of `local.env.sample`."""
    wins = "The environment wins over this file. With no Spotify credentials, `make run` serves the bundled sandbox."
    return HEADER.format(where="", name="local.env", wins=wins) + body(LOCAL)


def docker_sample() -> str:
    """The text of `docker.env.sample`."""
    wins = "The addresses are those of the services in docker-compose.yml."
    return HEADER.format(where=" under `docker compose`", name="docker.env", wins=wins) + body(DOCKER)


def body(given: Mapping[str, str]) -> str:
    """Every setting, by section; those `given` with that value, the others commented out with their default."""
    text = ""
    for section, field in sections():
        if section:
            text += f"\n# ---- {section}\n"
        info = Settings.model_fields[field]
        name = field.upper()
        line = f"{name}={given[name]}" if name in given else f"# {name}={default_text(info)}"
        text += f"\n# {info.description}\n{line}\n"
    return text


def sections() -> Iterator[tuple[str, str]]:
    """(section, field) in the order of the source; the section is named at its first field and empty at the rest."""
    section = ""
    for line in inspect.getsource(Settings).splitlines():
        if heading := re.fullmatch(r"    # -- (.+)", line):
            section = heading[1]
        elif (named := re.match(r"    (\w+):", line)) and named[1] in Settings.model_fields:
            yield section, named[1]
            section = ""


def default_text(info: FieldInfo) -> str:
    """A default as it would stand in the file; empty when there is none."""
    value: Any = info.get_default(call_default_factory=True)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list | tuple) else str(value)


def with_examples(page: str) -> str:
    """The page with its table of links renewed."""
    rows = ["| what | link | shows |", "|---|---|---|"]
    rows += (f"| {example.name} | `{example.link}` | {example.shows} |" for example in sandbox_catalogue().examples)
    table = "\n".join(rows)
    return TABLE.sub(lambda _: f"\n{table}\n\n", page)


def main() -> int:
    """The command."""
    for name, text in (("local", local_sample()), ("docker", docker_sample())):
        (FOLDER / f"{name}.env.sample").write_text(text)
    SANDBOX_PAGE.write_text(with_examples(SANDBOX_PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
