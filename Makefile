# `make` alone lists what can be made.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

export PATH := $(PATH):$(HOME)/.cargo/bin

CARGO_TEST = cargo test --locked --workspace --manifest-path src/rust/Cargo.toml
PARITY_ENV = tools/dev/python-env.sh tests/parity/requirements.txt
NEWER = 1.12
BENCH_ENV = tools/dev/python-env.sh bench/requirements.txt

.PHONY: help demo test deps deps-test deps-site install cargo-test testthat \
  parity parity-newer parity-long test-debian13 test-large wrappers document lint \
  release check fuzz fuzz-h5ad valgrind fixtures plots site bench bench-full \
  bench-report bench-kernel clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' \
	  $(MAKEFILE_LIST)

demo: deps install ## Rank the groups of real cells; installs what is missing
	Rscript tools/dev/demo.R

test: deps-test install cargo-test testthat parity ## Run every test; installs what is missing

deps:
	@tools/dev/install-deps.sh demo

deps-test:
	@tools/dev/install-deps.sh test

deps-site:
	@tools/dev/install-deps.sh site

install: ## Build the package and install it, if its sources changed
	@tools/dev/install.sh

cargo-test: ## Test the crates
	LD_LIBRARY_PATH="$$(R RHOME)/lib:$${LD_LIBRARY_PATH:-}" $(CARGO_TEST)

testthat: install ## Test the installed package
	python=$$($(PARITY_ENV)) && RETICULATE_PYTHON="$$python" Rscript tools/dev/testthat.R

parity: install ## Compare with the real Scanpy, bit by bit
	python=$$($(PARITY_ENV)) && "$$python" tests/parity/check_compare.py && \
	  "$$python" tests/parity/parity.py && \
	  "$$python" tests/parity/p_values.py && \
	  "$$python" tests/parity/roundtrip.py

parity-newer: install ## Compare with a newer Scanpy (NEWER=1.12), on a part of the grid
	python=$$(tools/dev/python-env.sh tests/parity/requirements-$(NEWER).txt) && \
	  "$$python" tests/parity/parity.py --grid-only --calls 4

parity-long: install ## The same on ten grids of data and options (SEEDS=10)
	python=$$($(PARITY_ENV)) && \
	  "$$python" tests/parity/parity.py --seeds $(or $(SEEDS),10) && \
	  "$$python" tests/parity/p_values.py --count 100000000

test-debian13: release ## Test in a Debian 13 of its own (R 4.5, Seurat 5); skips where it can't
	tools/dev/debian13.sh

test-large: deps-test install ## Rank files larger than memory (25 GB of disk, some minutes)
	python=$$($(PARITY_ENV)) && tests/large/run.sh "$$python"

wrappers: ## Write R/extendr-wrappers.R anew from the Rust sources
	tools/dev/wrappers.sh

document: install ## Write man/, NAMESPACE and the notes about crates anew
	Rscript -e 'roxygen2::roxygenise(load_code = "source")'
	python3 tools/release/license_note.py

lint: install ## Look at the style of R, Rust and shell sources
	tools/dev/lint.sh

release: deps-test ## Build the package with its crates; prove that it needs no network
	tools/release/release.sh

check: release ## R CMD check --as-cran of what make release builds
	tools/release/check.sh

fuzz: ## Have libFuzzer try the kernel (RUNS=1000000 for each target)
	tools/dev/fuzz.sh $(RUNS)

fuzz-h5ad: deps-test install ## Rank damaged .h5ad files (CASES=10000, from number FIRST=1 on)
	Rscript tools/dev/fuzz-h5ad.R $(or $(CASES),10000) $(FIRST)

valgrind: deps-test install ## Test the installed package under valgrind (FILTER=: files of tests)
	tools/dev/valgrind.sh '$(FILTER)'

fixtures: ## Make the shipped cells and the test fixtures anew
	python=$$(tools/dev/python-env.sh tests/fixtures/requirements.txt) && \
	  for maker in tests/fixtures/make_*.py; do "$$python" "$$maker"; done

plots: install ## Draw the plots of README.md anew
	Rscript tools/dev/plots.R

site: deps-site install ## Build the site of the package in build/site
	python=$$($(PARITY_ENV)) || echo 'Going on without Scanpy and its output'; \
	  RETICULATE_PYTHON="$${python:-}" Rscript tools/dev/site.R

bench: deps-test install ## Measure time and memory beside rivals (QUICK=1, THREADS=1,2,4)
	python=$$($(BENCH_ENV)) && \
	  export BENCH_NEWER_PYTHON=$$(tools/dev/newer-python.sh bench/requirements-1.13.txt) && \
	  "$$python" bench/bench.py $(if $(QUICK),--quick) \
	    $(if $(THREADS),--threads $(THREADS)) $(BENCH_ARGS) && \
	  "$$python" bench/report.py $(if $(QUICK),--quick)

bench-full: override BENCH_ARGS += --full
bench-full: bench ## The same on four data sets, larger ones too

bench-report: ## Make tables and a plot of what was measured so far
	python=$$($(BENCH_ENV)) && "$$python" bench/report.py

bench-kernel: ## Measure each stage of the kernel by itself
	CARGO_TARGET_DIR="$(CURDIR)/build/bench/cargo" \
	  cargo bench --locked --manifest-path bench/kernel/Cargo.toml

clean: ## Remove what was built here
	rm -rf build *.Rcheck src/*.o src/*.so src/Makevars src/rust/target
