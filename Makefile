# `make` alone lists the targets. Each works from a clean clone: Python 3.11 to 3.14 and make are all it needs.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup report document site check test lint format browser lab changes publish bench calibrate measurement reference lock

# Nothing of the caller's Python leaks into the pinned environment; what it compiles once it keeps.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

PYTHONS := python3 python3.13 python3.12 python3.14 python3.11
SUITABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
UV := $(shell command -v uv 2>/dev/null)
WORKERS ?= 2
RUN := .venv/bin/python

# A copied or moved folder brings paths that no longer exist: install again there.
$(shell [ "$$(cat .venv/.installed 2>/dev/null)" = "$$(pwd -P)" ] || rm -f .venv/.installed .venv/.installed-tests .venv/.installed-extras)

# Installs exactly what the lock says: uv where it is at hand (seconds), otherwise pip (half a minute).
define install
@echo "Installing $(1) into .venv ..."
@{ [ -n "$(UV)" ] && "$(UV)" pip install --quiet --python $(RUN) --no-deps $(1); } || { \
  { $(RUN) -m pip --version >/dev/null 2>&1 || $(RUN) -m ensurepip >/dev/null; } && \
  $(RUN) -m pip install -qq --disable-pip-version-check --no-deps --no-compile $(1); }
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile
	@echo 'Options for a command go in OPTIONS: make report OPTIONS="--outcome hope"'

setup: .venv/.installed .venv/.installed-tests ## make .venv with everything in the two locks

report: .venv/.installed-extras ## run the notebooks on data/ and render reports/index.html
	$(RUN) -m synthesis report $(OPTIONS)

document: .venv/.installed-extras ## write the report as one document for a panel: Word and PDF
	$(RUN) -m synthesis document $(OPTIONS)

# The same pages give the same files: nothing of the day or of the folder stands in them.
site: .venv/.installed-tests ## build the documentation into site/; open site/index.html
	$(RUN) -m sphinx -W -n --keep-going --quiet -E -j auto -d .venv/.doctrees docs site $(OPTIONS)
	@echo "Open site/index.html"

check: .venv/.installed ## check every trial in data/ against the contract
	$(RUN) -m synthesis check $(OPTIONS)

test: lint browser ## ruff, then every test (WORKERS=2 at once)
	$(RUN) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(OPTIONS)

lint: .venv/.installed-tests ## ruff: rules and format
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

format: .venv/.installed-tests ## let ruff mend what it can
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

browser: .venv/.installed-tests ## find the browser that the report's test needs, or say how to get one
	@$(RUN) docs/browser.py

lab: .venv/.installed-extras ## open the notebooks in JupyterLab
	$(RUN) -m jupyterlab --LabApp.default_url=/lab/tree/notebooks $(OPTIONS)

changes: .venv/.installed-extras ## say what each released version changed: reports/changes.html and a feed
	$(RUN) -m synthesis changes $(OPTIONS)

# The documentation is the front; its first page then names what stands beside it.
publish: .venv/.installed-extras ## assemble what is served into public/: report, released versions, what changed
	$(RUN) -m synthesis report
	$(MAKE) --no-print-directory site OPTIONS='-t published'
	$(RUN) -m synthesis publish public $(OPTIONS)

bench: .venv/.installed-extras ## time the toolkit beside its peers
	$(RUN) -m benchmarks $(OPTIONS)

# Cells run side by side; threads of the linear algebra would only get in their way.
calibrate: .venv/.installed-extras ## simulate how far tests and intervals can be trusted, into data/calibration.json (half an hour)
	OPENBLAS_NUM_THREADS=1 $(RUN) -m synthesis calibrate --jobs $(WORKERS) $(OPTIONS)

measurement: .venv/.installed ## draw what was done behind codes and silence, into data/measurement.json (half an hour)
	OPENBLAS_NUM_THREADS=1 $(RUN) -m synthesis measurement $(OPTIONS)

reference: .venv/.installed ## regenerate the golden numbers with R and metafor
	@command -v Rscript >/dev/null || { \
	  echo "This needs R and the packages that tests/reference names."; \
	  echo "Debian, Ubuntu: sudo apt-get install r-base-core r-cran-metafor r-cran-clubsandwich r-cran-jsonlite r-cran-vcd r-cran-numderiv r-cran-mvtnorm r-cran-rjags"; \
	  echo "Elsewhere: install R, then in R: install.packages(c('metafor', 'clubSandwich', 'jsonlite', 'vcd', 'numDeriv', 'mvtnorm', 'rjags')) (rjags needs JAGS)"; exit 1; }
	@set -e; for script in tests/reference/*.R; do \
	  [ -e "$$script" ] || { echo "There is no script in tests/reference."; exit 1; }; \
	  echo "Rscript $$script"; Rscript "$$script"; done

# Versions already locked stay; `make lock OPTIONS=--upgrade` moves them. No hashes: pip refuses them beside `-e .`,
# which is how conda and Binder install both in one call.
lock: ## resolve pyproject.toml again into the three requirements*.lock (needs uv)
	@[ -n "$(UV)" ] || { echo "This needs uv. Type: python3 -m pip install uv"; exit 1; }
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) --extra documents --extra explore --extra multiverse --constraint requirements.lock pyproject.toml --output-file requirements-extras.lock
	$(COMPILE) --extra test --extra dev --constraint requirements.lock pyproject.toml --output-file requirements-test.lock

COMPILE = "$(UV)" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --no-emit-index-url --custom-compile-command "make lock" $(OPTIONS)

.venv/bin/python:
	@set -- $(if $(PYTHON),"$(PYTHON)",$(PYTHONS)); \
	for python do if "$$python" -c '$(SUITABLE)' 2>/dev/null; then found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 to 3.14 with venv and ensurepip found (tried: $$*)."; \
	  echo "Install one (on Debian or Ubuntu: sudo apt-get install python3-venv), or name yours: make PYTHON=/path/to/python3.12"; \
	  exit 1; \
	fi; \
	"$$found" -m venv --clear .venv
	@[ -n "$(UV)" ] || $(RUN) -m pip install -qq --upgrade pip # a current pip takes half the time of Python 3.11's

# Each stamp is written last, so an interrupted installation is taken up again.
.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	$(call install,-r requirements.lock -e .)
	@pwd -P > $@

.venv/.installed-extras: requirements-extras.lock .venv/.installed
	$(call install,-r requirements-extras.lock)
	@touch $@

.venv/.installed-tests: requirements-test.lock .venv/.installed
	$(call install,-r requirements-test.lock)
	@touch $@
