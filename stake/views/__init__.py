"""The pages of `stake`: each view translates, asks one query or service, and renders."""
