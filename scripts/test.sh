#!/bin/sh
# Installs what is missing, builds everything and runs all tests; arguments go to ctest (scripts/test.sh -R ledger).
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

sh scripts/install-packages.sh --tests
build
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "$@"
