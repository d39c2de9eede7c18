# `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
# What the extras add goes with the versions that are always there.
DEV := --extra dev --extra cluster -c requirements.lock
FAST := --extra fast -c requirements.lock
UV_COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
# A throwaway home, and nothing of a developer's own settings.
CLEAN_ENV = env -u DATABASE_URL -u SECRET_KEY -u VAULT_KEYS STAKEPRO_IGNORE_DOTENV=1

.PHONY: help setup setup-dev run double-spend odds test test-slow test-pg15 lint format gates lock lock-check bench

help: ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Set everything up and serve on 127.0.0.1:8000 (PORT=… for another)
	@exec $(PY) manage.py up

test: setup-dev ## Set everything up and pass the whole suite, real browser included
	@$(PY) -m pytest -n 2 -m "not slow" $(ARGS)

test-slow: setup-dev ## Run the tests that take longer than the suite allows
	@$(PY) -m pytest -n 2 -m slow $(ARGS)

test-pg15: setup-dev ## Pass what uses the database on the system's PostgreSQL 15
	@$(PY) scripts/with_postgres.py 15 $(PY) -m pytest -n 2 -m "not slow and not browser" --ignore tests/fairness $(ARGS)

double-spend: setup ## Try to spend the same money five times at once
	@$(PY) manage.py migrate -v 0 && $(PY) manage.py try_double_spend

odds: setup ## Follow a simulated day of odds: polls, signals, and what the close said of them
	@$(PY) manage.py migrate -v 0 && $(PY) manage.py try_markets $(ARGS)

lint: setup-dev ## Check style, types and who imports whom
	$(PY) -m ruff check --no-cache .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports

format: setup-dev ## Put the code in its usual form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

gates: lint lock-check ## All that must hold before a merge, beside the tests
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && set -x && \
	$(CLEAN_ENV) STAKEPRO_HOME=$$home $(PY) manage.py makemigrations --check --dry-run && \
	$(CLEAN_ENV) STAKEPRO_HOME=$$home STAKEPRO_HTTPS=1 VAULT_KEYS=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(32))') $(PY) manage.py check --deploy --fail-level WARNING

lock: setup-dev ## Bring the locks in line with pyproject.toml
	$(UV_COMPILE) -o requirements.lock pyproject.toml
	$(UV_COMPILE) $(DEV) -o requirements-dev.lock pyproject.toml
	$(UV_COMPILE) $(FAST) -o requirements-fast.lock pyproject.toml

lock-check: setup-dev ## Fail if the locks do not match pyproject.toml
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && cp requirements*.lock "$$copy" && set -x && \
	$(UV_COMPILE) -o "$$copy/requirements.lock" pyproject.toml >/dev/null && \
	$(UV_COMPILE) $(DEV) -o "$$copy/requirements-dev.lock" pyproject.toml >/dev/null && \
	$(UV_COMPILE) $(FAST) -o "$$copy/requirements-fast.lock" pyproject.toml >/dev/null && \
	for lock in requirements*.lock; do diff -u "$$lock" "$$copy/$$lock" || exit 1; done

bench: setup-dev ## Measure; NAME=… for one figure
	@$(PY) -m benchmarks $(NAME)

setup: ## Make .venv (what `make run` needs)
	@python3 scripts/bootstrap.py

setup-dev: ## Make .venv with the test tools
	@python3 scripts/bootstrap.py --dev
