# make demo      opens Sequence Salience over the models that ship with it
# make check     format, lint, types and the quick unit tests
# make test      everything that must hold
# make test-all  the same, with what takes long to compile or to train
# Each command sets up what it needs: .venv, the Python packages, the front end.

PORT ?= 5432
PYTHON ?= $(shell scripts/python.sh)
FRONTEND := seqsal/frontend
BIN := .venv/bin
TIMED := scripts/timed.sh
NPM := npm --prefix $(FRONTEND) --no-fund --no-audit --loglevel=error

# pip compiles modules one after another; this uses all cores, and leaves out the packages' own tests.
# It fails where a package ships a file for a newer Python, which is not imported.
PIP_OPTIONS := --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '/tests/' .venv/lib || true

FRONTEND_SOURCES := $(wildcard seqsal/shared/*.json) $(shell find $(FRONTEND) -path $(FRONTEND)/node_modules -prune -o -path $(FRONTEND)/dist -prune -o -type f -print)

# Spinning threads stop each other where cores are shared, as between a test and its browser.
export GOMP_SPINCOUNT ?= 3000

# Without bytecode on the disk, each of the tests' many processes compiles all modules again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-all test-serving soak check setup setup-dev frontend wheel format lint types lint-and-types static-and-frontend everything test-frontend unit unit-quick e2e bench bench-faithfulness bench-ui docs-pictures clean
.DELETE_ON_ERROR:

# Python packages and the front end at the same time: both mostly wait for downloads.
demo:
	@$(MAKE) --no-print-directory -j 2 setup
	@scripts/demo.sh --port=$(PORT)

# Each prints how long it took. Some unit tests wait for other processes: what is checked beside them uses that time.
test: setup-dev
	@$(TIMED) "make test" $(MAKE) --no-print-directory everything

check: setup-dev
	@$(TIMED) "make check" $(MAKE) --no-print-directory -j 2 lint-and-types unit-quick

test-all: setup-dev
	@SEQSAL_ALL_TESTS=1 $(TIMED) "make test-all" $(MAKE) --no-print-directory everything

# The quick form of what `make soak` does at length; `make test` runs it, too.
test-serving: setup-dev
	$(BIN)/pytest tests/server tests/store tests/soak

soak: setup-dev
	SEQSAL_SOAK=1 SEQSAL_KILL_ROUNDS=50 $(BIN)/pytest -s tests/soak tests/store/test_killed.py

setup: .venv/.installed frontend

setup-dev: .venv/.installed-dev frontend

frontend: $(FRONTEND)/dist/.built

# Without isolation nothing is fetched: what builds it is among the tools for tests.
wheel: setup-dev
	@$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

# Stamps: each is newer than what it was made of, so a second run installs nothing.
.venv/.checked: scripts/prerequisites.sh
	@scripts/prerequisites.sh $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.checked pyproject.toml constraints.txt
	@echo "Installing the Python packages into .venv (minutes, once) ..."
	@$(BIN)/pip install $(PIP_OPTIONS) --editable '.[gguf]'
	@$(COMPILE)
	@touch $@

.venv/.installed-dev: .venv/.installed
	@echo "Installing the tools for tests ..."
	@$(BIN)/pip install $(PIP_OPTIONS) --editable '.[dev]'
	@$(COMPILE)
	@touch $@

$(FRONTEND)/node_modules/.installed: .venv/.checked $(FRONTEND)/package.json $(FRONTEND)/package-lock.json
	@echo "Installing the front end's packages ..."
	@cd $(FRONTEND) && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(FRONTEND)/dist/.built: $(FRONTEND)/node_modules/.installed $(FRONTEND_SOURCES)
	@echo "Building the front end ..."
	@$(NPM) run --silent build
	@touch $@

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run --silent format

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache --no-logo
	$(NPM) run --silent format:check
	$(NPM) run --silent lint

# Side by side: a linter, a type checker and the front end's tests use about one core each.
lint-and-types:
	@MAKEFLAGS= $(MAKE) --no-print-directory -j 2 --output-sync=target lint types

static-and-frontend:
	@MAKEFLAGS= $(MAKE) --no-print-directory -j 3 --output-sync=target lint types test-frontend

everything:
	@$(MAKE) --no-print-directory -j 2 static-and-frontend unit
	@$(MAKE) --no-print-directory e2e

test-frontend: setup-dev
	$(NPM) run --silent test:unit
	CHROMIUM="$$(scripts/chromium.sh)" && export CHROMIUM && $(NPM) run --silent test:browser

types: setup-dev
	$(BIN)/mypy
	$(NPM) run --silent types

# One thread for each of two workers: the threads of a framework would compete for the cores.
unit unit-quick e2e: export OMP_NUM_THREADS = 1

unit: setup-dev
	scripts/postgresql.sh && $(BIN)/pytest -m "not e2e" -n 2 --dist loadfile --no-loadscope-reorder

unit-quick: setup-dev
	$(BIN)/pytest -m "not e2e and not slow" -n 2 --dist loadfile --no-loadscope-reorder
	$(NPM) run --silent test:unit

e2e: setup-dev
	CHROMIUM="$$(scripts/chromium.sh)" && export CHROMIUM && scripts/nginx.sh && scripts/postgresql.sh && \
		$(BIN)/pytest tests/e2e -n 2 --dist loadfile

bench: setup-dev .venv-peers/.installed
	$(BIN)/python -m benchmarks.selections
	$(BIN)/python -m benchmarks.rows --peers .venv-peers/bin/python
	$(BIN)/python -m benchmarks.floor
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.cuda
	$(BIN)/python -m benchmarks.keras_selections
	$(BIN)/python -m benchmarks.real_speed --peers .venv-peers/bin/python
	$(BIN)/python -m benchmarks.removals --peers .venv-peers/bin/python
	$(BIN)/python -m benchmarks.integrated

# Hours; it continues where it was stopped. FAITHFULNESS=--quick takes minutes.
bench-faithfulness: setup-dev .venv-peers/.installed
	$(BIN)/python -m benchmarks.faithfulness --peers .venv-peers/bin/python $(FAITHFULNESS)

.venv-peers/.installed: .venv/.checked benchmarks/peers.txt
	@echo "Installing the tools that seqsal is compared with into .venv-peers ..."
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
	@touch $@

bench-ui: setup-dev
	CHROMIUM="$$(scripts/chromium.sh)" $(BIN)/python -m benchmarks.ui

docs-pictures: setup-dev
	CHROMIUM="$$(scripts/chromium.sh)" $(BIN)/python -m scripts.docs_pictures

clean:
	rm -rf .venv .venv-peers dist $(FRONTEND)/node_modules $(FRONTEND)/dist .pytest_cache .mypy_cache .ruff_cache
