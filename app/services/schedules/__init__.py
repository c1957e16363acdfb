"""Calls and the versions of the schedule in which people are told of them (domain.md 3.5)."""
