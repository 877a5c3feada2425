# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All commands need git and one of these Python versions. They set up everything else in .cache.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
ACCEPTS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
# Python versions of pyenv are found even if pyenv has not selected them. pyenv's shims fail for such versions, so shims are skipped.
PYENV := $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.*/bin/python3)
# Byte code saves time, so it is kept, but in .cache. noxfile.py redirects the files of other tools in the same way.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/pycache
NOX := .cache/nox/bin/nox
JOBS := 3
STEPS = .cache/nox/bin/python tests/tools/steps.py --jobs $(JOBS) $(NOX)
LINT := ansible-lint code license-check extra-checks workflows

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

quick: $(NOX) ## checks while you work: code, and the unit tests except the exhaustive ones
	@$(STEPS) quick code

test: JOBS := 4# two of the first four steps mostly wait
test: $(NOX) ## run all tests; a single step: make unit, sanity, integration, lint, docs, build or eda
	@$(STEPS) integration $(if $(wildcard tests/eda),eda) unit sanity build docs docs-check $(LINT)

matrix: $(NOX) ## sanity, unit and integration tests on ansible-core 2.16 and 2.18 to 2.22
	@$(STEPS) matrix

demo: $(NOX) ## run playbooks against a simulated account
	@$(NOX) --session demo

bench: $(NOX) ## measure the time and memory of the modules
	@$(NOX) --session bench

unit: $(NOX) ## run all unit tests
	@$(STEPS) unit

soak: $(NOX) ## run 20,000 random schedules of fault injection, different ones each day
	@$(NOX) --session unit -- -n2 --hypothesis-profile=soak --hypothesis-seed=$$(date -u +%Y%m%d) \
		tests/unit/plugins/modules/test_fault_injection.py

replay: $(NOX) ## run one schedule again: make replay SCHEDULE='...', as a failed test prints it
	@$(NOX) --session replay -- '$(SCHEDULE)'

mutants: $(NOX) ## change the code that makes decisions, and list the changes that no test notices
	@$(NOX) --session mutants

sanity: $(NOX) ## run ansible-test sanity, for every Python found
	@$(STEPS) sanity

integration: $(NOX) ## run ansible-test integration, against the simulator
	@$(STEPS) integration

lint: $(NOX) ## check code, playbooks, licenses and workflows
	@$(STEPS) $(LINT)

code: $(NOX) ## run ruff, mypy, import-linter, codespell and the check of the language
	@$(STEPS) code

docs: $(NOX) ## build the docs site, and check it and the changelog
	@$(STEPS) docs docs-check
	@echo "The site: $(CURDIR)/.cache/site/html/index.html"

build: $(NOX) ## build the collection, install it, run the demo, and import it as Galaxy would
	@$(STEPS) build

eda: $(NOX) ## test the event source in ansible-rulebook, against the simulator
	@$(STEPS) eda

rows: $(NOX)
	@$(NOX) --list --json --session matrix | .cache/nox/bin/python -c 'import json, sys; \
		print(json.dumps(["{core}, {kind}".format(**row["call_spec"]) for row in json.load(sys.stdin)]))'

row: $(NOX) ## one row of the matrix: make row ROW='2.16.19, units'
	@$(STEPS) 'matrix($(ROW))'

release: $(NOX) ## make a release: make release VERSION=1.2.3 (with DRY_RUN=1, the checkout is not changed)
	@$(NOX) --session release -- $(VERSION) $(if $(DRY_RUN),--dry-run)

generate: $(NOX) ## write the documentation that several files share
	@$(NOX) --session generate

clean: ## remove .cache, with everything that these commands wrote
	rm -rf .cache

$(NOX): tests/constraints.txt
	@for python in $(PYTHONS) $(PYENV); do \
		if "$$python" -c '$(ACCEPTS)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "No Python 3.11 to 3.14 with venv and pip was found (looked for: $(PYTHONS))." >&2; exit 1; \
	fi; \
	rm -rf .cache/nox && "$$found" -m venv .cache/nox && \
	.cache/nox/bin/pip install --quiet --cache-dir .cache/home/.cache/pip --constraint $< antsibull-nox nox
	@touch $@

.PHONY: help quick test matrix demo bench unit soak replay mutants sanity integration lint code docs build eda rows row release generate clean
