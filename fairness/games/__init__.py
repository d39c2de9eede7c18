"""One module a game: its options, its outcome from the floats of a round, its payout table and its distribution."""
