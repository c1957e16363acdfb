"""The desk's first page: what waits for whoever sits there, and the charts they may see."""
