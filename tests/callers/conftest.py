"""One set of sounds for all tests here: making them is the slow part."""

from tests.acceptance.conftest import sandbox, sandbox_folder

__all__ = ["sandbox", "sandbox_folder"]
