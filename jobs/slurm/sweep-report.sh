#!/bin/bash
# Compares and reports the runs of a sweep that are done, when all of its tasks have ended, well or not.
#SBATCH --job-name=archipelago-report
#SBATCH --open-mode=append
#SBATCH --requeue
set -u

: "${ARCHIPELAGO_SWEEP:?is the directory of the sweep}"
# shellcheck source=site.sh
. "$ARCHIPELAGO_SWEEP/slurm/site.sh"
# shellcheck source=functions.sh
. "$ARCHIPELAGO_SWEEP/slurm/functions.sh"

forget_mpi
load_modules
find_program
launch sweep --report -o "$ARCHIPELAGO_SWEEP"
finish $?
