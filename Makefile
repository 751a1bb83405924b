# Everything runs inside the checkout: .venv/, .tools/ and node_modules/. `make` alone lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help install demo up test check format bench faults docs lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install:  ## Install Python packages and Azurite into the checkout (done once; again when a pin changes)
	@$(PYTHON) localdev/bootstrap.py

demo: install  ## Run the whole story on real input and show what happened
	@$(BIN)/orchestrate demo

up: install  ## Start everything on this machine and stay; Ctrl-C ends it
	@$(BIN)/orchestrate up

test: install  ## Run all tests: unit, contract, integration, e2e
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: install  ## Format and lint (ruff), types (mypy strict), import arrows (import-linter)
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

format: install  ## Let ruff format and mend what it can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: install  ## Print requests per record, diff time, questions to the log and throughput as ratios of one run
	@PYTHONPATH=tests $(BIN)/python -m benchmarks

faults: install  ## Crash, cut off and flood the full stack; fails on any loss, double or mismatch
	@$(BIN)/python -m faults

docs: install  ## Renew docs/record-types.md from the registry
	@$(BIN)/python -m localdev.record_types

lock: install  ## Renew requirements*.txt and package-lock.json from pyproject.toml and package.json
	@$(BIN)/python -m localdev.lock

clean:  ## Remove everything that install and runs have made
	rm -rf .venv .tools node_modules .orchestrate .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
