"""Choosing the right recording among candidates."""
