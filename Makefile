# Each target installs what it needs first and is quick the second time.
PYTHON ?= python3
VENV := .venv/bin
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help run sandbox test contract coverage check bench bench-reports load torture limits fuzz-uploads sign-in-proof lock runtime dev

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

runtime:
	@$(PYTHON) infrastructure/scripts/bootstrap.py runtime

dev:
	@$(PYTHON) infrastructure/scripts/bootstrap.py dev

run: runtime ## Run the whole product here (PORT=8000, TLS=1 for https)
	@PORT="$(PORT)" TLS="$(TLS)" exec $(VENV)/python -m app.supervisor

test: dev ## Run every test (JOURNEYS=skip leaves the browser out)
	@$(VENV)/python infrastructure/scripts/run_tests.py

sandbox: dev ## Run the product wired to simulators of every vendor, with a ten-city tour (PORT=8000, TOUR=skip|only)
	@PORT="$(or $(PORT),8000)" STAFF_SECOND_FACTOR=off $(VENV)/python -m tests.sandbox

contract: dev ## Prove every call to a vendor against its OpenAPI file, and list the operations
	@$(VENV)/python -m tests.simulators.proven

coverage: dev ## Measure which branches of the domain and the services the tests take (95 % is the least)
	@$(VENV)/python infrastructure/scripts/branches.py

check: dev ## Run the quality gate: zero findings is the number
	@$(VENV)/python infrastructure/scripts/check.py

bench: dev ## Measure our pages against stock ones, and the season workbooks
	@$(VENV)/python -m tests.bench

bench-reports: dev ## Make reports of many lines and read the worker's memory (ROWS=1000000)
	@$(VENV)/python -m tests.bench.reports --rows $(or $(ROWS),1000000)

load: dev ## Let many people at the product (USERS=1000 MINUTES=5 PORT=8000): times, errors, memory
	@USERS="$(USERS)" MINUTES="$(MINUTES)" PORT="$(PORT)" $(VENV)/python -m tests.load

torture: dev ## Kill, freeze and crash the real processes a thousand times; then 2,000 lives of a queue
	@$(VENV)/python -m tests.torture $(TORTURE)
	@ANY_ORDER=2000x50 $(VENV)/python -m pytest -q -k any_order_of_events tests/integration/outbox/test_any_order.py

limits: dev ## Press providers' limits with eight processes while Redis is flushed (LIMITS="--seconds 300")
	@$(VENV)/python -m tests.bench.limits $(LIMITS)

fuzz-uploads: dev ## Send mutated receipts through the whole upload path (FILES=10000)
	@$(VENV)/python -m tests.bench.uploads --files $(or $(FILES),10000)

sign-in-proof: dev ## Open 1,000 links by five scanners, use one by 1,000 visitors, time known and unknown addresses
	@$(VENV)/python -m tests.bench.sign_in $(PROOF)

lock: ## Write the lock files anew from requirements*.in (needs uv)
	$(LOCK) requirements.in -o requirements.lock
	$(LOCK) requirements-vendors.in -o requirements-vendors.lock
	$(LOCK) requirements-dev.in -o requirements-dev.lock
