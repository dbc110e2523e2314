/* The guard of a rank. It is forked before MPI starts, does nothing until the pipe from its rank closes, and outlives it by no
   more than it takes to write a line. */
#include "jobs/failure_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int   alive = -1; /* the pipe's end that closes with the rank */
static pid_t guard = -1;

/* How often the kernel killed for want of memory in this process's control group; -1: not known. */
static long KillsForMemory(void)
{
  char  line[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN + 64] = "";
  long  n    = -1;
  FILE *file = fopen("/proc/self/cgroup", "re");

  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, "0::", 3))
      snprintf(path, sizeof path, "/sys/fs/cgroup%.*s/memory.events", (int)strcspn(line + 3, "\n"), line + 3);
  if (file) fclose(file);
  file = path[0] ? fopen(path, "re") : NULL;
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, "oom_kill ", 9)) sscanf(line, "oom_kill %ld", &n);
  if (file) fclose(file);
  return n;
}

static void Tell(const FailureShared *shared, long kills_before)
{
  const struct timespec moment = {0, 300 * 1000 * 1000};

  if (!shared->listening || shared->ended || shared->told) return; /* MPI tells of its own start */
  if (shared->asked_to_stop) { /* the launcher's way to end the ranks that are left, or the wall limit's */
    if (shared->here.rank) return;
    nanosleep(&moment, NULL);
    FailureTellKilled("killed after a request to stop, before the next safe point", PETSC_TRUE);
  } else if (KillsForMemory() > kills_before) {
    FailureTellKilled("killed by the kernel: out of memory", PETSC_FALSE);
  } else {
    FailureTellKilled("killed (SIGKILL): by hand, by the batch system, or for want of memory", PETSC_FALSE);
  }
}

static void Watch(int pipe_end, const FailureShared *shared)
{
  static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGXCPU, SIGXFSZ};
  const long       kills     = KillsForMemory();
  char             byte;
  ssize_t          n;
  int              nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

  for (size_t k = 0; k < sizeof ignored / sizeof ignored[0]; k++) signal(ignored[k], SIG_IGN);
  if (nothing >= 0) { /* who reads the rank's output sees its end at once */
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
  }
  do n = read(pipe_end, &byte, 1);
  while (n > 0 || (n < 0 && errno == EINTR));
  Tell(shared, kills);
  _exit(0);
}

void FailureGuardStart(FailureShared *shared)
{
  int ends[2];

  if (pipe(ends)) return;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  guard = fork();
  if (guard == 0) {
    close(ends[1]);
    Watch(ends[0], shared);
  }
  close(ends[0]);
  if (guard < 0)
    close(ends[1]);
  else
    alive = ends[1];
}

void FailureGuardEnd(void)
{
  if (alive < 0) return;
  close(alive);
  alive = -1;
  while (waitpid(guard, NULL, 0) < 0 && errno == EINTR) continue;
}
