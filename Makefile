# Each target does its own set-up. What it takes: make, and Node.js 20 or newer with npm, which brings Node 24 along.
.DEFAULT_GOAL := help
.PHONY: help demo test faults test-loki bench lint generate clean

# npm replaces the Node in node_modules, so npm itself runs by the machine's own; everything else runs by Node 24.
MACHINE_PATH := $(subst $(CURDIR)/node_modules/.bin:,,$(PATH))
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODE := node_modules/.bin/node
# npm writes this file last.
INSTALLED := node_modules/.package-lock.json

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(INSTALLED) ## see the main job as a story of a minute; KEEP=1 leaves everything up until Ctrl-C
	@$(NODE) src/main.ts demo $(if $(filter-out 0,$(KEEP)),--keep)

test: $(INSTALLED) ## run everything that guards main, on real parts
	@$(NODE) test/reporter/main.ts

faults: $(INSTALLED) ## run every fault on real parts, the long ones too: up to an hour
	@$(NODE) src/parts/fetch.ts etcd kube-apiserver kubectl prometheus prometheus2 prometheus3 blackbox-exporter
	@$(NODE) --experimental-vm-modules node_modules/jest/bin/jest.js --selectProjects faults faults-long --runInBand

# Not part of `test`, and so not in CI: building Loki would take ten of the minutes that a clean checkout has there.
test-loki: $(INSTALLED) ## run what takes a real Loki: built once, 10 to 25 minutes
	@$(NODE) src/parts/fetch.ts etcd kube-apiserver kubectl loki
	@$(NODE) --experimental-vm-modules node_modules/jest/bin/jest.js --selectProjects loki --runInBand

bench: $(INSTALLED) ## measure, with ratios to a reference of the same run (docs/performance.md); best on a machine that does nothing else
	@$(NODE) src/parts/fetch.ts etcd kube-apiserver kubectl prometheus3
	@for each in transport families hang evaluate start notify; do $(NODE) bench/$$each.ts || exit 1; done

lint: $(INSTALLED) ## check types, lint and format
	@$(NODE) --run types && $(NODE) --run lint && $(NODE) --run format:check

generate: $(INSTALLED) ## write the CRDs and the reference docs from src/api
	@$(NODE) --run generate

clean: ## remove what was installed here; the cache of parts (~/.cache/assay) stays
	rm -rf node_modules dist coverage

$(INSTALLED): package-lock.json
	@echo 'Installing the npm packages of package-lock.json, Node 24 among them: up to a minute'
	@PATH='$(MACHINE_PATH)' npm ci --no-audit --no-fund --loglevel=error || { echo 'npm ci failed; it takes Node.js 20 or newer with npm, and a package registry.' >&2; exit 1; }
	@touch $@
