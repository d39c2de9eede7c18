#!/usr/bin/env python3
"""Django's command line, with our embedded PostgreSQL running for the commands that need it."""

import sys

from stakepro.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
