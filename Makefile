# The workshop of rejectwatch. `make help` says what there is; CONTRIBUTING.md says when to use it.

PYTHON ?= python3
LOG ?=
ARGS ?=
# One more than there are processors: much of a test is waiting for a server.
JOBS ?= $(shell expr $$(nproc) + 1)
export PYTHON

VENV := .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml hatch_build.py README.md LICENSE \
	$(shell find daemon migrations grafana systemd share -type f ! -name '*.py[co]' ! -name '*.mo*' ! -name 'prepared.py*' 2>/dev/null)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check lint fix bench load fleet dashboards-bench pages manual dashboards pictures diagnosis-report soak month lock deb nspawn clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s  %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.installed ## watch this machine's mail log in the terminal; another one: make run LOG=/path/to/mail.log
	@exec $(BIN)/python tools/try.py $(if $(LOG),'$(LOG)')

test: prepared $(VENV)/.wheel ## everything, against the built wheel; some of it: make test ARGS='tests/sources -k rotated'
	@env -u PYTHONPATH REJECTWATCH_TEST_WHEEL="$$(echo .cache/wheel/*.whl)" $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: lint $(VENV)/.wheel ## what a change has to pass before it is shown: lint and the quick tests
	@env -u PYTHONPATH REJECTWATCH_TEST_WHEEL="$$(echo .cache/wheel/*.whl)" $(BIN)/pytest -q -m 'not slow' $(ARGS)

lint: $(VENV)/.locked ## format, style, types and import contracts
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy --no-error-summary
	PYTHONPATH=daemon $(BIN)/lint-imports --no-logo

fix: $(VENV)/.locked ## let ruff repair what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.wheel ## logs of Postfix and of Exim: lines/s, MB/s, peak memory and the ratio to grep
	@env -u PYTHONPATH $(BIN)/python -m bench $(ARGS)

load: prepared $(VENV)/.wheel ## delay and memory of the daemon under load, on both databases; some of it: make load ARGS='live outage'
	@env PYTHONPATH=tests $(BIN)/python -m bench.load $(ARGS)

fleet: prepared $(VENV)/.wheel ## PostgreSQL with 50 million events: sizes, answers, removal; make fleet ARGS='--events 2000000'
	@env PYTHONPATH=tests $(BIN)/python -m bench.fleet $(ARGS)

dashboards-bench: prepared $(VENV)/.wheel ## how fast each panel answers with 10 million events; make dashboards-bench ARGS='--sqlite --events 1000000'
	@env PYTHONPATH=tests:. $(BIN)/python -m bench.dashboards $(ARGS)

pages: $(VENV)/.locked ## write docs/causes anew, from the catalogues and the cases
	@PYTHONPATH=daemon $(BIN)/python tools/cause_pages.py

manual: $(VENV)/.locked ## write share/ anew, man pages and completion, from the definitions of the commands
	@PYTHONPATH=daemon $(BIN)/python -m tools.manual

dashboards: $(VENV)/.locked ## write grafana/dashboards anew, from tools/dashboards
	@PYTHONPATH=daemon $(BIN)/python -m tools.dashboards

pictures: prepared $(VENV)/.wheel ## draw every dashboard into docs/pictures (two minutes); one: make pictures ARGS='postgresql/rejectwatch-who.json'
	@env PYTHONPATH=tests $(BIN)/python -m render.pictures $(ARGS)

diagnosis-report: $(VENV)/.wheel ## how much of real refusals is understood, and what is taken for what
	@env PYTHONPATH=tests $(BIN)/python -m diagnosis

soak: prepared $(VENV)/.wheel ## 200 deaths in a million lines, on both databases; shorter: make soak ARGS='--lines 100000 --deaths 50'
	@env PYTHONPATH=tests $(BIN)/python -m soak $(ARGS)

month: $(VENV)/.wheel ## a month of a server with 5,000 people: is exactly told what should be?; make month ARGS='--scale 0.1'
	@env PYTHONPATH=tests $(BIN)/python -m month $(ARGS)

# uv lives outside of the environment that it locks. Universal: one lock for each Python from 3.11 on.
lock: ## renew requirements-dev.lock, and of it requirements.lock, what is run: the newest releases that pyproject.toml allows
	@tools/make-venv .cache/uv && .cache/uv/bin/python -m pip install --quiet uv
	.cache/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-emit-index-annotation \
		--custom-compile-command 'make lock' --group dev --output-file requirements-dev.lock pyproject.toml
	.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-emit-index-url --no-emit-find-links --no-emit-index-annotation \
		--custom-compile-command 'make lock' --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

deb: $(VENV)/.wheel ## the Debian package for this machine's release: .cache/deb/rejectwatch_*.deb
	@tools/make-deb

nspawn: deb ## the package under a real systemd: whole Debians in containers, ten minutes, root; make nspawn ARGS='-k reload'
	@tools/prepare-nspawn
	@env -u PYTHONPATH $(BIN)/pytest -p no:randomly tests/container $(ARGS)

clean: ## remove what the other targets have made
	rm -rf $(VENV) .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.git -prune -o \( -name '__pycache__' -o -name '*.mo' -o -path ./daemon/rejectwatch/causes/prepared.py \) -exec rm -rf {} +

.PHONY: prepared
prepared:
	@tools/prepare-tests

# ── the environment, in three states ─────────────────────────────────────────────────────────────
# .installed: the project as it is now.  .locked: exactly the lock file.  .wheel: that, and the built wheel.

$(VENV)/.installed: $(SOURCES)
	@test -x $(BIN)/python || tools/make-venv $(VENV)
	@echo "Installing rejectwatch into $(VENV) (a minute at most; again only when the sources change) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check .
	@touch $@

$(VENV)/.locked: requirements-dev.lock
	@tools/make-venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(VENV)/.wheel: $(VENV)/.locked $(SOURCES)
	rm -rf .cache/wheel
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-cache-dir --wheel-dir .cache/wheel .
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall .cache/wheel/*.whl
	@touch $@ $(VENV)/.installed
