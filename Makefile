# SPDX-License-Identifier: GPL-2.0-only
#
# The work is done by scripts/; kbuild reads Kbuild, not this.

KDIR ?= /lib/modules/$(shell uname -r)/build
TARGETS ?= uml stock
TESTS ?= *
SUITES ?= static kunit functional crash

# What the command line sets is in the environment of the scripts by itself,
# spaces and quotes included.
export KDIR

all:
	+@scripts/build-here

demo:
	@scripts/demo

test:
	@scripts/deps test
	@tests/run --targets '$(TARGETS)' --suites '$(SUITES)' --tests '$(TESTS)'

tools:
	@$(MAKE) --no-print-directory -C tools
	@$(MAKE) --no-print-directory -C examples

html:
	@scripts/html

shell:
	@scripts/shell

bench:
	@scripts/deps test
	@CASE='$(CASE)' RUNS='$(RUNS)' tests/bench/run

bench-scale:
	@scripts/deps test
	@CASE='scale-*' tests/bench/run

bench-vm:
	@scripts/deps test
	@CASE='$(CASE)' RUNS='$(RUNS)' TARGET='$(or $(TARGET),stock)' \
		tests/bench/run

test-debug:
	@scripts/deps test
	@tests/failnth/run

test-stress:
	@scripts/deps test
	@MINUTES='$(or $(MINUTES),2)' tests/stress/run

test-litmus:
	@scripts/deps litmus
	@tests/litmus/run $(LITMUS)

test-matrix:
	@TESTS='$(TESTS)' scripts/test-matrix

test-packages:
	@tests/packages/run $(PACKAGES_SUITES)

coverage:
	@scripts/deps coverage
	@tests/coverage/run

deb:
	@scripts/deb

unload load:
	@scripts/$@

install uninstall:
	@scripts/$@

modules_install:
	@scripts/install modules

clean:
	@scripts/clean

cache-clean:
	@scripts/cache-clean

help:
	@sed -n 's/^## //p' scripts/help.txt

.PHONY: all demo test bench bench-scale bench-vm test-matrix test-debug
.PHONY: test-litmus test-stress coverage tools html shell deb unload load install uninstall
.PHONY: modules_install test-packages clean cache-clean help
