# Everything a developer or a planner runs from a checkout. `make` alone lists the targets.
SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/.ready
SOURCES ?=

.DEFAULT_GOAL := help
.PHONY: help venv quick test fuzz run docs gallery bench geodata clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

venv: $(READY) ## create .venv with the pinned packages (needs Python 3.12 or newer)

$(READY): pyproject.toml constraints.txt tools/find_python.sh tools/install_packages.sh
	@python=$$(tools/find_python.sh) || exit 1; \
	if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
		echo "creating .venv with $$python"; \
		"$$python" -m venv --clear .venv || exit 1; \
	fi; \
	echo "installing the packages of constraints.txt into .venv"; \
	tools/install_packages.sh dev
	@touch $(READY)

# Commands that tests run as processes of their own read the package compiled, wherever make is called.
unexport PYTHONDONTWRITEBYTECODE

# Tests of a file share what they build once, so they stay in one process. Files come in their order:
# by the number of their tests, as would be usual, those of few but long ones would come last.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# The rooms whose tests need no solve of a study: what a developer changes every few minutes.
QUICK := config physics supply coefficients comparison golden docs/test_glossary.py docs/test_rooms.py

quick: $(READY) ## lint, types, layers and the fast tests, under 90 s on two cores
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -q -m "not slow" $(addprefix tests/,$(QUICK))

test: $(READY) ## lint, format, types, layers and tests: exactly what CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	tools/install_chromium.sh
	tools/install_axe.sh
	$(PYTEST)

MUTANTS ?= 50000

fuzz: $(READY) ## mutants of all that is read, and every random study and example of the tests: make fuzz MUTANTS=50000
	$(BIN)/python -m tools.fuzz --mutants $(MUTANTS)
	SITING_EVERY_SEED=1 $(PYTEST) tests/mip tests/decisions tests/coefficients
	SITING_EVERY_SEED=1 $(PYTEST) -m hypothesis

# Exit code 4 is an answer whose proof ran out of time: it is written, and says its gap.
run: $(READY) ## solve the global study and say where the results are
	$(BIN)/siting solve configs/global.yaml --out runs/global || [ $$? -eq 4 ]
	@echo
	@echo "map:    runs/global/map.png"
	@echo "report: runs/global/report.html"
	@echo "tables: runs/global/placement.csv, runs/global/placement.gpkg, runs/global/summary.json"

gallery: $(READY) ## pages of five studies, a comparison, a front and a sweep, in build/gallery
	tools/install_chromium.sh
	$(BIN)/python -m tools.gallery

docs: $(READY) ## the pages of docs/ as a site that needs no network, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo
	@echo "open build/site/index.html"

bench: $(READY) ## benchmarks: phase by size, and ways to solve; all sizes: make bench SIZE=--full
	$(BIN)/python -m benchmarks $(SIZE)

geodata: $(READY) ## rebuild geodata/ from raw sources: make geodata SOURCES=folder
	@[ -d "$(SOURCES)" ] || { echo "name the folder of the raw sources: make geodata SOURCES=folder"; exit 1; }
	tools/install_packages.sh dev,geodata
	$(BIN)/python -m tools.build_geodata --sources "$(SOURCES)"

clean: ## remove the environment and every cache
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
