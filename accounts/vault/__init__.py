"""The vault: secrets that must be read again (a venue's session token), encrypted with keys of their own.

- `material` reads, checks, makes and writes the keys' text; settings import it, so it knows no Django,
- `keys` is the ring: the first key seals, every key opens,
- `secret` is what a row gives: masked in every text, and told only by `reveal()`,
- `field` is the column,
- `rotation` gives every row a new key.

Nothing is imported here: settings load before the rest can.
"""
