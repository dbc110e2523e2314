#!/bin/bash
# sbatch with the settings of site.sh: submit.sh [options of sbatch] SCRIPT [arguments]; options given here win.
# Example: jobs/slurm/submit.sh --ntasks=4 jobs/slurm/study.sh inputs/cases/islands/study.yaml runs/islands
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
if [ $# -eq 0 ] || [ "$1" = --help ]; then
  sed -n '2,3s/^# //p' "$0"
  exit 2
fi
# shellcheck source=site.sh
. "$here/site.sh"
# shellcheck source=functions.sh
. "$here/functions.sh"
export ARCHIPELAGO_SCRIPTS="$here"
forget_mpi

ranks=$ARCHIPELAGO_RANKS
limit=$ARCHIPELAGO_TIME
case " $* " in *"/sweep-report.sh "*) ranks=1 limit=$ARCHIPELAGO_REPORT_TIME ;; esac

options=(--ntasks="$ranks" --cpus-per-task=1 --signal="USR1@$ARCHIPELAGO_WARNING" --requeue --open-mode=append)
[ -z "$limit" ] || options+=(--time="$limit")
[ -z "$ARCHIPELAGO_MEMORY_PER_RANK" ] || options+=(--mem-per-cpu="$ARCHIPELAGO_MEMORY_PER_RANK")
[ -z "$ARCHIPELAGO_PARTITION" ] || options+=(--partition="$ARCHIPELAGO_PARTITION")
[ -z "$ARCHIPELAGO_ACCOUNT" ] || options+=(--account="$ARCHIPELAGO_ACCOUNT")
[ -z "$ARCHIPELAGO_QOS" ] || options+=(--qos="$ARCHIPELAGO_QOS")
[ -z "$ARCHIPELAGO_CONSTRAINT" ] || options+=(--constraint="$ARCHIPELAGO_CONSTRAINT")
# shellcheck disable=SC2206
options+=($ARCHIPELAGO_EXTRA)
if [ -n "${ARCHIPELAGO_SUBMIT_DRY:-}" ]; then
  printf '%q ' sbatch "${options[@]}" "$@"
  echo
  exit 0
fi
exec sbatch "${options[@]}" "$@"
