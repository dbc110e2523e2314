#!/bin/sh
# Installs what is missing, builds, and runs the demo studies on 2 ranks: three microgrids over a day, and as a market.
# Usage: demo.sh [DIR]; the market's run goes to DIR-market.
# With ARCHIPELAGO_BUILD_DIR set, what is built there is used as it is.
set -eu
out=$(realpath -m "${1:-$(dirname "$0")/../runs/islands}")
cd "$(dirname "$0")/.."
. scripts/environment.sh

if [ -z "${ARCHIPELAGO_BUILD_DIR:-}" ]; then
  sh scripts/install-packages.sh
  build --target archipelago
fi
archipelago=${ARCHIPELAGO_BUILD_DIR:-build/release}/jobs/archipelago

mpirun -n 2 "$archipelago" run inputs/cases/islands/study.yaml -o "$out"
"$archipelago" ledger verify "$out"
echo
mpirun -n 2 "$archipelago" run inputs/cases/islands/market.yaml -o "$out-market"
"$archipelago" ledger audit "$out-market"

cat <<END

What to look at:
  $archipelago show $out
      this summary again
  $archipelago show $out --parts
      what the prices are made of: energy, losses, congestion and voltage
  $out/results.nc
      everything, hour by hour: ncdump -h, or xarray.open_dataset
  $out/summary.csv, $out/settlement.csv
      the summary as a table; who pays and receives what
  $archipelago ledger statement $out-market "village households"
      what the village was paid and charged, line by line: prices, trades, contracts, rules
  $archipelago ledger audit $out-market
      every amount carried out again from stored inputs; without the cluster: archipelago-ledger (README.md)
  $archipelago ledger --help
      proofs that an amount stands in the signed ledger ($out/ledger)
  $archipelago run inputs/cases/islands/study.yaml --policy secure-evening -o runs/evening
      the main grid bounded in the evening so that its loss is survived, and what that costs
  $archipelago run inputs/cases/quarter/study.yaml -o runs/quarter
      electricity, heat, gas and hydrogen of a town quarter over a winter day
  $archipelago run inputs/cases/islands/hour.yaml --policy grid-closed -o runs/closed
      the connection to the main grid closed at noon: 200 kW short, and why
END
