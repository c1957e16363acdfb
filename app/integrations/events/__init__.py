"""Where facts are told to other systems."""
