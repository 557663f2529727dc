# make run     serve the page and the API on http://127.0.0.1:8000, read ./inbox into ./outbox
# make test    the tests; those that lack a part say how to install it
# make train   train on MNIST, export to model/*.onnx, evaluate
# make own LABELS=FILE   how well your own pictures are read: a table of them, or the page's zip
# make lint    ruff, mypy and bandit
# make lint-infra   check infra/ and the workflows
# make smoke URL=https://...   read a digit there; STORAGE=... through its blob storage, too
# make container   build the image of infra/vm/Dockerfile for the tests, without Docker
# make vendor  fetch the libraries with which the page reads in the browser
# make site API=https://HOST/api   the page for static hosting, in infra/site/dist
# make bench   measure; writes bench/RESULTS.md
# make fuzz    hostile files by the thousand, RUNS=100000
# make audit   known weaknesses of the dependencies
# make lock    resolve the dependencies anew, with hashes, into locks/

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: run test test-deps vendor site container smoke train own bench fuzz audit lock lint lint-infra \
	format clean

run: .venv/.server
	@$(MAKE) --no-print-directory vendor || echo "Without them the page lets the server read all."
	PATH="$(CURDIR)/$(BIN):$$PATH" PORT=$(PORT) $(BIN)/honcho start --port $(PORT)

test: .venv/.tests
	$(BIN)/python -m pytest $(ARGS)

# All that the tests can use: Chromium for the page, Azurite for blob storage, TensorFlow for the
# training, Tesseract to compare with, the Functions runtime in a Debian of its own. Needs a Debian
# or Ubuntu with root, and npm.
test-deps: .venv/.tests .venv/.training vendor
	command -v chromium-headless-shell || command -v google-chrome || \
		{ apt-get update && apt-get install --yes chromium-headless-shell; } || \
		command -v chromium || apt-get install --yes chromium
	command -v tesseract || { apt-get update && apt-get install --yes tesseract-ocr; }
	npm install --no-save --no-audit --no-fund --prefix .tools azurite@3.35.0 axe-core@4.14.1
	tests/runtime/install.sh

vendor: .venv/.server
	@$(BIN)/python infra/vendor.py

site: vendor
	$(BIN)/python infra/site/build.py "$(API)"

smoke: .venv/.tests
	$(BIN)/python -m tests.smoke "$(URL)" $(if $(STORAGE),--storage "$(STORAGE)")

# Debian or Ubuntu with root; the base is kept in build/container.
container: vendor
	tests/container/build.sh

train: .venv/.training
	$(if $(SEMEION),test -r $(SEMEION))
	$(BIN)/python -m training train
	$(BIN)/python -m training export
	$(BIN)/python -m training train-rows
	$(BIN)/python -m training export-rows
	$(BIN)/python -m training train --copies 0 --epochs 12 --output build/plain.keras
	$(BIN)/python -m training export --source build/plain.keras --output build/plain.onnx
	$(BIN)/python -m training evaluate --baseline build/plain.onnx $(if $(SEMEION),--semeion $(SEMEION))
	$(BIN)/python -m training numbers $(if $(SEMEION),--semeion $(SEMEION))
	$(BIN)/python -m training review
	$(BIN)/python -m training card

own: .venv/.training
	$(if $(LABELS),,$(error LABELS=FILE: a table of your pictures, or the zip of the page's corrections))
	$(BIN)/python -m training own "$(LABELS)"

lint: .venv/.tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/bandit -q -c pyproject.toml -r shared infra function_app.py

bench: .venv/.tests .venv/.training
	$(BIN)/python -m bench $(ARGS)

fuzz: .venv/.tests
	$(BIN)/python -m fuzz --runs $(or $(RUNS),100000)

audit: .venv/.tests
	for lock in locks/*.txt; do $(BIN)/pip-audit --require-hashes --disable-pip -r $$lock || exit 1; done

LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
lock: .venv/.tests
	$(LOCK) requirements.txt -o locks/function.txt
	$(LOCK) infra/vm/requirements.txt -o locks/server.txt
	$(LOCK) tests/requirements.txt -o locks/tests.txt
	$(LOCK) training/requirements.txt -o locks/training.txt

WORKFLOWS := $(wildcard .github/workflows/*.yml)
INFRA := build/infra/bin

lint-infra: build/infra/.installed
	$(INFRA)/hadolint infra/vm/Dockerfile
	$(INFRA)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(INFRA)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(INFRA)/check-jsonschema --builtin-schema vendor.compose-spec infra/vm/compose.yaml
	$(INFRA)/zizmor --offline --quiet .github
	$(INFRA)/checkov --directory infra --framework bicep --skip-download --quiet --compact

format: .venv/.tests
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .tools build

.venv/.created:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/.server: .venv/.created locks/server.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/server.txt
	touch $@

.venv/.tests: .venv/.created locks/tests.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/tests.txt
	touch $@

# Of TensorFlow's thousands of modules few are used, and compiled then.
.venv/.training: .venv/.created locks/training.txt
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --require-hashes \
		-r locks/training.txt
	touch $@

build/infra/.installed: tests/requirements-infra.txt
	$(PYTHON) -m venv build/infra
	build/infra/bin/pip install --quiet --no-compile --disable-pip-version-check -r $<
	touch $@
