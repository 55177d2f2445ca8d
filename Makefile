# Every target makes the machine ready first; a second call takes less than a second for that.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
LAUNCH := $(PYTHON) -m config.launcher
# Tests get services of their own, so that they run beside `make run`.
TEST_VAR := $(CURDIR)/var/test
TEST_RUN := VAR_DIR=$(TEST_VAR) $(LAUNCH) run --fast --
# one more than the cores that the suite counts on: it watches browsers, which wait most of the time
WORKERS ?= 3
ARGS ?=
RULESET ?= linan-2018
PEOPLE ?= 60
VOTERS ?= 20000

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

.PHONY: setup
setup: ## install what is missing
	@scripts/setup.sh

.PHONY: setup-test
setup-test:
	@scripts/setup.sh --test

.PHONY: run
run: setup ## start everything with the demo; Ctrl-C stops it
	@exec $(LAUNCH) up

.PHONY: test
test: setup-test ## the test suite with its coverage gates
	@scripts/test.sh $(WORKERS) $(ARGS)

.PHONY: check
check: setup-test ## lint, types, templates, layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/djlint --quiet --lint templates
	.venv/bin/lint-imports --no-cache

.PHONY: bench
bench: setup-test ## benchmarks, one JSON object a line (ONLY=prefix for some)
	@VAR_DIR=$(CURDIR)/var/bench $(LAUNCH) run -- $(PYTHON) -m benchmarks $(ONLY)

.PHONY: rehearse
rehearse: setup ## a whole campaign on invented people (RULESET=code PEOPLE=n VOTERS=n)
	@$(LAUNCH) run -- $(PYTHON) manage.py rehearse --ruleset $(RULESET) --people $(PEOPLE) --voters $(VOTERS)

.PHONY: soak
soak: setup-test ## the long chaos, kill and load tests
	@$(TEST_RUN) $(PYTHON) -m pytest -m soak -n0 $(ARGS)

.PHONY: demo-reset
demo-reset: setup ## empty the demo's database and load it again
	@$(LAUNCH) demo-reset

.PHONY: fonts
fonts: ## fetch FandolFang (仿宋) from Debian, 49 MB
	@scripts/fonts.sh

.PHONY: lock
lock: setup-test ## write the lock files anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)
