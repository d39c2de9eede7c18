"""One module a game: its options, its outcome from a seed pair and a nonce, and its payout table."""
