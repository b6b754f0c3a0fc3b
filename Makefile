PYTHON ?= python3
BIN := .venv/bin
install: $(BIN)/alcolab
$(BIN)/alcolab: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -e '.[test]'
	touch $@
