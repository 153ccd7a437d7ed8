"""What the bucket's work has come to in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

COUNTED = (
    "uploaded",
    "uploaded_bytes",
    "found_in_bucket",
    "removed",
    "upload_failures",
    "refused_files",
    "corrupted_files",
    "missing_files",
    "lost_in_bucket",
    "restored",
    "restored_bytes",
    "restore_failures",
    "evicted",
    "evicted_bytes",
    "orphans_removed",
)


class BucketStats:
    """Counts since the start, and the state now."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self.state = "idle"
        """`idle`, `uploading`, `queueing` (another process writes) or `paused` (see `reason`)."""
        self.reason: str | None = None
        """Code of the error that the uploader waits because of."""
        self.paused_until: datetime | None = None
        self.local_bytes: int | None = None
        """What finished files take on this disk; known once it was looked at."""
        self.over_limit_bytes = 0
        """What they take above the limit and cannot be made less: not uploaded yet, or being read."""

    def count(self, what: str, by: int = 1) -> None:
        """Adds to a count."""
        self._counts[what] += by

    def as_dict(self) -> Mapping[str, Any]:
        """Every count (zero included) and the state."""
        return {
            **{name: self._counts[name] for name in COUNTED},
            "state": self.state,
            "reason": self.reason,
            "paused_until": self.paused_until.isoformat(timespec="seconds") if self.paused_until else None,
            "local_bytes": self.local_bytes,
            "over_limit_bytes": self.over_limit_bytes,
        }
