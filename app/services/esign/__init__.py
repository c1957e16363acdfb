"""Papers that are signed at a provider: sent there, followed, taken back, compared with our records."""
