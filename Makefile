# What people and CI type. `make` alone prints the list. Everything starts from python3, make and the package registries.

PYTHON ?= python3
PORT ?= 8000
# Three for two cores: some tests wait for a helpdesk, a browser or a second to pass, and others can work meanwhile.
TEST_WORKERS ?= 3
# Some of the long tests, by name: make soak ONLY=kill,herd
ONLY ?=

VENV := .venv
# The interpreter, never the scripts beside it: their first line breaks when the folder is moved.
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --no-input --disable-pip-version-check
FLASK := PORT=$(PORT) $(PY) -m flask --app app

# The peers of a benchmark are not among the test tools, so they have an environment of their own.
BENCH_VENV := .bench-venv
BENCH_PY := $(BENCH_VENV)/bin/python
BENCHING := $(BENCH_VENV)/.benching

# Two stamps, so that `make run` waits for no test tools.
RUNTIME := $(VENV)/.runtime
TESTING := $(VENV)/.testing

# libatomic1 is what the program inside the Playwright package needs, besides the browser itself.
DEBIAN_PACKAGES := chromium strace libatomic1 fonts-dejavu-core
HAS_DEPS = command -v chromium >/dev/null && command -v strace >/dev/null && ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1

.DEFAULT_GOAL := help
.PHONY: help run test test-deps check soak bench-time demo-ticket pins clean
.DELETE_ON_ERROR:

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  PORT=8000 and PYTHON=python3 can be changed: make run PORT=9000"

run: $(RUNTIME) ## Serve Deskgate with demo customers at 127.0.0.1:8000; Ctrl-C ends it
	@log=$$($(FLASK) db upgrade 2>&1) || { printf '%s\n' "$$log" >&2; exit 1; }
	@$(FLASK) gateway seed
	@exec env $(FLASK) gateway serve --port $(PORT)

demo-ticket: $(RUNTIME) ## Send signed demo tickets to a running Deskgate and print each decision
	@$(FLASK) gateway demo-ticket --port $(PORT)

test: $(TESTING) ## Run all tests; on Debian as root, install what the browser tests need first
	@if $(HAS_DEPS); then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then $(MAKE) --no-print-directory test-deps; \
	else echo "chromium or strace is missing: the tests that need them are skipped (on Debian: sudo make test-deps)"; fi
	@$(PY) -m pytest -n $(TEST_WORKERS)

test-deps: ## Install the Debian packages that the browser and crash tests need; needs root
	@[ "$$(id -u)" = 0 ] || { echo "test-deps installs Debian packages and needs root: sudo make test-deps" >&2; exit 1; }
	@echo "Installing Debian packages: $(DEBIAN_PACKAGES)"
	@log=$$(apt-get -q update 2>&1 && \
	  DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $(DEBIAN_PACKAGES) 2>&1) \
	  || { printf '%s\n' "$$log" >&2; exit 1; }

check: $(TESTING) ## Lint everything; check types where they are promised
	@$(PY) -m ruff check .
	@$(PY) -m mypy

soak: $(TESTING) ## Run the long tests: kills, outages, herds, simulated weeks, a million questions of time (hours)
	@$(PIP) install -r requirements-fuzz.txt >/dev/null 2>&1 || \
	  echo "atheris does not install here: signatures and payloads will not be fuzzed with coverage to lead the way"
	@$(PY) -m tests.soak --only "$(ONLY)"

bench-time: $(BENCHING) ## Measure business time beside four packages from PyPI; fails when a promised ratio is missed
	@$(BENCH_PY) -m benchmarks.business_time --svg docs/business-time-speed.svg

pins: ## Recompile requirements*.txt after a change to an .in file (UPGRADE=1: take newer releases too)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(PYTHON) -m venv "$$tools" && "$$tools/bin/python" -m pip --quiet --disable-pip-version-check install uv && \
	for name in requirements requirements-test requirements-bench requirements-fuzz; do \
	  echo "Pinning $$name.txt"; \
	  "$$tools/bin/uv" pip compile --quiet --no-header --no-annotate --python-version 3.11 \
	    $(if $(UPGRADE),--upgrade) $$name.in --output-file $$name.txt || exit 1; \
	done

clean: ## Remove virtual environments and caches; the database under instance/ stays
	@rm -rf $(VENV) $(BENCH_VENV) .desk-venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

define HAS_PYTHON
command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Deskgate needs Python 3.11 or newer, and $(PYTHON) is " \
  + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
endef

# A virtual environment without a working pip (interrupted, or its interpreter is gone) is made anew.
$(RUNTIME): requirements.txt
	@$(HAS_PYTHON)
	@$(PY) -m pip --version >/dev/null 2>&1 || { echo "Making the virtual environment $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing requirements.txt (once; up to a minute)"
	@$(PIP) install -r requirements.txt
	@touch $@

$(TESTING): requirements-test.txt $(RUNTIME)
	@echo "Installing requirements-test.txt (once; up to a minute)"
	@$(PIP) install -r requirements-test.txt
	@touch $@

$(BENCHING): requirements.txt requirements-bench.txt
	@$(HAS_PYTHON)
	@$(BENCH_PY) -m pip --version >/dev/null 2>&1 || { echo "Making the virtual environment $(BENCH_VENV)"; $(PYTHON) -m venv --clear $(BENCH_VENV); }
	@echo "Installing requirements.txt and requirements-bench.txt (once; up to a minute)"
	@$(BENCH_PY) -m pip --quiet --no-input --disable-pip-version-check install -r requirements.txt -r requirements-bench.txt
	@touch $@
