"""Five ways to see something in a market, a module each: pure functions of a `Look`."""
