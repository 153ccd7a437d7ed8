"""Live progress: from the broker's events, and the database where those fail, to any number of readers."""

from services.progress.hub import HubStats, ProgressHub
from services.progress.subscription import Subscription, Update

__all__ = ["HubStats", "ProgressHub", "Subscription", "Update"]
