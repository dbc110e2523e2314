#!/bin/sh
# Installs what is missing of Archipelago's Debian 12 packages: those that build and run it, and with --tests those that
# test it. libsuitesparse-dev has KLU and AMD, libsundials-dev IDA and KINSOL, libpetsc-real-dev MUMPS and PTScotch, whose
# generator libscotch-dev resets; libopenblas0-serial is the fast library behind libblas-dev and liblapack-dev.
# node-d3 is the drawing library that is built into the report.
# Slurm is not installed for its tests: tests/slurm/cluster.sh unpacks it for itself and leaves nothing behind.
# Optional, and not installed here: coinor-libipopt-dev, with which tests/bench/bench_opf compares.
set -eu

packages="build-essential cmake ninja-build pkg-config
  openmpi-bin libopenmpi-dev libpetsc-real-dev libsundials-dev libsuitesparse-dev libhdf5-openmpi-dev libscotch-dev
  libopenblas0-serial libblas-dev liblapack-dev
  libssl-dev libyaml-dev libjansson-dev libcmocka-dev node-d3"
test_packages="glpk-utils netcdf-bin python3 python3-numpy python3-xarray python3-h5netcdf python3-selenium chromium chromium-driver strace"

case "${1:-}" in
  "") ;;
  --tests) packages="$packages $test_packages" ;;
  *) echo "usage: $0 [--tests]" >&2; exit 2 ;;
esac

missing=""
for package in $packages; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "$0: not root, and there is no sudo to install:$missing" >&2; exit 1; }
  as_root="sudo"
fi

# A mirror that fails once often works the second time.
try() {
  for pause in 2 10 30; do
    "$@" && return 0
    echo "$0: trying again in $pause s" >&2
    sleep "$pause"
  done
  "$@"
}

echo "installing:$missing"
try $as_root apt-get -qq update
# shellcheck disable=SC2086
try $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing
