"""Runs: a range of nonces of a seed pair recomputed in the background, and which rounds reached what was looked for.

`wanted` reads what is asked for, `services` writes it down, `tasks` and `work` compute it piece by piece, `queries`
and `exporting` read it, `expectation` sets beside it what chance gives.
"""
