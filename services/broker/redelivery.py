"""When a delivery whose handler raised comes back: one rule for every broker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliveryPolicy:
    """A pure decision: delay = min(max_delay_s, base_delay_s · 2^(failures-1)).

    A handler raises only when it could not even note the outcome in the database; the job's own retries are decided
    elsewhere (`models.job.RetryPolicy`). With the defaults a delivery is put aside after some ten minutes of that; the
    reaper, which looks for neglected jobs, brings the job back once the database answers.
    """

    base_delay_s: float = 1.0
    max_delay_s: float = 120.0
    max_failures: int = 12

    def delay_s(self, failures: int) -> float | None:
        """Seconds until the next try after so many failures (from 1); `None`: put it with the dead letters."""
        if failures >= self.max_failures:
            return None
        return float(min(self.max_delay_s, self.base_delay_s * 2 ** (failures - 1)))
