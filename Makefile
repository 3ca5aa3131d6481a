# make demo   an environment, then a demo park with a year of data, its account, indicators and report
# make test   an environment, then every check that CI runs
# make bench  the figures of benchmarks/README.md, with the two baselines
# make oracles  other optimisers on the same parks, a full year each: many minutes
# make rooms  the longest files and functions, to look at
# make format the form that `make test` asks for
#
# PYTHON=… names the interpreter, VENV=… the environment, DEMO=… the demo's folder.

VENV ?= .venv
DEMO ?= demo-park
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test bench oracles rooms format locked lock clean

help:
	@sed -n 's/^# //p' Makefile

demo: $(VENV)/.installed
	$(VENV)/bin/lingtan demo --out $(DEMO)

test: $(VENV)/.installed-dev
	$(PY) checks/all.py

bench: $(VENV)/.installed-dev
	$(PY) -m benchmarks

oracles: $(VENV)/.installed-dev
	@$(PIP) install --editable '.[oracles]'
	LINGTAN_ORACLE_HOURS=8760 $(PY) -m pytest -n 0 tests/oracles
	$(PY) checks/robust_plans.py 200

rooms: $(VENV)/.installed
	$(PY) checks/rooms.py

format: $(VENV)/.installed-dev
	$(PY) -m ruff format src tests checks benchmarks
	$(PY) -m ruff check --fix src tests checks benchmarks

# the exact versions, with their hashes, of requirements.lock instead of the newest that fit
locked: $(PY)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --editable .
	@touch $(VENV)/.installed $(VENV)/.installed-dev

lock: $(VENV)/.installed-dev
	$(PY) checks/lock.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# an environment whose interpreter went away is made again
$(PY):
	@python=$$(PYTHON='$(PYTHON)' sh checks/find-python.sh) && rm -rf $(VENV) && \
		echo "environment $(VENV) with $$($$python --version)" && $$python -m venv $(VENV)

$(VENV)/.installed: pyproject.toml web/package-lock.json | $(PY)
	@echo "installing Lingtan …"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml web/package-lock.json | $(PY)
	@echo "installing Lingtan and its checks …"
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed
