"""Telling staff that a provider is in trouble: what is wrong, who is told, what was told."""
