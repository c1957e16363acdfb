"""The outside world, by need: a port in our words and one file an implementation."""
