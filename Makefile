# Each command does all the set-up it needs, with nothing but Python 3.11 or newer, its venv module and make;
# a second run finds the stamp of the first and starts at once. `make PYTHON=/path/to/python …` chooses the Python.

VENV := .venv
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
RUN := $(VENV)/bin
INSTALL := $(RUN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(RUN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate $(if $(UPGRADE),--upgrade)
# As many as this process may use: where psutil is there, pytest's own "auto" counts those of the whole machine.
CORES := $(or $(shell nproc 2>/dev/null),auto)
# A file's tests share what they start. What takes longest is begun first (tests/conftest.py).
BY_FILE := -n $(CORES) --dist loadfile --no-loadscope-reorder
FAST := tests/domain tests/dialects tests/test_house.py
NODE := tests/clients/node
HAS_NODE := $(shell node --version 2>/dev/null | grep -Eq '^v([2-9][0-9]|[1-9][0-9][0-9])\.' && echo yes)
CLIENTS := $(if $(HAS_NODE),$(NODE)/node_modules/installed.stamp)

# Many processes load the same code here: whatever is set outside, they may keep it compiled for each other.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-long lint check format bench lock node
.NOTPARALLEL:

help:
	@echo 'make demo        both sides on this machine, playing orders; ONCE=1 ends after the story'
	@echo 'make test        every test but the long ones'
	@echo 'make test-long   the long tests, and properties with ten times the examples'
	@echo 'make lint        format, lint, types and imports'
	@echo 'make check       the same, and the fast tests'
	@echo 'make format      put the code into its format'
	@echo 'make bench       measure, beside what the database alone can do'
	@echo 'make node        install the npm clients that tests run, where Node 20 or newer is; make test does so by itself'
	@echo 'make lock        compile the locks from pyproject.toml; UPGRADE=1 takes newer versions'

demo: $(VENV)/runtime.stamp
	@$(RUN)/crossdock demo $(if $(ONCE),--once)

test: $(VENV)/development.stamp $(CLIENTS)
	@$(RUN)/python -m pytest $(BY_FILE) -m 'not long' $(ARGS)

test-long: $(VENV)/development.stamp $(CLIENTS)
	@$(RUN)/python -m pytest -n $(CORES) --dist worksteal --hypothesis-profile long -m 'long or hypothesis' $(ARGS)

lint: $(VENV)/development.stamp
	@$(RUN)/ruff format --check .
	@$(RUN)/ruff check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports

check: lint
	@$(RUN)/python -m pytest -n $(CORES) -m 'not long' $(FAST)

format: $(VENV)/development.stamp
	@$(RUN)/ruff format .
	@$(RUN)/ruff check --fix .

bench: $(VENV)/runtime.stamp
	@$(RUN)/python -m bench $(ARGS)

lock: $(VENV)/development.stamp
	@$(COMPILE) --group build -o requirements.lock
	@$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock

node: $(CLIENTS)
	@$(if $(HAS_NODE),,echo 'Node 20 or newer is not installed: tests of the npm clients will be skipped')

$(NODE)/node_modules/installed.stamp: $(NODE)/package.json $(NODE)/package-lock.json
	@echo 'Installing the npm clients that tests run (once)'
	@cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(RUN)/python
	@echo 'Installing what Crossdock needs (once)'
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/development.stamp: requirements-dev.lock $(VENV)/runtime.stamp | $(RUN)/python
	@echo 'Installing what its tests need (once)'
	@$(INSTALL) --use-pep517 --require-hashes -r requirements-dev.lock
	@touch $@

$(RUN)/python:
	@for python in $(PYTHONS); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$$python -m venv --clear $(VENV) && exit 0; \
		rm -rf $(VENV); \
	done; \
	echo 'Crossdock needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: the package python3-venv).'; \
	echo 'Tried: $(PYTHONS). Choose another with: make PYTHON=/path/to/python'; \
	exit 1
