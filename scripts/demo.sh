#!/bin/sh
# Installs what is missing, builds, and runs the demo study on 2 ranks: three microgrids over a day.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

out=${1:-runs/islands}
sh scripts/install-packages.sh
build -DBUILD_TESTING=OFF
archipelago=build/release/jobs/archipelago

mpirun -n 2 "$archipelago" run inputs/cases/islands/study.yaml -o "$out"
"$archipelago" ledger verify "$out"

cat <<END

What to look at:
  $archipelago show $out        this summary again
  $out/results.nc               everything, hour by hour: ncdump -h, or xarray.open_dataset("$out/results.nc")
  $out/summary.csv              the summary as a table
  $out/settlement.csv           who pays and receives what
  $archipelago ledger --help    proofs that an amount is in the signed ledger ($out/ledger)
  $archipelago run inputs/cases/islands/hour.yaml --policy grid-closed -o runs/closed
                                the grid closed at noon: 200 kW short, and why
END
