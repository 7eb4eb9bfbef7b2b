# make demo | test | test-all | lint | bench | clean
# Needs Python >= 3.11 and make; uses uv when it is there. PYTHON=... chooses another Python.

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; \
	done)

# Without bytecode every start of Python is a second slower.
unexport PYTHONDONTWRITEBYTECODE
# The project's own packages only, whatever the calling shell has in its path.
unexport PYTHONPATH
unexport PYTHONHOME

ifneq ($(UV),)
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --compile-bytecode
else
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
endif

BASELINE := scenarios/monaco/baseline.toml
FUTURES := $(filter-out $(BASELINE),$(sort $(wildcard scenarios/monaco/*.toml)))
DEMO := runs/demo

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all lint format bench lock clean

help:
	@echo "make demo      compare the futures of the shipped city, about a minute the first time"
	@echo "make test      lint, types, layers and tests"
	@echo "make test-all  and the long tests"
	@echo "make lint | format | bench | lock | clean"

# --- environment: one stamp a step, so that a second call installs nothing

$(VENV)/.made:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "twin needs Python 3.11 or newer; found: $$(python3 --version 2>&1)." >&2; \
		echo "Install it, or name one: make PYTHON=/path/to/python3.13 ..." >&2; exit 1; }
	@echo "making $(VENV) with $$("$(PYTHON)" --version)"
	@rm -rf $(VENV)
ifneq ($(UV),)
	@$(UV) venv --quiet --python "$(PYTHON)" $(VENV)
else
	@"$(PYTHON)" -m venv $(VENV) || { \
		echo "could not make a virtual environment (on Debian: apt install python3-venv)" >&2; exit 1; }
endif
	@touch $@

$(VENV)/.core: $(VENV)/.made requirements.lock pyproject.toml
	@echo "installing the pinned packages"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.core requirements-test.lock
	@echo "installing the pinned packages of the tests"
	@$(INSTALL) --require-hashes -r requirements-test.lock
	@touch $@

# --- what people call

demo: $(VENV)/.core
	$(BIN)/twin compare $(BASELINE) $(FUTURES) --seeds 1:10 --workers 2 --out $(DEMO)
	@echo "Open $(DEMO)/report.html in a browser; it is one file and needs no network."

test: lint
	$(BIN)/pytest -n 2 -m "not slow"

test-all: lint
	$(BIN)/pytest -n 2

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.test
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks

# The locks name no registry and no machine; the core one is a part of the other.
LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group build \
	--custom-compile-command "make lock"
lock:
	$(LOCK) --extra dev --extra bench $(LOCK_OPTIONS) pyproject.toml -o requirements-test.lock
	$(LOCK) -c requirements-test.lock $(LOCK_OPTIONS) pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
