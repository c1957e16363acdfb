"""Where artists and their agents look and act, on a phone."""
