"""The one refusal of this library: a value that no round can be computed from."""


class InvalidInput(ValueError):
    """A seed, nonce or option that cannot be used; `field` names it and the message is a sentence for people."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}.")
        self.field = field
        self.problem = problem
