"""Bringing a season workbook in: planned, written set by set, and reported row by row."""
