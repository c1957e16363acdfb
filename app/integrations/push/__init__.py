"""Notices to phones and browsers."""
