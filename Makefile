# Each target builds what it needs: `make quickstart` or `make test` is the only command to type.
# One virtual environment, .venv; a stamp file in it for each set of packages that is installed, so
# that a second call starts at once. A changed pyproject.toml or kernel installs again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq
WORKERS ?= 2

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The environment of the caller mustn't reach the tests: a user's PYTHONPATH shadows packages.
unexport PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help quickstart test lint format docs serve-docs reference bench bench-mistakes clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quickstart: $(VENV)/.quickstart ## Train, bundle, reload and predict on real data, in about a minute
	@$(BIN)/python examples/quickstart.py

test: $(VENV)/.test ## All tests and doctests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/.lint ## Style, formatting, types, size budget
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/size.py

format: $(VENV)/.lint ## Rewrite the sources in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs ## Build the site into site/, strictly
	$(BIN)/python tools/reference.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The site is in site/; open site/index.html."

serve-docs: $(VENV)/.docs ## Show the site while it is written
	$(BIN)/mkdocs serve

reference: $(VENV)/.test ## Write the generated pages anew: reference and parity table
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/numerics.py

bench: $(VENV)/.bench ## Ratios against every peer in one run, the bars, the pictures
	$(BIN)/python benchmarks/run.py $(ARGS)

bench-mistakes: $(VENV)/.mistakes ## Mistakes made on real data: what the guard names, streams, cost, peers
	$(BIN)/python -m benchmarks.mistakes $(ARGS)

clean: ## Remove everything that make made
	rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An editable install compiles the kernels: a changed one installs again.
KERNELS := hatch_build.py $(wildcard src/samescale/native/*.[ch])

# Every set is one pip call, so that the resolver sees all its pins at once (torch's among them).
$(VENV)/.quickstart: EXTRAS := quickstart
$(VENV)/.test: EXTRAS := test
$(VENV)/.bench: EXTRAS := bench
$(VENV)/.lint: EXTRAS := lint
$(VENV)/.docs: EXTRAS := docs
$(VENV)/.quickstart $(VENV)/.test $(VENV)/.bench $(VENV)/.lint $(VENV)/.docs: pyproject.toml $(KERNELS) | $(VENV)/.python
	@echo "Installing samescale[$(EXTRAS)] into $(VENV) ..."
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@

# ISLP for its files alone: what it depends on is a gigabyte.
$(VENV)/.mistakes: benchmarks/mistakes/requirements.txt $(VENV)/.test
	@$(PIP) -r $<
	@$(PIP) --no-deps ISLP
	@touch $@

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "samescale needs Python 3.11 or newer, and there is no '$(PYTHON)' here." >&2; \
	  echo "Name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "samescale needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@
