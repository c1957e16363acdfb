"""Where executed papers are filed for good."""
