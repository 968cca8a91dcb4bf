# make demo    a first sweep on the bundled model, from nothing but Python 3.11+
# make lab     the same in JupyterLab
# make test    everything that CI checks
# make soak    break the catalog for an hour or two: kills, faults, power cuts, crowds; durability.json has the figures
# make clean   remove what these made
#
# PYTHON=python3.13 chooses the Python that .venv is made with. Where pip would take the CUDA build of torch and there is
# no GPU, TORCH_INDEX=URL names a package index with CPU builds.

PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SETUP := pyproject.toml constraints.txt
# An editable install copies these to where Jupyter looks for them.
SHARED := $(shell find fluxlab/labextension jupyter-config -type f)
FONT := fonts-noto-color-emoji
BROWSER := chromium fonts-dejavu-core
# Beside the pinned one, for a kernel of the older generation in the browser tests.
OLD_IPYKERNEL := ipykernel==6.31.0 nest-asyncio==1.6.0
WEB := extension
# Node comes with the development packages: no other needs to be installed.
JLPM := cd $(WEB) && PATH="$(abspath $(BIN)):$$PATH" jlpm

.DEFAULT_GOAL := help
.PHONY: help demo lab test lint format types walls web pytest soak font chromium clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# make/make/p' Makefile

demo: $(VENV)/.installed
	$(BIN)/python -m fluxlab.cli demo

lab: $(VENV)/.installed-lab
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/01-first-sweep.ipynb

test: lint format types walls web pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .

format: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

walls: $(VENV)/.installed-dev
	$(BIN)/lint-imports --no-logo --no-cache

web: $(WEB)/node_modules/.yarn-state.yml
	$(JLPM) check

pytest: $(VENV)/.installed-dev $(VENV)/.installed-ipykernel-6 font chromium
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.durability

# The tests of fluxlab/train draw emoji, and those of tests/ui need a browser; where these cannot be installed, the tests say so
# in one sentence, and these targets do not fail.
INSTALL = root=; [ "$$(id -u)" = 0 ] || root="sudo -n"; \
	get="$$root env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	if command -v apt-get >/dev/null && $$root true 2>/dev/null; then \
	    echo "Installing $(1)."; \
	    { $$get install -y $(2) || { $$get update && $$get install -y $(2); }; } </dev/null >/dev/null 2>&1 && exit 0; \
	fi; \
	echo "Could not install $(1), which the tests need: install it (Debian: apt-get install $(2))." >&2

font: $(VENV)/.installed-dev
	@$(BIN)/python -c 'from fluxlab.train.world import find_font; find_font()' 2>/dev/null && exit 0; \
	$(call INSTALL,the font Noto Color Emoji,$(FONT))

chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	$(call INSTALL,the browser Chromium,$(BROWSER))

clean:
	rm -rf $(VENV) $(WEB)/node_modules $(WEB)/.stage build dist demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find fluxlab tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps below make a second run quick, and a run after a change of $(SETUP) or $(SHARED) install again.

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "'$(PYTHON)' is missing or older than Python 3.11: install Python 3.11 or newer, or name one with 'make PYTHON=python3.12 ...'." >&2; \
	    exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "'$(PYTHON)' cannot make virtual environments: install its venv package (Debian: apt-get install python3-venv) and run make again." >&2; \
	    exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@touch $@

# torch comes first and alone, so that its own index serves nothing else.
$(VENV)/.torch: $(SETUP) | $(VENV)/.created
	@echo "Installing into $(VENV); the first time takes a few minutes."
	$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	@touch $@

$(VENV)/.installed: $(VENV)/.torch $(SHARED)
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-lab: $(VENV)/.torch $(SHARED)
	$(PIP) -e ".[lab]"
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-dev: $(VENV)/.torch $(SHARED)
	$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/.installed

$(WEB)/node_modules/.yarn-state.yml: $(WEB)/package.json $(WEB)/yarn.lock $(WEB)/.yarnrc.yml | $(VENV)/.installed-dev
	$(JLPM) install --immutable

$(VENV)/.installed-ipykernel-6: Makefile $(VENV)/.installed-dev
	rm -rf $(VENV)/ipykernel-6
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(VENV)/ipykernel-6 $(OLD_IPYKERNEL)
	@touch $@
