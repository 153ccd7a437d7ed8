"""A Dockerfile as a list of instructions; enough of its grammar for ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """`name` in capitals, the rest as one line."""

    name: str
    text: str


def instructions(file: Path) -> list[Instruction]:
    """All instructions in order, continued lines joined, comments left out."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = []
    for line in filter(str.strip, joined.splitlines()):
        name, _, text = line.strip().partition(" ")
        found.append(Instruction(name.upper(), text.strip()))
    return found
