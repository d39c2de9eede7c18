"""Seeds: what is published before betting, and what is revealed after.

The venue commits to a server seed by publishing its SHA-256. The player adds a client seed. When the pair is
retired the server seed is revealed, and anyone can hash it and compare. Both seeds are used as text, exactly as
shown: a server seed looks like hexadecimal but is never decoded.
"""

import hashlib

from fairness.errors import InvalidInput

SEED_MAX = 1000  # characters; no venue's seeds come near


def check_server_seed(text: str) -> None:
    """Refuse a server seed that cannot be one: empty, not ASCII, or with whitespace, which a careless copy adds."""
    if not text:
        raise InvalidInput("server_seed", "is empty")
    if len(text) > SEED_MAX:
        raise InvalidInput("server_seed", f"is longer than {SEED_MAX} characters")
    if not text.isascii():
        raise InvalidInput("server_seed", "may hold ASCII characters only")
    if any(character.isspace() for character in text):
        raise InvalidInput("server_seed", "contains whitespace; paste it again without")


def check_client_seed(text: str) -> None:
    """Refuse a client seed that is empty or has whitespace around it.

    It is never stripped here: another text is another seed, and would give other results without a word.
    """
    if not text:
        raise InvalidInput("client_seed", "is empty")
    if len(text) > SEED_MAX:
        raise InvalidInput("client_seed", f"is longer than {SEED_MAX} characters")
    if len(text.splitlines()) > 1:
        raise InvalidInput("client_seed", "contains a line break; paste it again without")
    if text != text.strip():
        raise InvalidInput("client_seed", "begins or ends with whitespace; paste it again without")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("client_seed", "holds half of a surrogate pair, which is not text")


def hash_server_seed(text: str) -> str:
    """The commitment of a server seed: SHA-256 of its text, as 64 lower-case hexadecimal digits."""
    check_server_seed(text)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def is_revealed_by(server_seed: str, server_seed_hash: str) -> bool:
    """Whether this server seed is the one that was committed to by this hash (in either letter case)."""
    return hash_server_seed(server_seed) == server_seed_hash.lower()
