"""`.env.example` lists every variable that settings read, with its default."""

import re
from pathlib import Path

from stake import hosts

CHECKOUT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""(?:env\.\w+|_not_negative)\(\s*"([A-Z_]+)",\s*(?:default=)?(.*?)\)""")
LISTED = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)
# Said in words, because the code's own form is an empty text or a name.
WORDS = {
    "STAKEPRO_HOME": ".stakepro",
    "GATEWAY_PORT": "8001",
    "STAKE_ALLOWED_HOSTS": ",".join(hosts.DEFAULT_HOSTS),
}


def test_it_lists_what_settings_read() -> None:
    read = dict(READ.findall((CHECKOUT / "stakepro" / "settings.py").read_text()))
    listed = dict(LISTED.findall((CHECKOUT / ".env.example").read_text()))
    assert len(read) > 15
    assert {name: WORDS.get(name, _plain(default)) for name, default in read.items()} == listed


def test_each_variable_has_a_line_that_says_why() -> None:
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        if LISTED.match(line):
            assert before.startswith("# "), f"{line} needs a comment above"
            assert before.endswith((".", ":"))


def _plain(default: str) -> str:
    """A default as one writes it in a file."""
    if default.startswith("["):
        return ",".join(re.findall(r'"([^"]*)"', default))
    return default.strip('"').replace("_", "") if default[:1].isdigit() else default.strip('"')
