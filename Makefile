# Two commands for newcomers: `make demo` and `make test`. Each sets itself up from nothing but Python and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST := -n 2 --dist worksteal
export MPLBACKEND := Agg
# Tests start hundreds of processes; each would compile the program anew where it may not keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

# Days that are lived to have kernels compiled.
COMPILED := $(VENV)/compiled

# The sample of `make mutants`: so many changes, drawn with this seed, none planted after so many minutes.
MUTANTS ?= 200
SEED ?= 1
MINUTES ?= 55

# So many seconds has `make test-newest`.
NEWEST_S ?= 900

# The tests of compiled kernels, which `make coverage` runs a second time without the compiler.
KERNEL_TESTS := $(wildcard tests/property/test_clearance_*.py) tests/property/test_route_twins.py \
	tests/unit/test_airspace_reservations.py tests/unit/test_routing_degenerate.py tests/unit/test_shadow.py \
	tests/unit/test_timetable.py

# So many random worlds of `make worlds`, from a seed that is drawn and printed unless WORLD_SEED states it.
WORLDS ?= 2000
WORLD_SEED ?=

.PHONY: demo test test-fast checked compiled test-newest test-oldest explore worlds coverage mutants format benchmark leaderboard learned validation docs readme clean pictures

demo: $(VENV)/demo.ok
	$(BIN)/dronesim run scenarios/quickstart.toml --tracks --replay

test: $(VENV)/dev.ok
	@$(MAKE) --no-print-directory --jobs 2 checked compiled
	$(BIN)/pytest $(PYTEST)

# The fast part of the gate: everything but the tests marked slow.
test-fast: $(VENV)/dev.ok
	@$(MAKE) --no-print-directory --jobs 2 checked compiled
	$(BIN)/pytest $(PYTEST) -m "not slow"

# What is checked without running anything.
checked: $(VENV)/dev.ok
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Kernels are compiled and kept once, while the rest is checked: else each process that tests begin with compiles them.
compiled: $(VENV)/dev.ok
	@rm -rf $(COMPILED)
	@$(BIN)/dronesim run scenarios/quickstart.toml --set demand.orders=200 --tracks --quiet --out $(COMPILED)/quickstart
	@$(BIN)/dronesim run tests/golden/events.toml --tracks --quiet --out $(COMPILED)/events
	@$(BIN)/dronesim bound tests/data/tiny.toml --days 1 --workers 1 --quiet --out $(COMPILED)/bound
	@$(BIN)/dronesim size tests/data/tiny.toml --target 0.5 --indifference 20 --workers 1 --quiet --out $(COMPILED)/size
	@$(BIN)/dronesim import map examples/my-district/district.osm.pbf --out $(COMPILED)/map > /dev/null
	@rm -r $(COMPILED)

# The fast part of the gate's tests on the newest Python beside 3.11, as many as NEWEST_S seconds allow.
test-newest:
	.ci/test-newest $(NEWEST_S)

# The fast part of the gate's tests with the oldest dependencies that pyproject.toml allows; not in the gate.
test-oldest:
	@test -x .venv-oldest/bin/python || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip --quiet --disable-pip-version-check install --constraint constraints-oldest.txt --editable ".[test,dask]"
	.venv-oldest/bin/pytest $(PYTEST) -m "not slow"

# Lines and branches that the fast tests run, in the processes that they start as well. Compiled kernels can't be
# watched: their tests run again without the compiler, where numpy warns of the overflows that kernels are used to.
coverage: $(VENV)/dev.ok
	$(BIN)/coverage erase
	-$(BIN)/coverage run -m pytest $(PYTEST) -m "not slow"
	-NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m pytest $(PYTEST) -m "not slow" -W ignore::RuntimeWarning $(KERNEL_TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# Plants a random sample of small faults and counts those that the tests see; see the head of the program.
mutants: $(VENV)/dev.ok
	$(BIN)/python benchmarks/mutants.py --size $(MUTANTS) --seed $(SEED) --minutes $(MINUTES)

# Property tests with other examples each time, ten times as many as they ask for, of which the gate tries two in
# five; what fails prints a line that repeats it.
explore: $(VENV)/dev.ok
	$(BIN)/pytest -n 2 --dist worksteal -m hypothesis --hypothesis-profile=explore $(ONLY)

# Random worlds by the thousand, each from scenario to verify; bad ones are shrunk and printed as JSON.
worlds: $(VENV)/dev.ok
	PYTHONPATH=tests $(BIN)/python -m randomworlds --count $(WORLDS) $(if $(WORLD_SEED),--seed $(WORLD_SEED))

format: $(VENV)/dev.ok
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: $(VENV)/dev.ok
	$(BIN)/python benchmarks/lifecycle.py

# Scores the policies that ship and writes docs/leaderboard.md, with the result that it is made from.
leaderboard: $(VENV)/dev.ok
	$(BIN)/dronesim bench table

# Trains the policy linear again, and tells whether its weights are those that ship; not in the gate.
learned: $(VENV)/dev.ok
	@mkdir -p runs
	$(BIN)/python examples/train_linear_policy.py --out runs/linear.toml
	diff runs/linear.toml src/dronesim/dispatch/policies/linear.toml

# Runs the checks behind docs/validation.md and writes the page, and the outcomes that the package carries.
validation: $(VENV)/dev.ok
	$(BIN)/python benchmarks/validation.py

# Runs the long commands of README.md in full and keeps what their days brought; prints what the page should show.
readme: $(VENV)/dev.ok
	PYTHONPATH=tests $(BIN)/python -m kept_days

# Makes the pictures of README.md anew, of the quickstart day and its pages; needs Chromium.
pictures: $(VENV)/dev.ok
	$(BIN)/python benchmarks/pictures.py

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
	$(PIP) install --no-compile --constraint constraints.txt --editable ".[dev,dask]"
	@touch $@ $(VENV)/demo.ok

clean:
	rm -rf $(VENV) .venv-newest .venv-oldest runs .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
