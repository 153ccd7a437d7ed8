"""Frozen values, states, errors and settings; nothing of ours is imported from elsewhere."""
