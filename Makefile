# Everything that a contributor or a CI job runs. Needs GNU make and Python 3.11 or newer; root is never needed, though
# with it (or with sudo that asks nothing) `make test` can install the broker and the database server that it lacks.

VENV ?= .venv
PYTHON ?=
# Many tests wait for processes that they started: more run at once than there are cores.
JOBS ?= $(shell echo $$(($$(nproc) + 2)))
DEMO_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
FAULTS_ARGS ?=
PEERS ?=
SCHEMAS ?= bugzilla2fedmsg-schema bodhi-messages

# A run of the tests starts hundreds of Pythons: none of them shall compile anew what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

bin := $(VENV)/bin
pip_install = $(bin)/python -m pip install --quiet --disable-pip-version-check
# For the image's Python; neither the name nor the address of a registry gets into the files.
compile_lock = $(bin)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.12 \
    --python-platform linux --custom-compile-command 'make lock'
# An editable installation knows the top-level packages that existed when it was made.
installed_from := setup.cfg pyproject.toml $(wildcard bbconsumer/__init__.py web/__init__.py migrations/__init__.py)

.DEFAULT_GOAL := help
# Two goals at once would mean two pips in one environment.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test screenshots verify faults bench check format lock manifests contract fidelity schemas clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed-run ## a whole release on this machine, simulated (DEMO_ARGS=…)
	$(bin)/bbconsumer demo $(DEMO_ARGS)

test: $(VENV)/.installed-test schemas ## every test, in parallel (JOBS=…, PYTEST_ARGS=…)
	@$(bin)/python -m tests.services.install
	@$(bin)/pytest -n $(JOBS) --dist loadgroup $(PYTEST_ARGS) \
	    && echo 'make test: PASSED (tests that were left out, if any, are listed above)' \
	    || { echo 'make test: FAILED'; exit 1; }

verify: $(VENV)/.installed-test schemas ## the long forms: convergence, lives, crashes, faults, fuzz, benchmarks, the matrix of starts; up to an hour (JOBS=…, PYTEST_ARGS=…)
	@$(bin)/python -m tests.services.install
	@BBCONSUMER_VERIFY=1 $(bin)/pytest -n $(JOBS) --dist loadgroup tests/convergence tests/lives tests/crashes \
	        tests/faults tests/bench tests/domain/test_fuzz.py tests/rollout/test_matrix.py tests/end_to_end/test_votes.py \
	        tests/services tests/simulator $(PYTEST_ARGS) \
	    && echo 'make verify: PASSED (tests that were left out, if any, are listed above)' \
	    || { echo 'make verify: FAILED'; exit 1; }

faults: $(VENV)/.installed-test ## storms: everything fails, and what is stored must be the truth (FAULTS_ARGS="--storms N")
	@$(bin)/python -m tests.services.install
	@$(bin)/python -m tests.faults $(FAULTS_ARGS)

bench: $(VENV)/.installed-test ## how fast it is, as ratios to what this machine can do (BENCH_ARGS=…)
	@$(bin)/python -m tests.services.install
	@$(bin)/python -m tests.bench $(BENCH_ARGS)

screenshots: $(VENV)/.installed-test ## a picture of every page: light, dark, small (build/screenshots)
	@$(bin)/python -m tests.services.install
	@$(bin)/python -m tests.browser.screenshots build/screenshots

check: $(VENV)/.installed-check ## lint, format, types, the rules of the architecture, image and manifests
	@failed=; \
	for tool in 'ruff check .' 'ruff format --check .' mypy lint-imports 'hadolint Dockerfile' \
	        'shellcheck .ci/run $(wildcard openshift/*.sh)' 'python -W error -m tests.openshift.rendered'; do \
	    echo "== $$tool"; $(bin)/$$tool || failed="$$failed, $$tool"; \
	done; \
	if [ -n "$$failed" ]; then echo "make check: FAILED ($${failed#, })"; exit 1; fi; \
	echo 'make check: PASSED'

