"""Revealing a stream's server seed, and comparing what was stored with what the seeds give.

`options` reads what the rounds need from stored rows, `work` compares a stream in chunks, `services` is what people
and tasks ask for. The comparing itself is `fairness.verify`.
"""
