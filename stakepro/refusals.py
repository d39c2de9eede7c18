"""Why StakePro will not start, as one sentence for people."""


class Refused(Exception):
    """StakePro cannot run as things are; the text is printed without a traceback."""
