"""Audio on YouTube: search, extraction, transfer."""
