.DEFAULT_GOAL := help
SHELL := /bin/sh

export GOFLAGS := -mod=mod

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: test
test: bin/dev ## Run all tests
	@bin/dev test -- ./...

.PHONY: bin/dev
bin/dev:
	@go build -o bin/dev ./cmd/dev
