"""The product wired to simulators of every vendor, and a tour to watch."""
