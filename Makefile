# Everything that a user or a developer starts. `make` alone tells what there is.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up demo down status drain resume diagnose rotate fleet fleet-down lint test
.PHONY: bench bench-scale bench-pilots bench-fleet dashboards clean

INVENTORY ?= inventory.example
LIMIT ?=
CHECK ?=
VARS ?=
# Of `make drain`.
DEADLINE ?=
REASON ?=
# Of `make rotate`.
KEYS ?=
PLAYBOOK = tools/playbook -i $(INVENTORY) $(if $(LIMIT),--limit '$(LIMIT)') $(if $(CHECK),--check) $(if $(VARS),--extra-vars '$(VARS)')

help: ## Tell what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  With INVENTORY=file up, down, status, drain, resume, diagnose and rotate work on the"
	@echo "  hosts of that inventory, with LIMIT=pattern on some of them only, with CHECK=1 without"
	@echo "  changing anything. VARS='name=value' are variables for this one run."

up: ## Put the facility on the hosts of the inventory; as it stands, on this machine
	@tools/bootstrap deploy
	@$(PLAYBOOK) ansible/site.yml

demo: ## Submit twenty jobs here, and see them run and come back while the machine's owner comes and goes
	@tools/bootstrap deploy
	@tools/demo

down: ## Remove all of it again
	@tools/bootstrap deploy
	@$(PLAYBOOK) ansible/remove.yml

status: ## Show what runs where
	@tools/bootstrap deploy
	@ANSIBLE_DISPLAY_OK_HOSTS=no $(PLAYBOOK) ansible/status.yml

drain: ## Start no more pilots; REASON='new disks', DEADLINE=2h to stop those that are still there then
	@tools/bootstrap deploy
	@$(PLAYBOOK) ansible/drain.yml $(if $(DEADLINE),-e drain_deadline='$(DEADLINE)') $(if $(REASON),-e 'drain_reason="$(REASON)"')

resume: ## End what `make drain` has begun; what owners have asked for stays
	@tools/bootstrap deploy
	@$(PLAYBOOK) ansible/resume.yml

diagnose: ## Collect what hosts tell of themselves, without secrets, in diagnostics/
	@tools/bootstrap deploy
	@$(PLAYBOOK) ansible/diagnose.yml

rotate: ## Make certificates and tokens anew; KEYS=true also what they are signed with
	@tools/bootstrap deploy
	@$(PLAYBOOK) ansible/rotate.yml $(if $(KEYS),-e rotate_keys='$(KEYS)')

fleet: ## Make hosts that differ, on this machine, and roll out onto them over SSH
	@tools/testbed
	@.venv/bin/python -m tests.fleet up

fleet-down: ## End those hosts
	@.venv/bin/python -m tests.fleet down

lint: ## Check style, types, architecture, playbooks
	@tools/bootstrap dev
	@tools/lint

test: ## Install what the tests need on this machine and run them all
	@tools/test

bench: ## Measure what the pilots cost the owner, on this machine
	@tools/testbed
	@.venv/bin/python -m tests.bench

dashboards: ## Write the JSON of Grafana's dashboards anew from grafana/builder
	@tools/bootstrap dev
	@.venv/bin/python -m grafana.builder

bench-scale: ## Measure what a thousand hosts cost one Prometheus, on this machine
	@tools/testbed
	@.venv/bin/python -m tests.bench.scale

bench-pilots: ## Measure how soon jobs run, and run again, on pilots of HTCondor, on this machine
	@tools/testbed
	@.venv/bin/python -m tests.bench.pilots

bench-fleet: ## Measure how long roll-outs onto 1 to 8 hosts take, on this machine
	@tools/testbed
	@.venv/bin/python -m tests.bench.rollout

clean: ## Remove what has been built here; the hosts stay as they are
	@rm -rf build .venv
