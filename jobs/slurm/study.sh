#!/bin/bash
# One study as a batch job, which goes on by itself after its wall limit:
#   sbatch --ntasks=4 jobs/slurm/study.sh STUDY DIR [options of archipelago run]
#   jobs/slurm/submit.sh --ntasks=4 jobs/slurm/study.sh STUDY DIR [options]    with the settings of site.sh
#SBATCH --job-name=archipelago
#SBATCH --output=archipelago-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=USR1@120
set -u

# sbatch runs a copy of this file: where its neighbours lie is told by submit.sh, or is where the original was.
if [ -z "${ARCHIPELAGO_SCRIPTS:-}" ]; then
  ARCHIPELAGO_SCRIPTS=$(scontrol show job "${SLURM_JOB_ID:?run this with sbatch}" | sed -n 's/^ *Command=//p' | head -1)
  ARCHIPELAGO_SCRIPTS=${ARCHIPELAGO_SCRIPTS%%/study.sh*}
fi
[ -r "$ARCHIPELAGO_SCRIPTS/site.sh" ] || { echo "study.sh: no site.sh in $ARCHIPELAGO_SCRIPTS" >&2; exit 2; }
# shellcheck source=site.sh
. "$ARCHIPELAGO_SCRIPTS/site.sh"
# shellcheck source=functions.sh
. "$ARCHIPELAGO_SCRIPTS/functions.sh"

[ $# -ge 2 ] || { say "usage: sbatch study.sh STUDY DIR [options of archipelago run]"; exit 2; }
study=$1 directory=$2
shift 2
forget_mpi
load_modules
find_program
check_ranks
launch run "$study" -o "$directory" "$@"
finish $?
