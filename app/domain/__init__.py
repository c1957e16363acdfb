"""The trade in pure Python: words, states, sums and refusals."""
