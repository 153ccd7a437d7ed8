"""How fast YouTube is asked, and when it is left alone."""

from services.pacing.breaker import Block, Breaker, BreakerStats
from services.pacing.gate import GateStats, YouTubeGate
from services.pacing.paced import PacedExtractor, PacedSearch
from services.pacing.turns import Turns

__all__ = [
    "Block",
    "Breaker",
    "BreakerStats",
    "GateStats",
    "PacedExtractor",
    "PacedSearch",
    "Turns",
    "YouTubeGate",
]
