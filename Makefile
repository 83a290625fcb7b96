.DEFAULT_GOAL := help
.PHONY: help setup run down test check bench

PYTHON := .venv/bin/python

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
