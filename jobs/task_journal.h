/* The journal of a task: its starts, where they were made, and how they ended. A start without an end is under way, or was lost.
   For one rank. */
#ifndef ARCHIPELAGO_JOBS_TASK_JOURNAL_H
#define ARCHIPELAGO_JOBS_TASK_JOURNAL_H

#include "jobs/task_claim.h"

/* Adds a start of this process. */
PetscBool TaskJournalBegin(Sweep sweep, const SweepTask *task, PetscInt ranks, FileError *error);
/* Ends the last start, or adds one where there is none: an exit status, or a signal that ended it (0: none). */
PetscBool TaskJournalEnd(Sweep sweep, const SweepTask *task, int status, int signal, const char *message,
                         FileError *error);

typedef enum { TASK_WAITING, TASK_QUEUED, TASK_RUNNING, TASK_DONE, TASK_STOPPED, TASK_LOST, TASK_FAILED } TaskState;
enum { TASK_STATES = TASK_FAILED + 1 };

typedef struct {
  TaskState  state;
  int        status;  /* of the exit; -1: none */
  int        starts;  /* so far */
  PetscBool  ended;   /* the last of them has an end in the journal */
  double     seconds; /* of work in all starts, that under way included */
  long long  since;   /* the start under way, POSIX seconds */
  PetscInt   ranks;
  TaskHolder holder;
  char       message[1024]; /* why it failed, stopped or was lost; one line */
} TaskCondition;

/* "waiting", "queued", ... */
const char *TaskStateName(TaskState state);
/* `queue` may be NULL. */
void TaskFindCondition(Sweep sweep, const SweepTask *task, SlurmQueue queue, TaskCondition *condition);

/* The last line that says something in a file, without control characters; empty where there is none. */
void LastLine(const char *path, char *line, size_t size);

#endif
