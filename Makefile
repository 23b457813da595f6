# Two commands for newcomers: `make demo` and `make test`. Each sets itself up from nothing but Python and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
export MPLBACKEND := Agg

.PHONY: demo test test-fast explore format benchmark validation docs clean

demo: $(VENV)/demo.ok
	$(BIN)/dronesim run scenarios/quickstart.toml

test: $(VENV)/dev.ok
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal

# The fast part of the gate: everything but the tests marked slow.
test-fast: $(VENV)/dev.ok
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

# Property tests with other examples each time, ten times as many; what fails prints a line that repeats it.
explore: $(VENV)/dev.ok
	$(BIN)/pytest -n 2 --dist worksteal -m hypothesis --hypothesis-profile=explore $(ONLY)

format: $(VENV)/dev.ok
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: $(VENV)/dev.ok
	$(BIN)/python benchmarks/lifecycle.py

# Runs the checks behind docs/validation.md and writes the page, and the outcomes that the package carries.
validation: $(VENV)/dev.ok
	$(BIN)/python benchmarks/validation.py

# Writes the tables of keys in docs/model.md from the scenario's models.
docs: $(VENV)/dev.ok
	$(BIN)/python benchmarks/model_page.py

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "dronesim needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.ok: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing dronesim into $(VENV) ..."
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev.ok: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing dronesim with its development tools into $(VENV) ..."
	$(PIP) install --constraint constraints.txt --editable ".[dev,dask]"
	@touch $@ $(VENV)/demo.ok

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
