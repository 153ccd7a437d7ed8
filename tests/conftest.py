"""Fixtures that every test may use."""

from __future__ import annotations

import os

import pytest

from models.settings import Settings


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the machine it runs on."""
    for name in list(os.environ):
        if name.lower() in Settings.model_fields or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
