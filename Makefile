.DEFAULT_GOAL := help
.PHONY: help setup run down test check bench

PYTHON := .venv/bin/python
# The template's library warns of any Node that is not the newest, in forty lines each time.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what the locks name; nothing to do, nothing done
	@scripts/setup

run: setup ## The whole system on this machine, and one order through it (FILE=ring.stl, ONCE=1 to stop after it)
	@$(PYTHON) -m local run $(if $(ONCE),--once) $(if $(FILE),"$(FILE)")

down: ## Stop what `alexandrite up --detach` left running
	@$(PYTHON) -m local down

test: setup ## All tests
	@$(PYTHON) -m pytest tests

check: setup ## Style, types, import rules, template and order machine
	@scripts/check

bench: setup ## Measure what the design promises
	@$(PYTHON) -m benchmarks
