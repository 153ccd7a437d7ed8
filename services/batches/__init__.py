"""Wishes for many tracks: lists, feeding, cancel, archive."""
