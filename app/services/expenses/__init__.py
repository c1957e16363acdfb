"""Expense claims: received from the phone, decided by finance, line by line."""
