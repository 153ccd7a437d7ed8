"""The system's file errors as ours."""

from __future__ import annotations

import contextlib
import errno
import logging
from collections.abc import Iterator

from models.errors import DiskFull, StorageFailed

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turns the system's file errors into ours."""
    try:
        yield
    except OSError as exc:
        if exc.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull from exc
        logger.exception("storage_failed")
        raise StorageFailed(reason=str(exc)) from exc
