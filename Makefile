# What CI runs, step by step, for people.

TRIAL = reports/trial/as_written/latest reports/trial/hardened/latest

.PHONY: test lint run trial trial-table suites suite-shop suite-guarantees \
	suite-released benchmarks

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

trial-table:  # docs/trial.md and the README's table, from a run of each variant
	uv run crucible run shop --variant as_written --reports reports/trial/as_written; test $$? -eq 1
	uv run crucible run shop --reports reports/trial/hardened
	uv run python -m scenarios.trial $(TRIAL) > docs/trial.md
	uv run python -m scenarios.trial $(TRIAL) --into README.md

# Every scenario of the bundled system. `make -j2 suites` runs them on three stacks side by side, since
# they mostly wait: the guarantees on two.
suites: suite-shop suite-guarantees

suite-shop:
	uv run crucible run shop --reports reports/suites

suite-guarantees:
	uv run pytest scenarios/guarantees -q -n 2 --reports reports/suites

suite-released:  # a target without Django
	uv run crucible run guarantees --target tests/targets/released/target.toml \
		--reports reports/suites

benchmarks:
	for each in checking probe_overhead start_time client_rate; do \
		uv run python -m benchmarks.$$each || exit 1; \
	done
