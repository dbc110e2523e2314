/* Command-line options of one command. */
#include "jobs/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/provenance.h"

enum { MOST_OPTIONS = 48, CODE_HELP = 1000, CODE_GLOBAL, CODE_FIRST };

/* What every command takes beside its own options; main has read their values already. */
static const struct {
  const char *name, *argument;
  int         takes;
  const char *help;
} Global[] = {
    {"json", NULL, no_argument, "print one JSON document on standard output"},
    {"quiet", NULL, no_argument, "tell nothing while at work"},
    {"verbose", NULL, no_argument, "tell every stage of every rank"},
    {"log-view", "[=FILE]", optional_argument, "time, messages and memory by stage at the end (default: stderr)"},
};
enum { GLOBALS = sizeof Global / sizeof Global[0] };

static PetscBool IsOwn(const char *name, const Option *options, int n)
{
  for (int k = 0; k < n; k++)
    if (!strcmp(options[k].name, name)) return PETSC_TRUE;
  return PETSC_FALSE;
}

static void PrintOption(const char *name, char letter, const char *argument, const char *text)
{
  char left[64];
  int  n;

  n = letter ? snprintf(left, sizeof left, "  -%c, --%s", letter, name)
             : snprintf(left, sizeof left, "      --%s", name);
  if (argument) snprintf(left + n, sizeof left - (size_t)n, argument[0] == '[' ? "%s" : " %s", argument);
  if (strlen(left) < 34)
    printf("%-34s %s\n", left, text);
  else
    printf("%s\n%-34s %s\n", left, "", text);
}

static void PrintHelp(const CommandHelp *help, const Option *options, int n)
{
  printf("archipelago %s: %s\n\nUsage: archipelago %s %s\n\n%s\n\nOptions:\n", help->name, help->summary, help->name,
         help->usage, help->text);
  for (int k = 0; k < n; k++) PrintOption(options[k].name, options[k].letter, options[k].argument, options[k].help);
  for (int k = 0; k < GLOBALS; k++)
    if (!IsOwn(Global[k].name, options, n)) PrintOption(Global[k].name, 0, Global[k].argument, Global[k].help);
  PrintOption("help", 'h', NULL, "print this help");
  printf("\nExample:\n%s\n", help->example);
}

static PetscBool IsOneOf(const char *word, const char *choices)
{
  size_t n = strlen(word);
  for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
    if (!strncmp(at, word, n) && (at[n] == '|' || !at[n]) && n) return PETSC_TRUE;
  return PETSC_FALSE;
}

static void TakeNumber(Job job, const CommandHelp *help, const Option *option, const char *text)
{
  char  *end;
  double number;

  errno  = 0;
  number = strtod(text, &end);
  if (end == text || *end || errno || !isfinite(number) || number < option->least ||
      (option->kind == TAKES_INTEGER && (number != floor(number) || fabs(number) > 1e9))) {
    JobFail(job, JOB_INPUT, "%s: --%s is %s, expected %s of at least %g", help->name, option->name, text,
            option->kind == TAKES_INTEGER ? "a whole number" : "a number", option->least);
    return;
  }
  if (option->kind == TAKES_INTEGER)
    *(PetscInt *)option->value = (PetscInt)number;
  else
    *(PetscReal *)option->value = number;
}

static PetscErrorCode TakeText(Texts *texts, const char *text)
{
  PetscFunctionBeginUser;
  PetscCall(PetscRealloc((size_t)(texts->n + 1) * sizeof *texts->text, &texts->text));
  texts->text[texts->n++] = text;
  PetscFunctionReturn(0);
}

