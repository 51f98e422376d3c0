# Two commands matter: `make demo` and `make test`. Each does all the set-up it
# needs on a Debian machine with Python 3.11 and root or sudo, and none of it twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq
PACKAGES := federation actors outbox inbox web deploy
WORKERS ?= 2

.PHONY: help install demo test lint types unit bench screenshots lock clean

help: ## Show what can be done
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# ---------------------------------------------------------------- set-up
# Debian's python3 comes without ensurepip until python3-venv is installed.
.made/venv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "Installing python3-venv"; $(APT) update && $(APT) install -y python3-venv >/dev/null; }
	python3 -m venv .venv
	@mkdir -p .made && touch $@

.made/install: .made/venv requirements.lock pyproject.toml
	$(PY) -m pip install --quiet --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.made/dev: .made/install requirements-dev.lock
	$(PY) -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

# The style sheet and fonts of all pages, from the NL Design System. Only rules that templates and code name
# are kept, so it is built anew when one of those changes. npm fetches nothing that git already holds.
ASSETS := $(shell find web/design -maxdepth 1 -type f) $(shell find web/templates web/pages web/static/js -type f -not -name '*.pyc')

.made/design: web/design/package-lock.json
	@mkdir -p .made
	@command -v npm >/dev/null || { echo "Installing nodejs and npm"; $(APT) update && $(APT) install -y nodejs npm >/dev/null; }
	cd web/design && npm ci --loglevel=error
	@touch $@

.made/assets: .made/design $(ASSETS)
	cd web/design && node build.mjs
	@touch $@

# The peer of another make (tests/peers/fedify) brings its own Node, on which the OpenID Connect provider
# (tests/peers/oidc) runs as well; npm only fetches them. Where that is impossible tests say loudly that they did not run.
.made/peers: tests/peers/fedify/package-lock.json tests/peers/oidc/package-lock.json
	@mkdir -p .made
	@command -v npm >/dev/null || { echo "Installing nodejs and npm"; $(APT) update && $(APT) install -y nodejs npm >/dev/null; } || true
	for peer in fedify oidc; do (cd tests/peers/$$peer && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || exit 1; done \
	  && touch $@ || echo "WARNING: the peers could not be installed; neither interoperability nor OpenID Connect will be tested"

# The pages are tested in Debian's Chromium, with axe-core in them.
.made/browser: tests/browser/package-lock.json
	@mkdir -p .made
	@command -v npm >/dev/null || { echo "Installing nodejs and npm"; $(APT) update && $(APT) install -y nodejs npm >/dev/null; } || true
	@command -v chromium >/dev/null || { echo "Installing chromium"; $(APT) update && $(APT) install -y chromium >/dev/null; } || true
	cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && command -v chromium >/dev/null && touch $(CURDIR)/$@ \
	  || echo "WARNING: Chromium or axe-core could not be installed; the pages will not be tested in a browser"

install: .made/install .made/assets ## Make .venv with .venv/bin/samenspraak

# ------------------------------------------------------------------ use
demo: install ## Run three federated instances on this machine
	.venv/bin/samenspraak demo

test: .made/dev .made/peers .made/assets .made/browser lint types unit ## Lint, type-check and run every test

lint: .made/dev
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

types: .made/dev
	.venv/bin/mypy

unit: .made/dev .made/assets
	.venv/bin/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

bench: .made/dev .made/assets ## Measure arrivals, fan-out, reads, outcomes and pages
	$(PY) -m benchmarks

screenshots: .made/dev .made/assets .made/browser ## Take the pictures of the demo in docs/images
	$(PY) -m tests.browser.screenshots

lock: .made/dev ## Renew the lock files from pyproject.toml
	$(PY) -m pip install --quiet uv
	.venv/bin/uv pip compile -q pyproject.toml --generate-hashes --no-header --no-annotate --python-version 3.11 -U -o requirements.lock
	.venv/bin/uv pip compile -q pyproject.toml --extra dev --generate-hashes --no-header --no-annotate --python-version 3.11 -U -o requirements-dev.lock

clean: ## Remove everything that set-up and tests made
	rm -rf .venv .made .mypy_cache .ruff_cache .pytest_cache build *.egg-info tests/peers/*/node_modules tests/browser/node_modules web/design/node_modules web/static/built
