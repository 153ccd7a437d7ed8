"""Numbers for Prometheus: what all processes of one server have counted, and what is asked when it scrapes."""

from services.metrics.board import Board, shared_counts
from services.metrics.meters import StageMeter, TrafficMeter
from services.metrics.sampler import Sampler
from services.metrics.service import MetricsService

__all__ = ["Board", "MetricsService", "Sampler", "StageMeter", "TrafficMeter", "shared_counts"]
