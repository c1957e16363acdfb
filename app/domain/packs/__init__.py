"""Packs of rules by jurisdiction: dated data, examples until somebody of the company checked them."""
