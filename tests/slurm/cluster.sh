#!/bin/bash
# A Slurm cluster of one node for tests, whole in one directory: munged, slurmctld and slurmd with their own
# configuration, sockets, ports, logs and spools, as whoever starts it. Programs come from the machine where Slurm is
# installed, else from Debian's packages, which are downloaded and unpacked into the directory and never installed:
# no root, no service started by a package, no user added, nothing left after `stop`.
#   cluster.sh start DIR    then `. DIR/environment` puts the cluster's commands into a shell
#   cluster.sh status DIR
#   cluster.sh stop DIR     ends the daemons and removes DIR
# Status 77: no cluster can be started here, with the reason in one line.
set -u

CPUS=${CLUSTER_CPUS:-4} # more than the machine has is fine: a test oversubscribes
PACKAGES="munge slurm-client slurmctld slurmd"
COMMANDS="srun sbatch scancel squeue scontrol sinfo salloc sacct"

usage() {
  echo "usage: $0 start|status|stop DIR" >&2
  exit 2
}

skip() {
  echo "cluster.sh: no test cluster: $*" >&2
  stop_daemons
  exit 77
}

# The first of the names that is a program below the root that was unpacked, or on the machine.
program() {
  local name
  for name in "$@"; do
    for folder in "$ROOT/usr/sbin" "$ROOT/usr/bin" /usr/sbin /usr/bin; do
      [ -x "$folder/$name" ] && { echo "$folder/$name"; return 0; }
    done
  done
  return 1
}

have_programs() {
  local name
  for name in munged srun sbatch scontrol; do program "$name" >/dev/null || return 1; done
  program slurmctld slurmctld-wlm >/dev/null && program slurmd slurmd-wlm >/dev/null &&
    program slurmstepd slurmstepd-wlm >/dev/null
}

# apt-get as anybody, with the machine's lists of packages or, where it has none, lists of our own.
apt() {
  apt-get -q -o Dir::Cache="$DIR/apt" -o APT::Sandbox::User="$(id -un)" "${OWN_LISTS[@]}" "$@" 2>>"$DIR/apt.log"
}
OWN_LISTS=()

needed() {
  # shellcheck disable=SC2086
  apt install -s --no-install-recommends $PACKAGES | awk '/^Inst/ {print $2}'
}

# What the packages need and the machine lacks.
download() {
  local list
  command -v apt-get >/dev/null || skip "Slurm is not installed, and there is no apt-get to fetch it with"
  mkdir -p "$DIR/apt/archives/partial" "$DIR/lists/partial" "$1"
  list=$(needed)
  if [ -z "$list" ]; then
    OWN_LISTS=(-o Dir::State::Lists="$DIR/lists")
    timeout 120 apt-get -q "${OWN_LISTS[@]}" -o Dir::Cache="$DIR/apt" update >>"$DIR/apt.log" 2>&1
    list=$(needed)
  fi
  [ -n "$list" ] || skip "Slurm is not installed, and apt-get does not know the packages $PACKAGES"
  # shellcheck disable=SC2086
  (cd "$1" && apt download $list >>"$DIR/apt.log") || skip "Slurm is not installed, and its packages cannot be downloaded"
}

