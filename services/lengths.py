"""How far the lengths of one recording may lie apart: one rule for the choice of a video and for the proof afterwards.

What the matcher may choose, the proof must accept if the video keeps its word; else a song would be fetched in vain.
"""

from __future__ import annotations

ANNOUNCED_MS = 1_500
"""A search tells whole seconds, and files have a moment of padding."""


def usual_ms(expected_ms: float) -> int:
    """5 s, or 3 % of a long track, but never more than 15 s and never more than a quarter of a short one.

    Album audio agrees within a second; other masterings differ by fades and pauses at the end.
    """
    return int(min(max(5_000, 0.03 * expected_ms), 15_000, max(1_000, expected_ms / 4)))


def utmost_ms(expected_ms: float) -> int:
    """What a search may announce at most: 10 s, or 8 % of a short track; never less than what is usual.

    Official videos have some seconds of pictures before and after. A radio edit, an extended mix or a live version
    differs by more.
    """
    return max(usual_ms(expected_ms), int(min(10_000, 0.08 * expected_ms)) + 500)


def allowed_ms(expected_ms: float, announced_ms: float | None) -> int:
    """How far a fetched file may be from `expected_ms`, when the search had announced `announced_ms`.

    What was announced was weighed by the matcher, up to `utmost_ms`; a file that breaks its word gets what is usual.
    """
    usual = usual_ms(expected_ms)
    if announced_ms is None:
        return usual
    apart_ms = abs(announced_ms - expected_ms)
    return max(usual, int(apart_ms) + ANNOUNCED_MS) if apart_ms <= utmost_ms(expected_ms) else usual
