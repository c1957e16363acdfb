"""The database session and who is looking through it."""
