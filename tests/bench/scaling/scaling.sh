#!/bin/sh
# All tables of docs/scaling.md: scaling.sh [BUILD] [options of scaling.py]. BUILD: a build folder with the targets archipelago,
# bench_scaling and bench_mpi_count; default build.
set -eu
here=$(dirname "$0")
build=${1:-build}
[ $# -gt 0 ] && shift
exec python3 "$here/scaling.py" --build "$build" "$@"
