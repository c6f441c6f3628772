# make demo   sets up, runs one morning of a campaign on the embedded exchange, then an afternoon with agents (ONCE=1: without)
# make setup  only sets up, so that .venv/bin/huifang can be run
# make desk   the agents' afternoon at once
# make test   sets up, then everything: format, lint, types, tests, wheel
# make check  format, lint, types      make bench  the measurements of docs/performance.md

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

.PHONY: setup demo desk test check pytest wheel bench lock clean

setup: $(RUN)

demo: $(RUN)
	@$(BIN)/huifang demo $(if $(ONCE),--once)

desk: $(RUN)
	@$(BIN)/huifang demo --desk

test: check pytest wheel

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

pytest: $(DEV)
	$(BIN)/pytest -n 2 --dist loadgroup

wheel: $(DEV)
	$(BIN)/python .ci/wheel.py

bench: $(DEV)
	$(BIN)/python -m bench

lock: $(DEV)
	$(PIP) install pip-tools
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	  --no-emit-trusted-host --no-emit-find-links --extra exchange --extra dev -o requirements-dev.lock pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	  --no-emit-trusted-host --no-emit-find-links --extra exchange -c requirements-dev.lock -o requirements.lock pyproject.toml

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Huifang needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Python's venv module is missing; on Debian: apt install python3-venv" >&2; exit 2; }

$(RUN): $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Setting up …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) dist instance
