# The one entry point, for people and for CI. `make help` lists what there is.

PG_CONFIG ?= /usr/lib/postgresql/15/bin/pg_config
export PG_CONFIG

# Tells the build of pgrx which PostgreSQL to build for, so that it needs no cargo-pgrx.
export PGRX_PG_CONFIG_PATH = $(PG_CONFIG)

PG_MAJOR = $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
# What is built. quick rebuilds the library in seconds instead of minutes, with slower rules: for those who change it often.
PROFILE ?= release
FEATURES = --no-default-features --features pg$(or $(PG_MAJOR),15)
LIBRARY = $(or $(CARGO_TARGET_DIR),target)/$(PROFILE)/libtasker_core.so

.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## install what building needs (PostgreSQL 15, libclang)
	@$(if $(filter /usr/lib/postgresql/15/bin/pg_config,$(PG_CONFIG)),env -u PG_CONFIG) .ci/setup

build: setup ## build the library in release mode; PROFILE=quick builds it again in seconds, for a slower one
	@echo "== building tasker_core for PostgreSQL $$($(PG_CONFIG) --version | cut -d' ' -f2)"
	@cargo build --profile $(PROFILE) --lib $(FEATURES)

install: build ## build, and install into the PostgreSQL of PG_CONFIG
	@.ci/install $(LIBRARY)

# Nobody waits for a fast library to see the demo, unless it has been built before: it must not replace that one where it is installed.
demo: PROFILE = $(if $(wildcard $(or $(CARGO_TARGET_DIR),target)/release/libtasker_core.so),release,quick)
demo: install ## watch a workflow being resolved inside PostgreSQL; KEEP=1 leaves its server running
	@tests/demo.sh

test: check install ## everything that CI runs; the last line counts
	@tests/run.sh

check: setup ## formatting, lints, the border between core and glue, plain English, released SQL, unsafe names in the extension's script
	@echo "== check"
	@cargo fmt --check
	@cargo clippy --quiet --release --lib --bins $(FEATURES) -- -D warnings
	@cargo clippy --quiet --release --all-targets --package tasker_core_tests --package tasker_core_benches -- -D warnings
	@tests/border.sh
	@tests/words.sh
	@tests/frozen.sh
	@.ci/setup check
	@tests/pgspot.sh

unit: setup ## the rules alone, without a database
	@cargo test --release --quiet --package tasker_core_tests --test core

regress: install ## the SQL contract (pg_regress); REGRESS="a b" for some of it
	@tests/regress.sh $(REGRESS)

isolation: install ## two sessions at once (pg_isolation_regress)
	@tests/isolation.sh

drivers: install ## every function through drivers for Python, Node and Ruby; DRIVERS="pg django" for some
	@tests/drivers.sh $(DRIVERS)

clients: install ## the clients against a server; CLIENTS="python" for some
	@tests/clients.sh $(CLIENTS)

orms: install ## what the migration tools of ORMs do beside an installation; ORMS="alembic rails" for some
	@tests/orms.sh $(ORMS)

differential: install ## random tasks: the extension against an oracle in SQL
	@tests/differential.sh

docs: install ## write docs/reference.md and the pictures of the documentation
	@docs/generate/generate.sh

soak: install ## workers that fail, vanish and are killed; readers of events that are killed; timeouts and schedules under load; TASKER_SOAK_TASKS=5000 tasks unless set
	@TASKER_SOAK_TASKS=$${TASKER_SOAK_TASKS:-5000} tests/soak.sh
	@TASKER_EVENTS_SECONDS=$${TASKER_EVENTS_SECONDS:-60} tests/events.sh
	@TASKER_TIMES_SECONDS=$${TASKER_TIMES_SECONDS:-60} tests/time_limits.sh
	@TASKER_SCHEDULES_SECONDS=$${TASKER_SCHEDULES_SECONDS:-60} tests/schedules.sh

stress: install ## workers beside GRANT, ANALYZE, DDL; TASKER_STRESS_SECONDS=60 unless set
	@TASKER_STRESS_SECONDS=$${TASKER_STRESS_SECONDS:-60} tests/stress.sh

test-matrix: setup ## the main suites on every PostgreSQL at hand, 14 to 18 (.ci/postgres 17 gets one); MATRIX_FULL=1 for all suites
	@tests/matrix.sh

test-cassert: setup ## regress, isolation, discarded caches and stress on a PostgreSQL built with assertions (an hour)
	@.ci/cassert $(FEATURES)

bench: install ## the extension against the Rails functions; ROW=name for one row, BASELINE=path for the originals, PEERS=path for others
	@benches/run.sh

bench-curves: install ## how cost grows: by size, waiting tasks, workers, time; CURVE=name for one, CHURN_MINUTES=30
	@benches/curves.sh

bench-clients: install ## a step with each client, against bare SQL in its language; CLIENTS="python" for some, BENCH_STEPS=2000, BENCH_ROUNDS=5
	@benches/clients.sh $(CLIENTS)

bench-core: setup ## the rules alone, without a database (criterion)
	@cargo bench --quiet --package tasker_core_benches --bench core

fuzz: install ## odd values for every SQL function, for a few minutes: FUZZ_ROUNDS, FUZZ_SEED
	@FUZZ_ROUNDS=$${FUZZ_ROUNDS:-60} FUZZ_LIMIT=$${FUZZ_LIMIT:-3600} tests/fuzz.sh

instructions: setup ## count the instructions of the rules, and accept the counts: the tests raise an alarm at 10 % more
	@ACCEPT=1 benches/instructions.sh

package: build ## build what a package contains, below target/release/tasker_core-pg15
	@DESTDIR=$(dir $(LIBRARY))tasker_core-pg$(PG_MAJOR) .ci/install $(LIBRARY)

deb: build ## build a Debian package for the PostgreSQL of PG_CONFIG, in target/packages
	@.ci/deb $(LIBRARY)

pgxn-zip: ## pack the committed tree for PGXN, in target/packages
	@.ci/pgxn

test-packages: install ## install, use and remove the Debian package in a clean Debian 12 (root only; a few minutes)
	@PACKAGES_ROOT=1 tests/packages.sh $(LIBRARY)

# What the PGXN client calls.
all: build

release: ## freeze the SQL of Cargo's version, as CONTRIBUTING.md describes
	@.ci/release

clean: ## remove what was built
	cargo clean

.PHONY: help setup build install demo test check unit regress isolation drivers clients orms differential docs fuzz soak stress test-matrix test-cassert bench bench-curves bench-clients bench-core instructions package release deb pgxn-zip test-packages all clean
