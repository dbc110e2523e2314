#!/bin/bash
# One task of a sweep, an element of the array that `archipelago sweep --slurm` submits. ARCHIPELAGO is the program,
# ARCHIPELAGO_SWEEP the sweep's directory.
#SBATCH --job-name=archipelago-sweep
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=USR1@120
set -u

: "${ARCHIPELAGO_SWEEP:?is the directory of the sweep}" "${SLURM_ARRAY_TASK_ID:?is the number of the task}"
# shellcheck source=site.sh
. "$ARCHIPELAGO_SWEEP/slurm/site.sh"
# shellcheck source=functions.sh
. "$ARCHIPELAGO_SWEEP/slurm/functions.sh"

forget_mpi
load_modules
find_program
check_ranks
launch sweep --task "$SLURM_ARRAY_TASK_ID" -o "$ARCHIPELAGO_SWEEP"
finish $?
