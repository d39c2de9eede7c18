"""An app of the tests' own, with one model that keeps secrets."""