PetscErrorCode TextsDestroy(Texts *texts)
{
  PetscFunctionBeginUser;
  texts->n = 0;
  PetscCall(PetscFree(texts->text));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeValue(Job job, const CommandHelp *help, const Option *option, const char *text)
{
  PetscFunctionBeginUser;
  switch (option->kind) {
  case TAKES_NOTHING:
    *(PetscBool *)option->value = PETSC_TRUE;
    break;
  case TAKES_TEXT:
    if (!text[0]) JobFail(job, JOB_INPUT, "%s: --%s is empty, expected %s", help->name, option->name, option->argument);
    if (strchr(option->argument, '|') && !IsOneOf(text, option->argument))
      JobFail(job, JOB_INPUT, "%s: --%s is %s, expected %s", help->name, option->name, text, option->argument);
    *(const char **)option->value = text;
    break;
  case TAKES_TEXTS:
    if (!text[0]) JobFail(job, JOB_INPUT, "%s: --%s is empty, expected %s", help->name, option->name, option->argument);
    PetscCall(TakeText(option->value, text));
    break;
  default:
    TakeNumber(job, help, option, text);
  }
  PetscFunctionReturn(0);
}

static void BuildTable(const Option *options, int n, struct option table[MOST_OPTIONS], char letters[2 * MOST_OPTIONS])
{
  int at = 0;

  letters[at++] = ':';
  letters[at++] = 'h';
  for (int k = 0; k < n; k++) {
    table[k] = (struct option){options[k].name, options[k].kind != TAKES_NOTHING, NULL, CODE_FIRST + k};
    if (!options[k].letter) continue;
    letters[at++] = options[k].letter;
    if (options[k].kind != TAKES_NOTHING) letters[at++] = ':';
  }
  letters[at] = '\0';
  table[n]    = (struct option){"help", 0, NULL, CODE_HELP};
  at          = n + 1;
  for (int k = 0; k < GLOBALS; k++)
    if (!IsOwn(Global[k].name, options, n))
      table[at++] = (struct option){Global[k].name, Global[k].takes, NULL, CODE_GLOBAL};
  table[at] = (struct option){NULL, 0, NULL, 0};
}

static const Option *FindOption(const Option *options, int n, int code)
{
  if (code >= CODE_FIRST) return &options[code - CODE_FIRST];
  for (int k = 0; k < n; k++)
    if (options[k].letter == code) return &options[k];
  return NULL;
}

/* The word that getopt stopped at: a short option is named by its letter. */
static void FailOption(Job job, const CommandHelp *help, int code, char **argv)
{
  const char *word      = argv[optind - 1];
  char        letter[3] = {'-', (char)optopt, '\0'};

  if (optopt > 0 && optopt < CODE_HELP && strncmp(word, "--", 2) != 0) word = letter;
  if (code == ':')
    JobFail(job, JOB_INPUT, "%s: option %s needs a value", help->name, word);
  else
    JobFail(job, JOB_INPUT, "%s: unknown option %s (see archipelago %s --help)", help->name, word, help->name);
}

PetscErrorCode OptionsParse(Job job, const CommandHelp *help, const Option *options, int n, int least, int most,
                            int argc, char **argv, Arguments *arguments)
{
  struct option table[MOST_OPTIONS];
  char          letters[2 * MOST_OPTIONS];
  int           code;

  PetscFunctionBeginUser;
  PetscCheck(n + GLOBALS + 2 <= MOST_OPTIONS, job->comm, PETSC_ERR_ARG_SIZ, "too many options");
  BuildTable(options, n, table, letters);
  arguments->n    = 0;
  arguments->stop = PETSC_TRUE;
  opterr          = 0;
  optind          = 0;
  while ((code = getopt_long(argc, argv, letters, table, NULL)) != -1) {
    if (code == CODE_HELP || code == 'h') {
      if (job->rank == 0) PrintHelp(help, options, n);
      job->json = PETSC_FALSE;
      PetscFunctionReturn(0);
    }
    if (code == CODE_GLOBAL) continue;
    if (code == '?' || code == ':')
      FailOption(job, help, code, argv);
    else
      PetscCall(TakeValue(job, help, FindOption(options, n, code), optarg));
    if (job->status) PetscFunctionReturn(0);
  }
  for (int k = optind; k < argc && arguments->n < OPTIONS_MOST_ARGUMENTS; k++)
    arguments->word[arguments->n++] = argv[k];
  if (arguments->n < least || arguments->n > most) {
    JobFail(job, JOB_INPUT, "%s: found %d arguments, usage: archipelago %s %s", help->name, arguments->n, help->name,
            help->usage);
    PetscFunctionReturn(0);
  }
  arguments->stop = PETSC_FALSE;
  ProvenanceTakeOptions(job->provenance, options, n, arguments);
  PetscFunctionReturn(0);
}
