"""The browser libraries in the repository are those that are recorded, with their licences."""

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


def test_the_libraries_say_the_versions_and_the_licences_that_are_recorded() -> None:
    recorded = json.loads(RECORD.read_text())
    assert {name: each["licence"] for name, each in recorded.items()} == {
        "chart.js": "MIT",
        "swagger-ui-dist": "Apache-2.0",
    }
    assert f"Chart.js v{recorded['chart.js']['version']}" in (FOLDER / "chart.umd.min.js").read_text()[:200]
    assert f'"{recorded["swagger-ui-dist"]["version"]}"' in (FOLDER / "swagger-ui-bundle.js").read_text()
    assert "The MIT License" in (FOLDER / "chart.js-LICENSE.txt").read_text()
    assert "Apache License" in (FOLDER / "swagger-ui-LICENSE.txt").read_text()
