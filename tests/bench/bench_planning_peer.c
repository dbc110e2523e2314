/* Peers run as processes of their own; what they print is read as it comes, with the time. */
#include "tests/bench/bench_planning_peer.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

typedef struct {
  pid_t  pid;
  int    pipe;
  FILE  *lines;
  double end; /* by the clock */
} Process;

static double Seconds(clockid_t clock)
{
  struct timespec t;

  return clock_gettime(clock, &t) ? 0 : (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double ProcessorSeconds(const Process *p)
{
  clockid_t clock;

  return clock_getcpuclockid(p->pid, &clock) ? 0 : Seconds(clock);
}

static PetscBool Start(char *const argument[], double limit, Process *p)
{
  posix_spawn_file_actions_t actions;
  int                        ends[2], failed;

  if (pipe(ends)) return PETSC_FALSE;
  (void)posix_spawn_file_actions_init(&actions);
  (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
  failed = posix_spawnp(&p->pid, argument[0], &actions, NULL, argument, environ);
  (void)posix_spawn_file_actions_destroy(&actions);
  (void)close(ends[1]);
  p->pipe  = ends[0];
  p->lines = failed ? NULL : fdopen(ends[0], "r");
  if (p->lines)
    (void)setvbuf(p->lines, NULL, _IONBF, 0); /* what a buffer holds, poll() does not see */
  else
    (void)close(ends[0]);
  p->end = Seconds(CLOCK_MONOTONIC) + limit;
  return (PetscBool)(p->lines != NULL);
}

/* The next line, or false at the end of the output or of the time. */
static PetscBool NextLine(Process *p, char *line, int size)
{
  struct pollfd wait = {.fd = p->pipe, .events = POLLIN};
  const double  left = p->end - Seconds(CLOCK_MONOTONIC);

  if (left <= 0 || poll(&wait, 1, (int)(1000 * left)) <= 0) return PETSC_FALSE;
  return (PetscBool)(fgets(line, size, p->lines) != NULL);
}

static void End(Process *p, PlanningPeer *peer)
{
  struct rusage usage = {0};

  (void)kill(p->pid, SIGKILL);
  (void)wait4(p->pid, NULL, 0, &usage);
  (void)fclose(p->lines);
  peer->memory = (double)usage.ru_maxrss / 1024;
}

/* From the line that the model has been read to the line of the last iteration; what clp does afterwards, with a basis it does
   not need, is cut off. */
PlanningPeer PlanningPeerClp(const char *mps, double limit)
{
  char         line[1024], file[PETSC_MAX_PATH_LEN];
  char *const  argument[] = {(char[]){"clp"}, file, (char[]){"-cross"}, (char[]){"off"}, (char[]){"-barr"}, NULL};
  double       processor = 0, wall = 0, primal;
  Process      p;
  PlanningPeer peer = {0};

  (void)snprintf(file, sizeof file, "%s", mps);
  if (!Start(argument, limit, &p)) return peer;
  while (!peer.solved && NextLine(&p, line, sizeof line)) {
    if (strstr(line, "Model was imported")) {
      peer.available = PETSC_TRUE;
      processor      = ProcessorSeconds(&p);
      wall           = Seconds(CLOCK_MONOTONIC);
    }
    if (sscanf(line, "%d Primal %lf", &peer.iterations, &primal) == 2) peer.objective = primal;
    peer.solved = (PetscBool)(peer.available && strncmp(line, "Optimal", 7) == 0);
  }
  peer.seconds = ProcessorSeconds(&p) - processor;
  peer.wall    = Seconds(CLOCK_MONOTONIC) - wall;
  End(&p, &peer);
  return peer;
}

PlanningPeer PlanningPeerHighs(const char *mps, double limit)
{
  const char  *python = getenv("ARCHIPELAGO_PEER_PYTHON");
  char         line[1024], file[PETSC_MAX_PATH_LEN], program[PETSC_MAX_PATH_LEN], status[64] = "";
  char *const  argument[] = {program, (char[]){ARCHIPELAGO_SOURCE_DIR "/tests/bench/peer_lp.py"}, file, NULL};
  Process      p;
  PlanningPeer peer = {0};

  if (!python) return peer;
  (void)snprintf(file, sizeof file, "%s", mps);
  (void)snprintf(program, sizeof program, "%s", python);
  if (!Start(argument, limit, &p)) return peer;
  while (NextLine(&p, line, sizeof line)) {
    if (strncmp(line, "model", 5) == 0) peer.available = PETSC_TRUE;
    if (sscanf(line, "result %63s %d %lf %lf %lf", status, &peer.iterations, &peer.seconds, &peer.wall,
               &peer.objective) == 5)
      peer.solved = (PetscBool)(strcmp(status, "optimal") == 0);
  }
  if (peer.available && !peer.solved) peer.seconds = ProcessorSeconds(&p);
  End(&p, &peer);
  return peer;
}
