# Sourced by the other scripts: MPI on any machine (also as root, also with more ranks than cores), one thread a rank.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1
# Waiting ranks give way only where there are more of them than cores: MUMPS polls MPI at every front, and giving way then costs time.
[ "$(nproc)" -ge 2 ] || export OMPI_MCA_mpi_yield_when_idle=1
# Containers seldom allow one process to read another's memory: ranks copy through shared memory instead, without a warning.
export OMPI_MCA_btl_vader_single_copy_mechanism=none
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# build [OPTIONS of cmake --build]: configures and builds the release preset; its whole output is shown only when it fails.
build() {
  log=$(mktemp)
  echo "building (build/release)"
  if ! { cmake --preset release -G Ninja && cmake --build --preset release "$@"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
