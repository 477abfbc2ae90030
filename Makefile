# Two commands do all: `make demo` (sets up, runs the main job, opens the viewer) and `make test` (sets up, passes the tests).
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8501

# Wheels that pip was told about on this machine (a CPU build of torch, say) are offered to uv as well.
# Where there are none and no NVIDIA driver either, uv is asked for torch's CPU build: the default one is gigabytes of CUDA.
FIND_LINKS := $(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null || echo "$$PIP_FIND_LINKS")
LINKS := $(foreach folder,$(FIND_LINKS),--find-links $(folder))
BACKEND := $(if $(FIND_LINKS),,$(if $(shell command -v nvidia-smi 2>/dev/null),,--torch-backend cpu))

.PHONY: help demo test test-all check format setup setup-dev clean

help:
	@echo "make demo      set up, build the demo archive, run three searches, open the viewer (PORT=$(PORT))"
	@echo "make test      set up, then format, lint, floors, types and tests, as CI does"
	@echo "make test-all  the same with the slow proofs"
	@echo "make check     format, lint, floors and types only"
	@echo "make format    rewrite the code in the house format"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q uv || true

define install
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install -q --python $(BIN)/python $(LINKS) $(BACKEND) -c constraints.txt -e ".[$(1)]"; \
	 else $(BIN)/python -m pip install -q -c constraints.txt -e ".[$(1)]"; fi
endef

$(VENV)/.demo-ready: pyproject.toml constraints.txt | $(BIN)/python
	$(call install,cpu$(comma)viewer)
	@touch $@

$(VENV)/.dev-ready: pyproject.toml constraints.txt | $(BIN)/python
	$(call install,cpu$(comma)viewer$(comma)dev)
	@touch $@ $(VENV)/.demo-ready

comma := ,

setup: $(VENV)/.demo-ready
setup-dev: $(VENV)/.dev-ready

# The browser is opened where there is a screen.
SCREEN := $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname))

demo: setup
	$(BIN)/radseek demo --port $(PORT) $(if $(SCREEN),--open)

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

test: check
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadgroup

test-all: check
	$(BIN)/python -m pytest -n 2 --dist loadgroup

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
