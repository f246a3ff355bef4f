# make run and make test need Go and make, nothing else; cmd/dev gets what is missing.

.DEFAULT_GOAL := help

# The same result everywhere: a build does not look at version control, which may be absent.
export GOFLAGS := -buildvcs=false $(GOFLAGS)

LINT := go tool -modfile=tools/lint.mod
IMAGE ?= tyomarkkinatori
FUZZTIME ?= 60s

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## run the portal with a private Postgres and simulators; prints the addresses
	@bin/dev run

.PHONY: test
test: bin/dev ## run all tests, browser included
	@bin/dev test -- ./...

.PHONY: e2e
e2e: bin/dev ## run the tests of the whole portal only
	@bin/dev test -- -count=1 ./web/e2e/

.PHONY: check
check: bin/dev ## what a change must pass: generated files, format, lint, dead code, tests with the race detector
	go tool templ generate
	git diff --exit-code -- '*_templ.go'
	go tool templ fmt -fail .
	go mod tidy -diff
	go vet -tags drill ./...
	go fix -diff -tags drill ./...
	$(LINT) golangci-lint config verify
	$(LINT) golangci-lint run
	$(LINT) golangci-lint fmt --diff
	@unused=$$($(LINT) deadcode -test -tags drill ./...) && test -z "$$unused" || { echo "not reachable:"; echo "$$unused"; exit 1; }
	bin/dev test -- -race -shuffle=on ./...

.PHONY: bench
bench: bin/dev ## measure what the portal promises of speed
	@bin/dev bench go test -run '^$$' -bench '^Benchmark(Search|Load|Watch|Digests|Feed|Edge)$$' -benchtime 1x -timeout 2h -p 1 \
		./internal/search/searchbench ./internal/jobwatch ./internal/gateway/tefeed ./web
	@bin/dev bench go test -run '^$$' -bench '^BenchmarkWatch' -benchtime 1x -timeout 1h ./web/e2e
	@bin/dev bench go test -run '^$$' -bench '^BenchmarkStart$$' -benchtime 10x -timeout 30m ./web/e2e
	@bin/dev bench go test -run '^$$' -bench '^Benchmark(Retention|OwnData)$$' -benchtime 1x -timeout 30m -p 1 ./internal/retention ./internal/owndata

.PHONY: drill
drill: bin/dev ## kill processes and the database on purpose and count what is lost
	@bin/dev drill go test -tags drill -run '^TestDrill' -count=1 -v -timeout 2h -p 1 ./web/e2e/ ./internal/owndata/

.PHONY: fuzz
fuzz: bin/dev ## run each fuzz target for FUZZTIME (60s)
	@bin/dev fuzz $(FUZZTIME)

.PHONY: generate
generate: ## write the Go files of the templates
	go tool templ generate

.PHONY: fmt
fmt: ## format templates and Go
	go tool templ fmt .
	$(LINT) golangci-lint fmt

.PHONY: lint
lint: ## look for faults in the code
	$(LINT) golangci-lint run

.PHONY: vuln
vuln: ## look for known vulnerabilities in what is used; needs the network
	go tool -modfile=tools/vuln.mod govulncheck ./...

.PHONY: setup
setup: bin/dev ## fetch what is missing, without running anything
	@bin/dev setup

.PHONY: build
build: ## build the programs into bin/
	@echo "build: bin/portal, bin/simulator, bin/dev; the first time takes a minute or two"
	@go build -o bin/ ./cmd/portal ./cmd/simulator ./cmd/dev

.PHONY: image
image: ## build the container image
	docker build -t $(IMAGE) .

.PHONY: clean
clean: bin/dev ## delete what was built and fetched, and the private database
	@bin/dev clean
	rm -rf bin

.PHONY: bin/dev
bin/dev:
	@echo "build: bin/dev"
	@go build -o bin/dev ./cmd/dev
