# Each target is a line or two onto Python; `make help` lists them.
PYTHON ?= python3
RUN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up test check bench evals faults lock clean

help: ## what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

up: ## start everything on this machine, at http://localhost:4000 (ARGS="--replicas 2" and the like)
	@$(PYTHON) tools/bootstrap.py runtime
	@$(RUN)/python tools/web.py build
	@exec $(RUN)/tertulia up $(ARGS)

test: check ## everything that CI runs: check, then integration, journeys, web, browser
	@$(RUN)/python tools/web.py test
	@$(RUN)/python tools/web.py client --check
	@$(RUN)/python tools/web.py build
	@$(RUN)/python tools/browser.py
	@$(RUN)/pytest -q -n 2 -m integration
	@$(RUN)/pytest -q -m browser
	@$(RUN)/pytest -q -m "journey and not browser" --ignore=tests/faults
	@$(RUN)/pytest -q -m "journey and not browser" tests/faults

check: ## lint, types, architecture and unit tests, under two minutes
	@$(PYTHON) tools/bootstrap.py development
	@$(RUN)/ruff format --check --quiet . && $(RUN)/ruff check --quiet .
	@$(RUN)/mypy --no-error-summary
	@$(RUN)/lint-imports --no-logo
	@$(RUN)/pytest -q -m "not integration and not journey and not browser"

bench: ## measure the speed, as ratios to the simulated provider direct, Envoy alone, and Envoy before bare Python
	@$(PYTHON) tools/bootstrap.py development
	@$(RUN)/python -m bench $(ARGS)

evals: ## measure how good the pipeline is, and print it beside the last time (ARGS="retrieval")
	@$(PYTHON) tools/bootstrap.py development
	@$(RUN)/tertulia evals $(ARGS)

faults: ## break every part while people read, and print what held (ARGS="--short", "--only F4 F8")
	@$(PYTHON) tools/bootstrap.py development
	@$(RUN)/python -m tests.faults $(ARGS)

lock: ## resolve the dependencies anew (needs a network); hashes only, no index's address
	@$(PYTHON) tools/bootstrap.py development
	@$(PYTHON) tools/bootstrap.py lock

clean: ## remove what was installed and built; your data in .tertulia stays
	rm -rf .venv .tools web/node_modules web/dist
