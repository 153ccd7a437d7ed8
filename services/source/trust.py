"""Certificates: the usual authorities, and the operator's own one beside them."""

from __future__ import annotations

import hashlib
import os
import ssl
import tempfile
from pathlib import Path

import certifi


def combined_bundle(ca_file: Path, folder: Path) -> Path:
    """A PEM file in `folder` with certifi's authorities and those of `ca_file`; blocks.

    Libraries that take one file of authorities would trust nothing else otherwise. Named after its content, so that
    processes that share the folder agree.
    """
    content = Path(certifi.where()).read_bytes().rstrip() + b"\n" + ca_file.read_bytes()
    bundle = folder / f"authorities-{hashlib.sha256(content).hexdigest()[:16]}.pem"
    if not bundle.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".pem")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(bundle)
    return bundle


def media_context(ca_file: Path | None) -> ssl.SSLContext:
    """A client context that trusts the system's authorities, certifi's and `ca_file`; blocks."""
    context = ssl.create_default_context()
    # Slim images have no authorities of their own.
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
