"""How papers are signed and sealed."""
