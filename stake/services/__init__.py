"""Everything that writes: sessions, bets, rotations, balances, limits. Each module says what it may raise."""
