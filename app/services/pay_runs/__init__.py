"""Pay runs: put together, checked, approved by another, handed to the bank once, and settled."""
