"""The command line of the library, a module a command: `python -m fairness --help`."""