format: $(VENV)/.installed-check ## lay the source out as `make check` wants it
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

lock: $(VENV)/.installed-check ## renew the versions and hashes of what the image installs
	@$(compile_lock) setup.cfg --output-file requirements.txt
	@$(bin)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	    | $(compile_lock) - --output-file requirements-build.txt

manifests: $(VENV)/.installed-test ## one plain YAML file for each environment (build/manifests)
	@$(bin)/python -m tests.openshift.rendered build/manifests

contract: $(VENV)/.installed-test ## contract tests on a real server (BUGZILLA_URL=… or PAGURE_URL=…, and its keys; BODHI_URL=…)
	@test -n "$(BUGZILLA_URL)$(PAGURE_URL)$(BODHI_URL)" || { \
	    echo 'make contract: say which server: make contract BUGZILLA_URL=https://… BUGZILLA_API_KEY=…' >&2; \
	    echo '           or: make contract PAGURE_URL=https://… PAGURE_REPO=… PAGURE_REPO_TOKEN=…' >&2; \
	    echo '           or: make contract BODHI_URL=https://…' >&2; exit 2; }
	@$(bin)/pytest tests/contract $(PYTEST_ARGS)

fidelity: $(VENV)/.installed-run ## compare the simulator with recorded answers (PEERS=folder)
	@test -n "$(PEERS)" || { echo 'make fidelity: say where the recorded answers are: make fidelity PEERS=folder' >&2; exit 2; }
	@$(bin)/python -m bbconsumer.simulator.fidelity $(PEERS)

schemas: build/schemas/.installed ## message schemas, kept outside of the environment

clean: ## remove what make made
	rm -rf $(VENV) build dist *.egg-info .hypothesis .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Never into the environment: fedora-messaging discards what an installed schema does not accept. Tests that compare our
# messages with a schema add this folder to the path of a process of their own.
build/schemas/.installed: Makefile | $(VENV)/.installed-run
	@rm -rf build/schemas
	@$(pip_install) --target build/schemas --no-deps $(SCHEMAS)
	@touch $@

$(VENV)/.installed-run: $(installed_from)
	@$(make_venv)
	@echo 'Installing bbconsumer into $(VENV)'
	@$(pip_install) --editable .
	@touch $@

$(VENV)/.installed-test: $(installed_from)
	@$(make_venv)
	@echo 'Installing bbconsumer and what its tests need into $(VENV)'
	@$(pip_install) --editable '.[test]'
	@touch $@ $(VENV)/.installed-run

$(VENV)/.installed-check: $(installed_from)
	@$(make_venv)
	@echo 'Installing bbconsumer, its tests and checks into $(VENV)'
	@$(pip_install) --editable '.[test,check]'
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed-run

# A candidate is run and not only looked for: a version manager's python3.13 may exist and refuse.
# Debian splits ensurepip off, so an interpreter without it is passed over as long as there is another.
new_enough := import sys; sys.exit(sys.version_info < (3, 11))
define make_venv
$(bin)/python -c 'import pip; $(new_enough)' 2>/dev/null && exit 0; \
old=; incomplete=; \
for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
    version=$$("$$python" --version 2>/dev/null) || continue; \
    "$$python" -c '$(new_enough)' || { old="$$version"; continue; }; \
    "$$python" -c 'import ensurepip, venv' 2>/dev/null || { incomplete="$$version"; continue; }; \
    echo "Creating $(VENV) with $$version"; \
    exec "$$python" -m venv --clear $(VENV); \
done; \
if [ -n "$$incomplete" ]; then \
    echo "$$incomplete cannot create virtual environments here: install python3-venv (Debian, Ubuntu: sudo apt install python3-venv) and run make again." >&2; \
else \
    echo "Python 3.11 or newer is needed and $${old:-none} was found: install one (Debian, Ubuntu: sudo apt install python3 python3-venv; Fedora: sudo dnf install python3) or name it with make PYTHON=…" >&2; \
fi; \
exit 1
endef
