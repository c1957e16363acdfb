"""One deed for many records: chosen, tried, confirmed, held, done row by row, and taken up again."""
