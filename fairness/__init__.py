"""Provably fair games, recomputed: pure Python, no framework, no database."""
