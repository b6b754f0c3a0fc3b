# ALCOLAB. `make` alone lists what there is to make; docs/developer.md explains how it works.
PYTHON ?= python3
BIN := .venv/bin
LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"
.DEFAULT_GOAL := help
.PHONY: help install run test test-pi check bench lock clean

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: .venv/installed ## Set up everything in .venv; leaves the command at .venv/bin/alcolab.

run: install ## Run the whole lab on this machine, simulated (ARGS="--port 8081 --for 30s").
	@$(BIN)/alcolab demo $(ARGS)

test: .venv/tested .venv/debian ## Run all tests (ARGS="tests/hub -k config").
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-pi: .venv/tested .venv/debian ## Run the tests that need a Pi, in the virtual Pi (docs/virtual-pi.md).
	@$(BIN)/pytest -m pi $(ARGS)

check: .venv/tested ## Check style, types, import arrows and config.yaml.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/alcolab check config.yaml

bench: .venv/tested ## Measure against the peers (results: docs/performance.md).
	@$(BIN)/python -m bench $(ARGS)

lock: .venv/tested ## Choose the newest versions that fit pyproject.toml and write the lock files.
	$(BIN)/$(LOCK) --upgrade --group build -o requirements.lock pyproject.toml
	$(BIN)/$(LOCK) --upgrade --group build --extra test -c requirements.lock -o tests/requirements.lock pyproject.toml

clean: ## Remove all that was set up or cached; config.yaml and the lab's state stay.
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: requirements.lock pyproject.toml install.sh
	@PYTHON="$(PYTHON)" ./install.sh requirements.lock
	@touch $@

.venv/tested: .venv/installed tests/requirements.lock
	@PYTHON="$(PYTHON)" ./install.sh tests/requirements.lock
	@touch $@

DEBIAN_PACKAGES := tests/debian-packages.txt tests/virtual_pi/debian-packages.txt
.venv/debian: .venv/installed $(DEBIAN_PACKAGES) tests/install-debian-packages.sh
	@for list in $(DEBIAN_PACKAGES); do tests/install-debian-packages.sh $$list; done
	@touch $@
