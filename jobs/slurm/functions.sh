# What the batch scripts share: start the ranks, check them, and go on after a stop. Sourced after site.sh.
# shellcheck shell=bash

say() { echo "archipelago/slurm: $*" >&2; }

# Slurm ends a cancelled or timed-out job with SIGTERM to everything in it. The ranks save and stop by themselves; the
# script only has to live until they have. (A handler, not '': an ignored signal would be ignored by the ranks too.)
trap : TERM CONT

# The job as scontrol understands it. An array's last element has the array's own number as its job number, and
# requeueing that number would requeue every element.
job_name() {
  if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    echo "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
  else
    echo "$SLURM_JOB_ID"
  fi
}

# What an MPI program (archipelago sweep, a shell under srun) leaves in the environment of what it starts. With it Open MPI takes
# the ranks for its own launcher's, gives every job of a node the same number, and jobs write into each other's shared memory.
forget_mpi() {
  local name
  for name in $(compgen -e); do
    case $name in
      PMIX_MCA_*) ;;
      PMIX_* | PMI_* | OMPI_COMM_WORLD_* | OMPI_UNIVERSE_SIZE | OMPI_APP_CTX_NUM_PROCS | OMPI_COMMAND | OMPI_ARGV | \
        ORTE_SCHIZO_DETECTION | OMPI_MCA_ess | OMPI_MCA_ess_* | OMPI_MCA_orte_* | OMPI_MCA_pmix) unset "$name" ;;
    esac
  done
}

load_modules() {
  local file
  [ -n "$ARCHIPELAGO_MODULES" ] || return 0
  for file in /etc/profile.d/lmod.sh /etc/profile.d/modules.sh /etc/profile.d/z00_lmod.sh /usr/share/modules/init/bash; do
    type module >/dev/null 2>&1 && break
    # shellcheck disable=SC1090
    [ -r "$file" ] && . "$file"
  done
  # shellcheck disable=SC2086
  module load $ARCHIPELAGO_MODULES || { say "the modules $ARCHIPELAGO_MODULES cannot be loaded"; exit 2; }
}

find_program() {
  ARCHIPELAGO=$(command -v "${ARCHIPELAGO:-archipelago}") ||
    { say "no program archipelago (set ARCHIPELAGO to it, or ARCHIPELAGO_MODULES to the module that has it)"; exit 2; }
}

# The program on the job's ranks. The launcher and its options are words; the rest is passed as it is.
launch() {
  # shellcheck disable=SC2086
  $ARCHIPELAGO_LAUNCHER $ARCHIPELAGO_BIND "$ARCHIPELAGO" "$@" </dev/null
}

# Started by a launcher that its MPI does not understand, every rank is a world of its own and does the whole work.
# The first rank of a world prints the version: it must come once.
check_ranks() {
  local said worlds ranks=${SLURM_NTASKS:-1}
  [ "$ARCHIPELAGO_CHECK_RANKS" = yes ] && [ "$ranks" -gt 1 ] || return 0
  said=$(launch --version 2>/dev/null)
  worlds=$(printf '%s\n' "$said" | grep -c '^archipelago [0-9]')
  [ "$worlds" -eq 1 ] && return 0
  if [ "$worlds" -gt 1 ]; then
    say "$ARCHIPELAGO_LAUNCHER started $ranks ranks as $worlds separate programs: Slurm and MPI do not know each other" \
      "(srun --mpi=list must name pmix)"
  else
    say "$ARCHIPELAGO_LAUNCHER could not start $ranks ranks: Slurm and MPI do not know each other, or the program does not" \
      "run on the nodes (srun --mpi=list must name pmix; try: $ARCHIPELAGO_LAUNCHER $ARCHIPELAGO --version)"
  fi
  exit 2
}

# Whether this job may be put back into the queue: while it runs, or when its wall limit came before it had saved. A job
# that somebody cancelled stays cancelled, and one that was preempted is in the queue already.
may_go_on() {
  local shown
  shown=$(scontrol show job "$(job_name)" 2>/dev/null)
  case $shown in
    *JobState=RUNNING*) return 0 ;;
    *JobState=COMPLETING\ Reason=TimeLimit*) return 0 ;;
  esac
  return 1
}

# Ends the job with the status of its run. Only 75 (stopped on request, all saved) puts it back into the queue.
finish() {
  local status=$1 again=${SLURM_RESTART_COUNT:-0}
  if [ "$status" -ne 75 ]; then
    [ "$status" -eq 0 ] || say "job $(job_name) ended with status $status: not requeued"
    exit "$status"
  fi
  if [ "$again" -ge "$ARCHIPELAGO_MOST_REQUEUES" ]; then
    say "job $(job_name) was stopped, and was requeued $again times already (ARCHIPELAGO_MOST_REQUEUES): left stopped"
  elif ! may_go_on; then
    say "job $(job_name) was stopped and saved: cancelled or preempted, not requeued from here"
  else
    say "job $(job_name) was stopped and saved: requeued (time $((again + 1)))"
    scontrol requeue "$(job_name)" || say "job $(job_name) could not be requeued; submit again to go on"
  fi
  exit 75
}
