"""The browser library in the repository is the one that is recorded, with its licence."""

from __future__ import annotations

import hashlib
import json

from _local.vendor import FOLDER, RECORD, TAKEN


def test_the_vendored_files_are_those_that_are_recorded() -> None:
    recorded = json.loads(RECORD.read_text())
    assert set(recorded) == set(TAKEN)
    files = {name: digest for each in recorded.values() for name, digest in each["sha256"].items()}
    assert set(files) == {name for names in TAKEN.values() for name in names.values()}
    assert {path.name for path in FOLDER.iterdir()} == {*files, RECORD.name}
    for name, digest in files.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name


def test_the_library_says_the_version_and_the_licence_that_are_recorded() -> None:
    [recorded] = json.loads(RECORD.read_text()).values()
    assert f"Chart.js v{recorded['version']}" in (FOLDER / "chart.umd.min.js").read_text()[:200]
    assert recorded["licence"] == "MIT"
    assert "The MIT License" in (FOLDER / "chart.js-LICENSE.txt").read_text()
