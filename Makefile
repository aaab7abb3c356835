# What CI runs, step by step, for people.

.PHONY: test lint run trial benchmarks

test:
	uv run pytest

lint:
	uv run ruff check .
	uv run ruff format --check .
	uv run mypy

run:
	uv run crucible run

trial:  # the tutorial's code: exit code 1 is what should happen
	uv run crucible run --variant as_written; test $$? -eq 1

benchmarks:
	for each in checking probe_overhead start_time client_rate; do \
		uv run python -m benchmarks.$$each || exit 1; \
	done
