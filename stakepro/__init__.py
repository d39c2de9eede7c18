"""The project's frame: settings, addresses, the embedded database, the process that runs it all. No domain logic."""

VERSION = "0.1.0"
