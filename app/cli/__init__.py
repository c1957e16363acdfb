"""Flask commands, one file a topic."""
