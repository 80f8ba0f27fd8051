# What a new user types. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ACCELERATOR := $(shell $(PYTHON) hardware/accelerator.py)
# The set-up is done for exactly these files; when they change it is done again.
STAMP := $(VENV)/.ready-$(shell cat constraints.txt pyproject.toml Makefile deploy/setup.sh | cksum | cut -d' ' -f1)-$(ACCELERATOR)
UP ?=
# One is busy with clusters and the engine, the others with what needs neither.
WORKERS ?= 2
PYTEST = $(BIN)/pytest -n $(WORKERS) --no-loadscope-reorder

export HF_HUB_OFFLINE := 1
# Tests start hundreds of processes: what one of them has compiled the others read.
test check: export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup up down status test check clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(STAMP) ## virtual environment, pinned dependencies, the embedded model

$(STAMP): constraints.txt pyproject.toml deploy/setup.sh
	@bash deploy/setup.sh "$(PYTHON)" "$(VENV)" "$(ACCELERATOR)"
	@rm -f $(VENV)/.ready-*
	@touch $@

up: setup ## start the cluster and stay with it until Ctrl-C (options: make up UP='--port 8090')
	@exec $(BIN)/ringfence up $(UP)

down: setup ## stop the cluster
	@$(BIN)/ringfence down

status: setup ## say how the cluster does
	@$(BIN)/ringfence status

test: setup ## all tests, those against the real engine included
	@$(PYTEST)

check: setup ## everything that must hold before a commit
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(PYTEST)

clean: ## remove what `make` made here; state (.ringfence) and the model cache stay
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
