# The command surface. Every target sets up what it needs; the first run takes a minute, later ones a moment.
#   make demo     the product on sample data, on this machine
#   make test     everything that must hold (check, the data of the last version, all tests, then those in a browser,
#                 whose driver keeps an event loop running in its process; JOBS=n, ARGS="-k name")
#   make check    style, types, import contracts, migrations, translations
#   make bench    measurements, one JSON line each (B=name for one)
#   make docs     the generated pages of docs/

.PHONY: demo test check bench docs setup chromium softhsm
.DEFAULT_GOAL := demo
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
# Many containers forbid Python to keep what it has compiled; then each of the hundred processes of a test run compiles
# Django anew, and each worker of pytest all tests.
export PYTHONDONTWRITEBYTECODE :=
TYPED := loa packages/airtime/src packages/cap/src packages/devicelink/src packages/signer/src packages/speaker/src

setup:
	@.ci/setup

demo: setup
	@exec $(BIN)/loa demo $(ARGS)

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy $(TYPED)
	@$(BIN)/lint-imports --no-logo
	@.ci/migrations
	@.ci/translations

chromium: setup
	@.ci/chromium

softhsm: setup
	@.ci/softhsm

test: check chromium softhsm
	@.ci/upgrade
	@$(BIN)/pytest -n $$(($(JOBS) + 1)) --dist loadgroup -m "not browser$$(.ci/softhsm --marks)" $(ARGS) # one waits (conftest.py)
	@[ -n "$$(.ci/chromium --marks)" ] || $(BIN)/pytest -n $(JOBS) --dist loadgroup -m browser tests $(ARGS)

bench: setup
	@.ci/bench $(B)

docs: setup
	@.ci/docs
