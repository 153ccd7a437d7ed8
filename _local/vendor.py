"""`python -m _local.vendor NAME@VERSION`: takes a browser library anew from npm into blueprints/static/vendor.

The server never needs npm: the files are part of the repository, with their licence and, in `vendor.json`, the version
and sums that a test compares them with.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "blueprints" / "static" / "vendor"
RECORD = FOLDER / "vendor.json"
TAKEN = {
    "chart.js": {"dist/chart.umd.min.js": "chart.umd.min.js", "LICENSE.md": "chart.js-LICENSE.txt"},
    "swagger-ui-dist": {
        "swagger-ui-bundle.js": "swagger-ui-bundle.js",
        "swagger-ui.css": "swagger-ui.css",
        "LICENSE": "swagger-ui-LICENSE.txt",
    },
}
"""Package → its file → our name for it."""


def take(package: str) -> None:
    """Replaces the files of `name@version` and what is recorded of them."""
    name = package.rpartition("@")[0] or package
    with tempfile.TemporaryDirectory() as place:
        # npm compares what it gets with the registry's sum.
        packed = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=place, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.split()[-1]
        with tarfile.open(Path(place) / packed) as archive:
            about = json.loads(_read(archive, "package.json"))
            files = {ours: _read(archive, theirs) for theirs, ours in TAKEN[name].items()}
    FOLDER.mkdir(exist_ok=True)
    for ours, content in files.items():
        (FOLDER / ours).write_bytes(content)
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    record[name] = {
        "version": about["version"],
        "licence": about["license"],
        "sha256": {ours: hashlib.sha256(content).hexdigest() for ours, content in files.items()},
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n")
    print(f"{name} {about['version']}, {about['license']}")


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(f"package/{name}")
    if member is None:
        raise SystemExit(f"The package has no {name}.")
    return member.read()


if __name__ == "__main__":
    for each in sys.argv[1:] or [f"{name}@latest" for name in TAKEN]:
        take(each)
