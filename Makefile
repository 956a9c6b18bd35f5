GO       ?= go
# The version that was given, if one was: packages have a default of their own.
GIVEN    := $(VERSION)
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 30s
ROUNDS   ?= 100

BIN   := bin/centreon_plugins
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'
LINT  := $(GO) tool -modfile=.tools/go.mod golangci-lint
# Every file that git does not ignore, with its checksum; files that were deleted are left out.
SNAPSHOT := (git ls-files -z --cached --others --exclude-standard | xargs -0 cksum 2>/dev/null || true)

# A tenant without secrets, answered from recordings that the binary holds.
DEMO_STATE := bin/demo-state
DEMO := $(BIN) --plugin=cloud::microsoft::office365::exchange::plugin --mode=email-activity \
	--tenant='abcd1234-5678-90ab-cd12-34567890abcd' --client-id='9876dcba-5432-10dc-ba98-76543210dcba' --client-secret='demo' \
	--http-backend=replay --statefile-dir=$(DEMO_STATE)

.DEFAULT_GOAL := help
.PHONY: help build demo test race stress fuzz bench lint check generate packages test-packages release clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build bin/centreon_plugins: static, stripped, reproducible
	@$(BUILD) -o $(BIN) .

demo: build ## Run one check against a recorded tenant
	@rm -rf $(DEMO_STATE)
	@mkdir -p $(DEMO_STATE)
	@printf '%s\n' "$(DEMO)" >&2
	@$(DEMO)

test: ## Run the tests
	$(GO) test ./...

race: ## Run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

stress: ## Run twenty checks at once on each backend of state, ROUNDS (100) times
	CENTPLUGINS_STRESS_ROUNDS=$(ROUNDS) $(GO) test -count 1 -v -timeout 2h -run '^TestBinary$$/^twenty_at_once$$' ./plugins/all

fuzz: ## Run every fuzz target for FUZZTIME (30s), one after the other
	@listed=$$($(GO) test -list '^Fuzz' ./...) || { echo "$$listed"; exit 1; }; \
	echo "$$listed" | awk '/^Fuzz/ { name[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, name[i]; n = 0 }' | \
	while read -r package name; do \
		echo "$$package $$name"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 200ms "$$package" </dev/null || exit 1; \
	done

bench: build ## Run the benchmarks, then the comparisons: with curl, encoding/csv, and an earlier commit (BASE=…)
	@test -z "$(BASE)" || git rev-parse --quiet --verify "$(BASE)^{commit}" >/dev/null || { echo "BASE=$(BASE) is no commit" >&2; exit 1; }
	@set -e; packages=$$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n 1 dirname | sort -u); \
	test -z "$$packages" || $(GO) test -run '^$$' -bench . -benchmem $$packages
	@set -e; base=; \
	if test -n "$(BASE)"; then \
		dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; trap 'exit 1' INT TERM; \
		git archive -o "$$dir/tree.tar" "$(BASE)"; \
		mkdir "$$dir/tree"; tar -x -f "$$dir/tree.tar" -C "$$dir/tree"; \
		base=$$dir/base; (cd "$$dir/tree" && $(BUILD) -o "$$base" .); \
	fi; \
	test ! -d framework/cmd/bench || $(GO) run ./framework/cmd/bench -base="$$base"

lint: ## Check format, vet and golangci-lint (built on first use: a minute or two)
	@files=$$(gofmt -l .); test -z "$$files" || { echo "gofmt would change:" $$files >&2; exit 1; }
	$(GO) vet ./...
	$(LINT) run

check: lint ## Check all that the tests do not: lint, generated files, imports between folders, go.mod
	@mkdir -p bin
	@$(SNAPSHOT) >bin/before-generate
	@$(MAKE) --no-print-directory generate
	@$(SNAPSHOT) >bin/after-generate
	@diff bin/before-generate bin/after-generate || { echo "make generate changed these files: keep what it wrote" >&2; exit 1; }
	$(GO) test -run '^TestRules$$' -count 1 ./plugins/all
	$(GO) mod tidy -diff

# What reads the registry as data on standard input and writes files from it.
RENDERERS := $(sort $(wildcard framework/cmd/render*))

generate: ## Rewrite the generated files
	$(GO) generate ./...
	@mkdir -p bin
	$(GO) run . --describe >bin/describe.json
	@set -e; for renderer in $(RENDERERS); do echo "$(GO) run ./$$renderer <bin/describe.json"; $(GO) run ./$$renderer <bin/describe.json; done

packages: ## Build RPM and DEB packages into dist/ (VERSION, RELEASE, DIST, FORMATS: see docs/en/packaging.md)
	VERSION='$(GIVEN)' GO='$(GO)' packaging/build.sh

test-packages: ## Install, upgrade, run and remove the packages in fresh roots, as root
	GO='$(GO)' packaging/test.sh

release: ## Leave packages, checksums, bill of materials and changelog in dist/ (VERSION)
	VERSION='$(GIVEN)' GO='$(GO)' packaging/release.sh

clean: ## Remove what the other targets made
	rm -rf bin dist
