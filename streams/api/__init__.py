"""The JSON addresses: what earlier servers answered at `/live/*`, with additions of ours beside it.

Views translate: parameters in, one call, the answer out. Refusals are `ApiError`s in one shape (`accounts.http`).
"""
