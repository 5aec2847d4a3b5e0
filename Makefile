# ocfbox: `make help` lists the targets.

PREFIX  ?= /usr
DESTDIR ?=
DEMO    ?= hana
# Where the built programs are.
BIN     ?= bin
FUZZTIME ?= 30s
# How many laboratories run scenarios at the same time.
LANES ?= 2
# With 1, what a test needs and does not find is a failure; with 0 it is a skip, which is printed.
OCFBOX_STRICT ?= 1

# sudo drops the directory in which Go is usually installed from PATH.
GO := $(or $(shell command -v go),/usr/local/go/bin/go)
export PATH := $(PATH):$(dir $(GO))

VERSION ?= $(or $(shell git describe --tags --always --dirty 2>/dev/null),devel)

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
DEADCODE    := golang.org/x/tools/cmd/deadcode@v0.52.0

# Static, without the documentation generator of the command line library, and not position
# independent: together 1.6 ms less at every start of an agent. PIE=1 is for those who must.
export CGO_ENABLED := 0
TAGS       := urfave_cli_no_docs
BUILDMODE  := $(if $(PIE),-buildmode=pie)
BUILDFLAGS := -trimpath -buildvcs=false -tags $(TAGS) $(BUILDMODE) -ldflags "-s -w -X main.version=$(VERSION)"
# Tests and tools see the same sources as the build.
export GOFLAGS := -tags=$(TAGS) -buildvcs=false

SCRIPTS := $(wildcard scripts/*.sh .ci/run test/host/testdata/*.sh) \
	test/drbdvm/image/build.sh $(addprefix test/drbdvm/image/guest/,init initrd-init cluster-start)
# What SAP HANA loads, and what to put into its global.ini.
HOOKS := $(wildcard hooks/*.py hooks/global.ini_*)
# The laboratory is not installed, and neither is its page.
PRODUCT_PAGES := $(filter-out man/ocflab.8,$(wildcard man/*.[1-9]))
# mandoc -T lint -W style, less its remarks on pages that are not installed here.
PAGELINT := OCFBOX_STRICT=1 $(GO) test -count=1 -run '^TestThePagesAreCleanMdoc$$' ./test/house
LEVELS  := $(GO) run ./test/levels

.DEFAULT_GOAL := build
.PHONY: build deps demo test test-short test-unit test-script test-house test-kernel test-host test-lab \
	test-cluster test-compare test-drbd bench fuzz vet lint check golden man install uninstall clean help

build: ## build bin/ocfbox and bin/ocflab
	@mkdir -p $(BIN)
	$(GO) build $(BUILDFLAGS) -o $(BIN)/ $(patsubst %/main.go,./%,$(wildcard cmd/*/main.go))

deps: ## install what the tests and the laboratory need; starts no service
	@GO="$(GO)" sh scripts/deps.sh

demo: deps build ## watch a SAP HANA secondary take over (DEMO=ip: a virtual address move)
	$(BIN)/ocflab demo $(DEMO)

test: deps vet build ## everything that CI runs, at most 25 minutes
	@OCFBOX_STRICT=$(OCFBOX_STRICT) $(LEVELS) unit house script kernel host scheduler replay lab

test-short: vet ## without root and cluster, under a minute
	@OCFBOX_STRICT=0 $(LEVELS) -short unit house script

test-unit test-script test-house test-kernel test-host: ## one level of make test
	@$(LEVELS) $(@:test-%=%)

test-lab: build ## every laboratory scenario, with a table at the end
	$(BIN)/ocflab scenario run --all --bars --lanes $(LANES)

test-cluster: build ## the same, and that the laboratory is safe, as tests
	@OCFBOX_STRICT=$(OCFBOX_STRICT) $(LEVELS) cluster

test-compare: build ## ours and the distribution's shell agents, live, side by side (CASES=pattern chooses)
	@sh scripts/peers.sh
	@OCFBOX_STRICT=$(OCFBOX_STRICT) $(LEVELS) $(if $(CASES),-run 'TestLongOurs/.*/$(CASES)') compare

test-drbd: ## a real DRBD between two virtual machines in every captured situation; 2 GB of disk, no KVM
	@GO="$(GO)" sh scripts/deps.sh drbd
	@$(GO) run ./test/drbdvm/prepare
	@OCFBOX_STRICT=$(OCFBOX_STRICT) $(LEVELS) drbd

bench: build ## our agents against the distribution's, in the same run; fails on a missed bar
	OCFBOX_BENCH=1 $(GO) test -count=1 -timeout 30m -run '^TestBar' -v ./test/bench/...

fuzz: ## every fuzz target for FUZZTIME
	@FUZZTIME=$(FUZZTIME) GO=$(GO) sh scripts/fuzz.sh

vet:
	@unformatted=$$($$($(GO) env GOROOT)/bin/gofmt -l agents cmd internal test); \
	if [ -n "$$unformatted" ]; then echo "vet: not formatted: $$unformatted"; exit 1; fi
	@$(GO) vet ./...
	@echo 'vet: ok'

lint check: vet ## gofmt, vet, staticcheck, deadcode, mandoc, shellcheck
	$(GO) run $(STATICCHECK) ./...
	@dead=$$($(GO) run $(DEADCODE) -test ./...) || exit 1; \
	if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi
	$(PAGELINT)
	shellcheck -x $(SCRIPTS)
	@echo 'lint: ok'

golden: ## rewrite golden files and generated tables
	@sh scripts/peers.sh
	OCFBOX_GOLDEN=1 $(GO) test -count=1 -timeout 60m -run '^TestLongOursAnswers' ./test/compare
	OCFBOX_GOLDEN=1 $(GO) test -count=1 -run 'Golden|Tables' ./...

man: ## the pages are written by hand: this checks them
	$(PAGELINT)

install: build ## install the program and the agents' links (DESTDIR, PREFIX)
	install -D -m 0755 $(BIN)/ocfbox $(DESTDIR)$(PREFIX)/sbin/ocfbox
	$(foreach page,$(PRODUCT_PAGES),install -D -m 0644 $(page) \
		$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)) &&) :
	$(foreach file,$(HOOKS),install -D -m 0644 $(file) $(DESTDIR)$(PREFIX)/share/ocfbox/srhook/$(notdir $(file)) &&) :
	$(BIN)/ocfbox install --root "$(DESTDIR)/" --binary $(PREFIX)/sbin/ocfbox

uninstall: build ## remove what install has put there, and put back what it had replaced
	$(BIN)/ocfbox uninstall --root "$(DESTDIR)/" --binary $(PREFIX)/sbin/ocfbox
	rm -f $(DESTDIR)$(PREFIX)/sbin/ocfbox
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/ocfbox/srhook/,$(notdir $(HOOKS)))
	$(foreach page,$(PRODUCT_PAGES),rm -f \
		$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)) &&) :

clean: ## remove what was built
	rm -rf $(BIN)

help: ## print this list
	@sed -n 's/^\([a-z][a-z -]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | \
	while IFS='	' read -r names text; do printf '  %-42s %s\n' "$$names" "$$text"; done
