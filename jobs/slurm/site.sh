# Settings of this site, for all of Archipelago's batch scripts: sourced by them, never run.
# Edit a copy of this folder, or set any of the variables in the environment before submitting: the environment wins,
# and what it sets to nothing stays empty.
# shellcheck shell=sh disable=SC2034

# --- what is asked of Slurm (submit.sh turns these into options of sbatch; empty: the cluster's default)
: "${ARCHIPELAGO_PARTITION=}"
: "${ARCHIPELAGO_ACCOUNT=}"
: "${ARCHIPELAGO_QOS=}"
: "${ARCHIPELAGO_CONSTRAINT=}"
: "${ARCHIPELAGO_TIME=04:00:00}"         # wall limit of a run; too short a one is no loss, the run goes on after it
: "${ARCHIPELAGO_REPORT_TIME=00:30:00}"  # and of the job that compares and reports
: "${ARCHIPELAGO_MEMORY_PER_RANK=2G}"    # `archipelago check STUDY` prints what a study needs
: "${ARCHIPELAGO_RANKS=4}"               # MPI ranks of a run; more than the study has regions stay idle
: "${ARCHIPELAGO_WARNING=120}"           # seconds before the wall limit at which a run is told to save and stop
: "${ARCHIPELAGO_EXTRA=}"                # further options of sbatch, separated by blanks

# --- how a run is started
: "${ARCHIPELAGO_MODULES=}"              # environment modules to load, separated by blanks
: "${ARCHIPELAGO_LAUNCHER=srun --mpi=pmix --wait=60}" # the ranks' launcher; --wait ends what one rank's death left behind
: "${ARCHIPELAGO_BIND=--cpu-bind=cores}" # one rank to a core; empty where Slurm has no task plugin that binds
: "${ARCHIPELAGO_CHECK_RANKS=yes}"       # before a run, see whether MPI has as many ranks as Slurm gave
: "${ARCHIPELAGO_MOST_REQUEUES=100}"     # a job that was stopped more often than this stays stopped

# --- Open MPI under srun. In containers where one process may not read another's memory (no CAP_SYS_PTRACE):
# export OMPI_MCA_btl_vader_single_copy_mechanism=none
# Where ranks die in MPI_Init with a fault in PMIx's shared memory (a full or unusual /tmp, mixed PMIx versions):
# export PMIX_MCA_gds=hash
# Where a node's several networks confuse Open MPI's TCP:
# export OMPI_MCA_btl_tcp_if_include=ib0
# --- shared file systems without locks (Lustre mounted without flock), for HDF5:
# export HDF5_USE_FILE_LOCKING=FALSE

# One thread a rank: ranks do not fight for cores, and every sum is made in one order.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
