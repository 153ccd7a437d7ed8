"""How long the bucket's work waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketTiming:
    """Seconds each; the defaults suit GitHub's limits."""

    idle_s: float = 5.0
    """How often a process looks for work that others have left."""
    turn_wait_s: float = 1.0
    """How often a process asks whether it is its turn to write."""
    lease_s: float = 60.0
    """A writer that died keeps others away for so long."""
    first_pause_s: float = 5.0
    """After a failure; each further one doubles it."""
    longest_pause_s: float = 900.0
    audit_every_s: float = 3600.0
    audit_confirm_s: float = 30.0
    """A file that is missing is looked for once more after this: a bucket may be late to show what it has."""
    settle_s: float = 60.0
    """A file that is not what its document says may be one that has just come; later than this it is damaged."""
    evict_look_s: float = 60.0
    """How often the disk is looked at when nothing came."""
    evict_pause_s: float = 1.0
    """At least so long between two looks at the whole disk, however many files come."""
    orphan_s: float = 3600.0
    """A file that no document names belongs to a job that just ends, or, after this, to nobody."""
