# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make test and make demo need git and a Python of these versions, and set up the rest in .cache.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
ACCEPTS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
# pyenv's are found also where it has not selected them; its shims for those fail, and so are passed over.
PYENV := $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.*/bin/python3)
NOX := .cache/nox/bin/nox

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

test: $(NOX) ## run all tests; one step alone: make unit, sanity, integration, lint, docs or build
	@.cache/nox/bin/python tests/tools/steps.py --jobs 2 $(NOX) integration unit sanity lint docs build

matrix: $(NOX) ## sanity, unit and integration tests on ansible-core 2.16 and 2.18 to 2.22
	@.cache/nox/bin/python tests/tools/steps.py --jobs 2 $(NOX) matrix

demo: $(NOX) ## play the collection against a simulated account
	@$(NOX) --session demo

bench: $(NOX) ## measure what the modules cost
	@$(NOX) --session bench

unit: $(NOX) ## unit tests alone
	@$(NOX) --session unit

soak: $(NOX) ## play 20,000 schedules of random mishaps
	@$(NOX) --session soak

replay: $(NOX) ## play one again: make replay SCHEDULE='...', as a failed test prints it
	@$(NOX) --session replay -- '$(SCHEDULE)'

sanity: $(NOX) ## ansible-test sanity, for every Python found
	@$(NOX) --session sanity

integration: $(NOX) ## ansible-test integration, against the simulator
	@$(NOX) --session integration

lint: $(NOX) ## ruff, mypy, ansible-lint
	@$(NOX) --session lint

docs: $(NOX) ## build the docs site, and check it and the changelog
	@$(NOX) --session docs

build: $(NOX) ## build the collection, install and play it, and import it as Galaxy would
	@$(NOX) --session build

clean: ## remove all that the above made
	rm -rf .cache

$(NOX): tests/constraints.txt
	@for python in $(PYTHONS) $(PYENV); do \
		if "$$python" -c '$(ACCEPTS)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "No Python 3.11 to 3.14 with venv and pip was found (looked for: $(PYTHONS))." >&2; exit 1; \
	fi; \
	rm -rf .cache/nox && "$$found" -m venv .cache/nox && \
	.cache/nox/bin/pip install --quiet --constraint $< nox
	@touch $@

.PHONY: help test matrix demo bench unit soak replay sanity integration lint docs build clean
