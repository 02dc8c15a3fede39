# Suxin (溯信). `make` alone lists what there is to do.

VENV := .venv
PY   := $(VENV)/bin/python
PIP  := $(PY) -m pip -qq --disable-pip-version-check --no-input
# The interpreter that .venv is built from: `make env PYTHON=python3.12`.
PYTHON ?= python3
# More words for the tool behind a target: `make test ARGS='-k merkle'`.
ARGS ?=

# A long campaign is one test that takes longer than a test may that hangs.
UNHURRIED := $(if $(filter long,$(SUXIN_CAMPAIGN)),-o faulthandler_timeout=0)

# How many processes the tests are shared out to, file by file; 0: all in this one, which `--pdb` and `-s` want.
WORKERS ?= 2

# Our package `trace` has the name of a standard library module: this path stands before the standard library's.
export PYTHONPATH := $(CURDIR)
# `make run LAN=1`: binds to the local network's address and prints it as a QR code.
SUXIN_LAN ?= $(LAN)
export SUXIN_LAN

# The stamps carry a checksum of what they were built from, so another lock means another environment.
PY_LOCKS := requirements.lock requirements-dev.lock
PY_STAMP := $(VENV)/.built-$(shell cat $(PY_LOCKS) | cksum | cut -d' ' -f1)
JS_STAMP := node_modules/.built-$(shell cat package.json package-lock.json .npmrc | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run env test lint format bench load crash tamper clean lock

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: env  ## start a node with a demonstration season where the data folder is empty; LAN=1: for phones of this Wi-Fi too
	@$(PY) -m api demo --if-empty && exec $(PY) -m api serve

env: $(PY_STAMP) $(JS_STAMP)  ## build .venv and node_modules from the locks (nothing to do: under a second)

test: env  ## run every test; the end lists what this machine could not run, and why
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: env  ## ruff, mypy --strict, and the import contracts between the wings
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

format: env  ## rewrite the code in the one layout and sort imports
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

bench: env  ## measure appends, scan page, audit and rebuild in one run, side by side with a plain app
	@$(PY) -m loadtests.bench $(ARGS)

load: env  ## a market morning and a festival evening against a started node; fails on errors
	@for profile in market_morning festival_evening; do $(PY) -m loadtests.locust_run --profile $$profile $(ARGS) || exit 1; done

crash: env  ## kill the node under writers, fail its commits, look for what is lost or double (long: SUXIN_CAMPAIGN=long)
	@$(PY) -m pytest $(UNHURRIED) tests/faults/test_crash.py tests/faults/test_commit.py $(ARGS)

tamper: env  ## change single bytes of the database, guard and keys and see each of them named (long: SUXIN_CAMPAIGN=long)
	@$(PY) -m pytest $(UNHURRIED) tests/faults/test_tamper.py tests/faults/test_tamper_files.py $(ARGS)

clean:  ## remove the environment and every cache; never data, keys or guard
	@rm -rf $(VENV) node_modules build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find trace credit api loadtests tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A lock holds versions and hashes, never an address, and nothing younger than a week (docs/decisions/0005).
lock: env  ## pin the newest allowed versions of requirements*.in and package.json again
	@week_ago=$$($(PY) -c "from datetime import UTC, datetime, timedelta; print((datetime.now(UTC) - timedelta(days=7)).date())"); \
	for name in requirements requirements-dev requirements-npm; do \
	  $(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --exclude-newer $$week_ago $$name.in --output-file $$name.lock || exit 1; \
	done
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm install --package-lock-only --ignore-scripts
	@$(PY) -c "import json, pathlib; f = pathlib.Path('package-lock.json'); lock = json.loads(f.read_text()); \
	[entry.pop('funding', None) for entry in lock['packages'].values()]; f.write_text(json.dumps(lock, indent=2) + '\n')"

$(PY_STAMP):
	$(if $(shell $(PYTHON) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),,\
	  $(error Suxin needs Python 3.11 or newer, and "$(PYTHON)" is not: install one, then say: make env PYTHON=python3.12))
	$(if $(shell touch .writable 2>/dev/null && rm .writable && echo yes),,\
	  $(error The folder $(CURDIR) cannot be written: run make in a copy that is yours, for instance a clone in your home))
	@echo "Building $(VENV) from $(PY_LOCKS) ..."
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || \
	  { echo "$(PYTHON) cannot make a virtual environment: on Debian and Ubuntu, apt-get install python3-venv; then make env again." >&2; exit 1; }
	@$(PIP) install --no-compile --only-binary=:all: --require-hashes $(PY_LOCKS:%=--requirement %) || \
	  { echo "The Python packages could not be installed (reason above): check the connection, then make env again." >&2; exit 1; }
	@touch $@

$(JS_STAMP): $(PY_STAMP)
	@echo "Building node_modules from package-lock.json ..."
	@command -v npm >/dev/null || $(PIP) install --no-compile --only-binary=:all: --require-hashes --requirement requirements-npm.lock || \
	  { echo "There is no npm, and its wheel could not be installed (reason above): install Node.js 20 or newer, then make env again." >&2; exit 1; }
	@PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm ci --ignore-scripts --silent || \
	  { echo "The browser libraries could not be installed: check the connection, then make env again." >&2; exit 1; }
	@touch $@
