#!/bin/sh
# Installs what is missing, builds, and plans three microgrids for 2030, 2040 and 2050 under five policies on 2 ranks; then
# compares the plans and writes the report. Usage: plan.sh [DIR]; default: runs/islands-2050. Plans that are in DIR stay.
# With ARCHIPELAGO_BUILD_DIR set, what is built there is used as it is.
set -eu
usage() {
  echo "usage: plan.sh [DIR]    plans inputs/cases/islands-2050 under its policies into DIR/POLICY, compares them, writes DIR/report.html"
}
case "${1:-}" in
  -h | --help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -le 1 ] || { usage >&2; exit 2; }
out=$(realpath -m "${1:-$(dirname "$0")/../runs/islands-2050}")
cd "$(dirname "$0")/.."
. scripts/environment.sh

if [ -z "${ARCHIPELAGO_BUILD_DIR:-}" ]; then
  sh scripts/install-packages.sh
  build --target archipelago
fi
archipelago=${ARCHIPELAGO_BUILD_DIR:-build/release}/jobs/archipelago
study=inputs/cases/islands-2050/study.yaml
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# step NAME COMMAND...: one line with its seconds; what the command says is shown where it fails.
step() {
  name=$1
  shift
  began=$(date +%s.%N)
  status=0
  "$@" >"$log" 2>&1 || status=$?
  awk -v name="$name" -v began="$began" -v ended="$(date +%s.%N)" 'BEGIN { printf "%-28s %6.1f s\n", name, ended - began }'
  [ "$status" -eq 0 ] || { cat "$log" >&2; exit "$status"; }
}

echo "planning $study on 2 ranks into $out"
for policy in none carbon-price-100 zero-carbon-2050 storage-subsidy peer-to-peer; do
  step "plan $policy" mpirun -n 2 "$archipelago" plan "$study" --policy "$policy" -o "$out/$policy"
done
set -- "$out/none" "$out/carbon-price-100" "$out/zero-carbon-2050" "$out/storage-subsidy" "$out/peer-to-peer"
step "report" "$archipelago" report "$@" --title "Islands to 2050" -o "$out/report.html"
step "compare" "$archipelago" compare "$@" --base "$out/none" --csv "$out/compare.csv" --iamc "$out/iamc.csv"
echo
"$archipelago" compare "$@" --base "$out/none" --by period --filter "System Cost" --filter "Carbon Payments" \
  --filter "Emissions CO2" --filter "Cost Per Tonne Avoided" --filter "Carbon Price" --filter "Unserved Energy" \
  --filter "Loss Of Load Hours" --filter "Energy Bill"

cat <<END

What to look at:
  $out/report.html
      everything on one page, in any browser: capacity, dispatch by hour, prices, map, reliability, stability, bills
  $archipelago compare $out/none $out/zero-carbon-2050
      two policies with prices, bills, capacities and energy by technology; --by region, --filter "Optimal Capacity" for less
  $archipelago show $out/zero-carbon-2050
      one plan on one screen
  $out/compare.csv, $out/iamc.csv
      every row of the comparison; the layout of the IAMC
  $out/none
      a PyPSA folder: pypsa.Network("$out/none"); results.nc, statistics.csv and plan.json beside it (docs/planning.md)
  $archipelago plan FOLDER -o runs/mine
      your own PyPSA folder: docs/planning.md has a walk through it
END
