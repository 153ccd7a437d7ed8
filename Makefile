# Two commands do all on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Three processes, since tests wait more than they compute; each file in one of them: its servers are started once.
PYTEST_ARGS ?= -n 3 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install run check format test bench bucket-check vendor clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/.run: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sandbox]'
	@touch $@

$(VENV)/.dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.run

install: $(VENV)/.run ## Create the virtual environment and install the server

run: $(VENV)/.run ## Start the server on port 9999 (with no Spotify credentials: with the bundled sandbox)
	@$(BIN)/python -m _local.run

format: $(VENV)/.dev ## Rewrite the code in the project's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

check: $(VENV)/.dev ## Format, lint, strict types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(VENV)/.dev ## Run every test, against real servers
	@sh tests/install-servers.sh
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(VENV)/.dev ## Measure speed and memory, as ratios within this run
	@$(BIN)/python -m bench

bucket-check: $(VENV)/.run ## Tell whether the configured bucket can be written, and why not
	@$(BIN)/python -m _local.bucket_check

vendor: $(VENV)/.run ## Take the newest browser libraries from npm into blueprints/static/vendor
	@$(BIN)/python -m _local.vendor

clean: ## Remove the virtual environment and every file the server made
	@rm -rf $(VENV) var
