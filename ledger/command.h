/* The ledger's commands, for `archipelago ledger ...` and for the stand-alone program. A room above adds its own commands
   and says what entries mean. */
#ifndef ARCHIPELAGO_LEDGER_COMMAND_H
#define ARCHIPELAGO_LEDGER_COMMAND_H

#include "ledger/log.h"

enum { LEDGER_POSITIONALS_MAX = 4, LEDGER_OPTIONS_MAX = 128 };

/* A command line taken apart. */
typedef struct {
  const char          *program; /* as the user types it, `archipelago ledger` for one */
  const char          *positional[LEDGER_POSITIONALS_MAX];
  int                  n; /* positional arguments */
  bool                 json;
  LedgerEntryDescriber describe; /* or NULL */
  struct {
    const char *name, *value; /* a flag's value is its name */
  } option[LEDGER_OPTIONS_MAX];
  int n_options;
} LedgerArguments;

/* A command. `options` ends with NULL and lists what it takes besides --json and --help: `--name=` for an option with a
   value, `--name` for a flag; it may be NULL. `run` appends what goes to stdout; on failure nothing is printed but the
   error's line. */
typedef struct {
  const char        *name, *usage, *help;
  int                least, most; /* positional arguments */
  const char *const *options;
  LedgerStatus (*run)(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error);
} LedgerCommandEntry;

/* What a room above adds. */
typedef struct {
  const LedgerCommandEntry *commands; /* [n] */
  size_t                    n;
  LedgerEntryDescriber      describe; /* for `show` and `entries`; or NULL */
} LedgerExtension;

/* Runs `argv[1]` with the arguments behind it; argv[0] is `ledger` inside of `archipelago`, or the program's name.
   Results go to stdout, one line per failure to stderr. Returns the exit status: 0 done, 1 internal error, 2 bad usage or
   an unreadable file, 5 verification failed. `extension` may be NULL. Not collective: call it on one rank. */
int LedgerCommandRun(int argc, char **argv, const LedgerExtension *extension);

/* The same without an extension. */
int LedgerCommand(int argc, char **argv);

/* ---- For commands ------------------------------------------------------------------------------------------------- */

/* The last value of an option, or NULL; LedgerOptionAt: the k-th of a repeated one, or NULL. */
const char *LedgerOption(const LedgerArguments *arguments, const char *name);
const char *LedgerOptionAt(const LedgerArguments *arguments, const char *name, size_t k);

/* The options that LedgerArgumentsOpen reads, for a command's list. */
#define LEDGER_LOG_OPTIONS "--key=", "--checkpoint=", "--witness=", "--quorum="

/* Opens the log that `path` means (see LedgerLogFind) as --key, --checkpoint, --witness and --quorum say. */
LedgerStatus LedgerArgumentsOpen(const LedgerArguments *arguments, const char *path, bool without_quorum,
                                 LedgerLog *log, LedgerError *error);

/* The value of --key, a verifier's string or a file with one; NULL when it is not given. */
LedgerStatus LedgerArgumentsKey(const LedgerArguments *arguments, LedgerVerifier *verifier, LedgerError *error);

/* The witnesses of --witness (verifier strings, files with one, or files in the form of a log's `witnesses`), or else of
   the log `directory`, unless NULL; with the quorum of --quorum, or else of the file, or else all of them. NULL when
   neither option is given. */
LedgerStatus LedgerArgumentsQuorum(const LedgerArguments *arguments, const char *directory, LedgerQuorum *quorum,
                                   LedgerError *error);

/* With -o FILE or --output FILE, moves `out` to that file, whole or not at all, and leaves it empty. */
LedgerStatus LedgerArgumentsDeliver(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error);

/* Reads an index, or `A..B`, both included, as [start, end). */
LedgerStatus LedgerIndexParse(const char *text, uint64_t *index, LedgerError *error);
LedgerStatus LedgerIndicesParse(const char *text, uint64_t *start, uint64_t *end, LedgerError *error);

/* Appends a JSON string. */
LedgerStatus LedgerPrintJsonString(LedgerBytes *out, const char *text, LedgerError *error);

#endif
