/* Command-line options of one command: a table that parses, checks and explains itself. */
#ifndef ARCHIPELAGO_JOBS_OPTIONS_H
#define ARCHIPELAGO_JOBS_OPTIONS_H

#include "jobs/job.h"

typedef enum { TAKES_NOTHING, TAKES_TEXT, TAKES_INTEGER, TAKES_REAL, TAKES_TEXTS } OptionKind;

/* The values of an option that may be given any number of times, in their order. */
typedef struct {
  int          n;
  const char **text; /* [n] into argv; free with TextsDestroy */
} Texts;

typedef struct {
  const char *name;   /* long name without dashes */
  char        letter; /* short name, or 0 */
  OptionKind  kind;
  void       *value;    /* PetscBool, const char *, PetscInt, PetscReal or Texts; keeps its default when not given */
  const char *argument; /* shown in the help; "ac|dc" limits a text to these words */
  const char *help;
  PetscReal   least; /* smallest number allowed */
} Option;

typedef struct {
  const char *name, *summary;
  const char *usage; /* "CASE [options]" */
  const char *text;  /* what it does, a few lines */
  const char *example;
} CommandHelp;

enum { OPTIONS_MOST_ARGUMENTS = 64 };

typedef struct {
  int         n;
  const char *word[OPTIONS_MOST_ARGUMENTS]; /* what stands outside the options */
  PetscBool   stop;                         /* help was printed or the usage is wrong: return */
} Arguments;

/* Parses argv (argv[0] the command's name) on every rank alike; --help, --json and --petsc are known to all. At least
   `least` and at most `most` arguments must remain. A wrong usage fails the job with one line. */
PetscErrorCode OptionsParse(Job job, const CommandHelp *help, const Option *options, int n, int least, int most,
                            int argc, char **argv, Arguments *arguments);

PetscErrorCode TextsDestroy(Texts *texts);

#endif
