"""Bytes remembered for a while."""
