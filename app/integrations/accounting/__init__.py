"""Where bills are kept."""