# Unpacks the packages, which are kept in CLUSTER_PACKAGES, if that is set, for the next time.
unpack() {
  local debs="$DIR/packages" deb
  if ls "${CLUSTER_PACKAGES:=}"/*.deb >/dev/null 2>&1; then
    debs=$CLUSTER_PACKAGES
  else
    download "$debs"
    if [ -n "$CLUSTER_PACKAGES" ]; then
      cp -r "$debs" "$CLUSTER_PACKAGES.$$" && mv -nT "$CLUSTER_PACKAGES.$$" "$CLUSTER_PACKAGES"
      rm -rf "$CLUSTER_PACKAGES.$$"
    fi
  fi
  mkdir -p "$ROOT"
  for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$ROOT" || skip "$deb cannot be unpacked"; done
  have_programs || skip "the packages $PACKAGES lack a program"
}

# A port that nobody listens on, so that two clusters, or a test and the machine's own Slurm, do not meet.
free_ports() {
  python3 - "$1" <<'END'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])
END
}

write_configuration() {
  local user node controller daemon plugins memory
  user=$(id -un)
  node=$(hostname -s)
  memory=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
  read -r controller daemon <<<"$(free_ports 2)"
  [ -n "$daemon" ] || skip "no free ports (python3 finds them)"
  plugins=$(dirname "$(find "$ROOT/usr/lib" /usr/lib -name mpi_pmix.so -path '*slurm*' 2>/dev/null | head -1)")
  [ "$plugins" != . ] || skip "Slurm's plugin mpi/pmix is not there (slurm-wlm-basic-plugins)"
  mkdir -p "$DIR"/{munge,state,spool,log}
  # Job numbers of two clusters differ too: Open MPI names the shared memory of a node by them.
  cat >"$DIR/slurm.conf" <<END
ClusterName=archipelago
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$daemon
FirstJobId=$((controller * 100))
SlurmUser=$user
SlurmdUser=$user
PluginDir=$plugins
AuthType=auth/munge
AuthInfo=socket=$DIR/munge/socket,cred_expire=6
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=5,bf_interval=3,batch_sched_delay=1
PriorityType=priority/basic
JobRequeue=1
OverTimeLimit=0
KillWait=20
MinJobAge=600
InactiveLimit=0
SlurmctldTimeout=120
SlurmdTimeout=120
SlurmdParameters=config_overrides
SlurmctldPidFile=$DIR/slurmctld.pid
SlurmdPidFile=$DIR/slurmd.pid
SlurmctldLogFile=$DIR/log/slurmctld.log
SlurmdLogFile=$DIR/log/slurmd.log
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool
SwitchType=switch/none
MailProg=/bin/true
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=$CPUS RealMemory=$memory State=UNKNOWN
PartitionName=test Nodes=$node Default=YES MaxTime=60 DefaultTime=5 DefMemPerCPU=256 OverSubscribe=NO State=UP
END
  printf 'CgroupAutomount=no\n' >"$DIR/cgroup.conf"
}

# Wrappers, so that neither the caller nor a job needs to know where libraries lie.
write_commands() {
  local name path libraries
  libraries="$ROOT/usr/lib/$(uname -m)-linux-gnu"
  mkdir -p "$DIR/bin"
  for name in $COMMANDS munged slurmctld slurmd slurmstepd; do
    path=$(program "$name" "$name-wlm") || continue
    case $path in
      "$ROOT"/*)
        printf '#!/bin/sh\nexport LD_LIBRARY_PATH="%s:%s/slurm-wlm${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\nexec "%s" "$@"\n' \
          "$libraries" "$libraries" "$path" >"$DIR/bin/$name"
        chmod +x "$DIR/bin/$name" ;;
      *) ln -s "$path" "$DIR/bin/$name" ;;
    esac
  done
  printf 'export SLURM_CONF="%s/slurm.conf"\nexport PATH="%s/bin:$PATH"\n' "$DIR" "$DIR" >"$DIR/environment"
}

start_munge() {
  (umask 077 && head -c 128 /dev/urandom >"$DIR/munge/key")
  "$DIR/bin/munged" --force --key-file="$DIR/munge/key" --socket="$DIR/munge/socket" --pid-file="$DIR/munge/pid" \
    --log-file="$DIR/log/munged.log" --seed-file="$DIR/munge/seed" --num-threads=2 2>"$DIR/log/munged.start" ||
    skip "munged does not start: $(tail -1 "$DIR/log/munged.start")"
}

# Whatever of Slurm the caller's environment says belongs to another cluster, or to the job that this runs in.
start_slurm() {
  local name
  for name in $(env | sed -n 's/^\(\(SLURM\|SBATCH\|PMIX\|PMI\|OMPI_COMM\)[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
  # shellcheck disable=SC1091
  . "$DIR/environment"
  slurmctld -i -c -f "$SLURM_CONF" 2>"$DIR/log/slurmctld.start" ||
    skip "slurmctld does not start: $(tail -1 "$DIR/log/slurmctld.start")"
  slurmd -f "$SLURM_CONF" -d "$(program slurmstepd slurmstepd-wlm)" 2>"$DIR/log/slurmd.start" ||
    skip "slurmd does not start: $(tail -1 "$DIR/log/slurmd.start")"
  for _ in $(seq 60); do
    [ "$(sinfo -h -o %t 2>/dev/null)" = idle ] && return 0
    sleep 0.5
  done
  skip "the node does not become idle: $(tail -1 "$DIR/log/slurmd.log")"
}

stop_daemons() {
  local file pid
  for file in slurmd.pid slurmctld.pid munge/pid; do
    [ -s "$DIR/$file" ] || continue
    pid=$(cat "$DIR/$file")
    kill "$pid" 2>/dev/null
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null
  done
}

start() {
  if [ -e "$DIR/slurm.conf" ]; then
    echo "cluster.sh: $DIR has a cluster already" >&2
    exit 2
  fi
  mkdir -p "$DIR" || exit 2
  [ "${#DIR}" -le 80 ] || skip "$DIR is too long a name for a socket"
  have_programs || unpack
  write_configuration
  write_commands
  start_munge
  start_slurm
  [ "$(srun --mpi=list 2>&1 | grep -c pmix)" -gt 0 ] || skip "srun does not know --mpi=pmix"
  srun -t 1 -n 2 --mpi=pmix true || skip "srun --mpi=pmix does not start two tasks"
}

status() {
  [ -e "$DIR/environment" ] || { echo "cluster.sh: no cluster in $DIR" >&2; exit 1; }
  # shellcheck disable=SC1091
  . "$DIR/environment"
  sinfo && squeue
}

stop() {
  [ -e "$DIR/slurm.conf" ] || { echo "cluster.sh: no cluster in $DIR" >&2; exit 1; }
  # shellcheck disable=SC1091
  (. "$DIR/environment" && scancel --quiet --user="$(id -un)" >/dev/null 2>&1 && sleep 1)
  stop_daemons
  rm -rf "$DIR"
}

[ $# -eq 2 ] || usage
mkdir -p "$2" && DIR=$(cd "$2" && pwd) || exit 2
ROOT="$DIR/root"
case $1 in
  start | status | stop) "$1" ;;
  *) usage ;;
esac
