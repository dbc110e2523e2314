/* The ledger's command line. */
#include "ledger/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/command_impl.h"

static const char *const log_options[]    = {LEDGER_LOG_OPTIONS, NULL};
static const char *const file_options[]   = {LEDGER_LOG_OPTIONS, "-o=", "--output=", NULL};
static const char *const check_options[]  = {LEDGER_LOG_OPTIONS, "--entry-hex=", NULL};
static const char *const key_options[]    = {"--key=", "-o=", "--output=", NULL};
static const char *const keygen_options[] = {"-o=", "--output=", "--witness", NULL};
static const char *const export_options[] = {LEDGER_LOG_OPTIONS, "-o=", "--output=", "--proofs=", NULL};
static const char *const cosign_options[] = {
    "--key=", "--witness-key=", "--state=", "--origin=", "--append", "--add=", "-o=", "--output=", "--witness=", NULL};

static const LedgerCommandEntry commands[] = {
    {"verify", "DIR [--key VKEY|FILE] [--checkpoint FILE] [--witness VKEY|FILE]... [--quorum N] [--json]",
     "recompute everything, check signatures and quorum, and name the first fault", 1, 1, log_options, LedgerRunVerify},
    {"root", "DIR [--json]", "recompute the root from the entries and print it", 1, 1, log_options, LedgerRunRoot},
    {"show", "DIR [INDEX] [-o FILE] [--json]",
     "print the checkpoint, keys, witnesses and quorum, or one entry (-o: its bytes)", 1, 2, file_options,
     LedgerRunShow},
    {"prove", "DIR INDEX [-o FILE]", "make the proof file of an entry", 2, 2, file_options, LedgerRunProve},
    {"check", "[DIR] PROOF [ENTRY | --entry-hex HEX] [--key VKEY|FILE] [--witness VKEY|FILE]... [--quorum N] [--json]",
     "check a proof file for an entry's bytes", 1, 3, check_options, LedgerRunCheck},
    {"entry", "DIR INDEX [-o FILE]", "print an entry's bytes", 2, 2, file_options, LedgerRunEntry},
    {"entries", "DIR [A..B] [-o FILE] [--json]", "list the entries, or those from A to B, in hexadecimal", 1, 2,
     file_options, LedgerRunEntries},
    {"consistency", "DIR OLDER [NEWER] [--key VKEY|FILE] [-o FILE] [--json]",
     "show that the log, or the checkpoint NEWER of it, begins with the state of the checkpoint OLDER (-o: the proof)",
     2, 3, key_options, LedgerRunConsistency},
    {"keygen", "NAME -o FILE [--witness]",
     "make a private key (mode 0600), a log's or a witness's, and print its verifier key", 1, 1, keygen_options,
     LedgerRunKeygen},
    {"request", "DIR [HEAD] [--key VKEY|FILE] [-o FILE]",
     "make the request to a witness whose last cosigned checkpoint is HEAD (none: a new witness)", 1, 2, key_options,
     LedgerRunRequest},
    {"cosign",
     "DIR|REQUEST --key VKEY|FILE --witness-key FILE --state DIR [--origin NAME] [--append | -o FILE]; or DIR --add "
     "LINES [--witness VKEY|FILE]...",
     "as a witness, check that the log extends what was cosigned last, and cosign it; or add a witness's lines to the "
     "log's checkpoint",
     1, 1, cosign_options, LedgerRunCosign},
    {"export", "DIR -o OUT [--proofs A..B] [--key VKEY|FILE] [--checkpoint FILE]",
     "verify the log and copy what an auditor needs to take away, or the entries A to B with a proof file each", 1, 1,
     export_options, LedgerRunExport},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- Help --------------------------------------------------------------------------------------------------------- */

static void PrintCommands(FILE *stream, const LedgerCommandEntry *list, size_t n)
{
  for (size_t k = 0; k < n; k++) fprintf(stream, "  %s %s\n      %s\n", list[k].name, list[k].usage, list[k].help);
}

static void PrintHelp(FILE *stream, const char *program, const LedgerExtension *extension)
{
  fprintf(stream, "%s: verify a ledger and prove its entries\n\n", program);
  PrintCommands(stream, commands, COMMANDS);
  PrintCommands(stream, extension->commands, extension->n);
  fprintf(
      stream,
      "\nDIR is a log directory, or a run directory with the folder `ledger`. Without --key the log's own key.pub is\n"
      "taken, which shows that nothing was damaged but not who signed; without --witness the log's own list of\n"
      "witnesses.\n"
      "Exit status: 0 done, 1 internal error, 2 bad usage or unreadable file, 5 verification failed.\n\n"
      "Example: %s verify runs/demo --key operator.pub\n",
      program);
}

/* ---- Reading the command line ------------------------------------------------------------------------------------- */

/* 0 for an option that the command does not take, 1 for a flag, 2 for an option with a value. */
static int OptionKind(const LedgerCommandEntry *command, const char *name)
{
  size_t n = strcspn(name, "=");
  for (const char *const *o = command->options; o && *o; o++) {
    if (strncmp(*o, name, n) != 0) continue;
    if ((*o)[n] == 0) return 1;
    if ((*o)[n] == '=' && (*o)[n + 1] == 0) return 2;
  }
  return 0;
}

static LedgerStatus ReadOption(const LedgerCommandEntry *command, int argc, char **argv, int *k,
                               LedgerArguments *arguments, LedgerError *error)
{
  const char *name = argv[*k], *value = name, *equals = strchr(name, '=');
  int         kind = OptionKind(command, name);
  if (!kind) return LedgerFail(error, LEDGER_INPUT, NULL, "unknown option %s of %s", name, command->name);
  if (equals && kind == 1) return LedgerFail(error, LEDGER_INPUT, NULL, "option %s takes no value", name);
  if (equals) {
    value = equals + 1;
    if (!*value) return LedgerFail(error, LEDGER_INPUT, NULL, "option %s needs a value", name);
  } else if (kind == 2) {
    if (*k + 1 >= argc) return LedgerFail(error, LEDGER_INPUT, NULL, "option %s needs a value", name);
    value = argv[++*k];
  }
  if (arguments->n_options == LEDGER_OPTIONS_MAX) return LedgerFail(error, LEDGER_INPUT, NULL, "too many options");
  arguments->option[arguments->n_options].name    = name;
  arguments->option[arguments->n_options++].value = value;
  return LEDGER_OK;
}

static LedgerStatus ReadArguments(const LedgerCommandEntry *command, int argc, char **argv, LedgerArguments *arguments,
                                  bool *help, LedgerError *error)
{
  LedgerStatus status          = LEDGER_OK;
  bool         only_positional = false;
  for (int k = 2; k < argc; k++) {
    if (!only_positional && strcmp(argv[k], "--json") == 0) {
      arguments->json = true;
    } else if (!only_positional && (strcmp(argv[k], "--help") == 0 || strcmp(argv[k], "-h") == 0)) {
      *help = true;
    } else if (!only_positional && strcmp(argv[k], "--") == 0) {
      only_positional = true;
    } else if (!only_positional && argv[k][0] == '-' && argv[k][1]) {
      LEDGER_TRY(ReadOption(command, argc, argv, &k, arguments, error));
    } else if (arguments->n == LEDGER_POSITIONALS_MAX) {
      return LedgerFail(error, LEDGER_INPUT, NULL, "too many arguments: `%s`", argv[k]);
    } else {
      arguments->positional[arguments->n++] = argv[k];
    }
  }
out:
  return status;
}

static const LedgerCommandEntry *FindCommand(const char *name, const LedgerExtension *extension)
{
  for (size_t k = 0; k < extension->n; k++) {
    if (strcmp(extension->commands[k].name, name) == 0) return &extension->commands[k];
  }
  for (size_t k = 0; k < COMMANDS; k++) {
    if (strcmp(commands[k].name, name) == 0) return &commands[k];
  }
  return NULL;
}

static LedgerStatus Execute(const LedgerCommandEntry *command, int argc, char **argv, LedgerArguments *arguments,
                            LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  bool         help = false;
  LEDGER_TRY(ReadArguments(command, argc, argv, arguments, &help, error));
  if (help) {
    return LedgerBytesPrint(out, error, "usage: %s %s %s\n%s\n", arguments->program, command->name, command->usage,
                            command->help);
  }
  if (arguments->n < command->least || arguments->n > command->most) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "usage: %s %s %s", arguments->program, command->name, command->usage);
  }
  LEDGER_TRY(command->run(arguments, out, error));
out:
  return status;
}

/* With --json, a failed verification is a document too. */
static void PrintFailure(const LedgerArguments *arguments, LedgerStatus status, const LedgerError *error,
                         LedgerBytes *out)
{
  fprintf(stderr, "%s: %s\n", arguments->program, error->text);
  out->size = 0;
  if (!arguments->json || status != LEDGER_FALSE) return;
  if (LedgerBytesPrint(out, NULL, "{\"status\": \"failed\", \"error\": ") != LEDGER_OK ||
      LedgerPrintJsonString(out, error->text, NULL) != LEDGER_OK || LedgerBytesPrint(out, NULL, "}\n") != LEDGER_OK) {
    out->size = 0;
  }
}

int LedgerCommandRun(int argc, char **argv, const LedgerExtension *extension)
{
  static const LedgerExtension none      = {0};
  const char                  *base      = strrchr(argv[0], '/');
  LedgerArguments              arguments = {.program = base ? base + 1 : argv[0]};
  LedgerBytes                  out       = {0};
  LedgerError                  error     = {""};
  LedgerStatus                 status;
  const LedgerCommandEntry    *command;
  if (!extension) extension = &none;
  arguments.describe = extension->describe;
  if (strcmp(arguments.program, "ledger") == 0) arguments.program = "archipelago ledger";
  if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
    PrintHelp(stdout, arguments.program, extension);
    return LEDGER_OK;
  }
  command = argc >= 2 ? FindCommand(argv[1], extension) : NULL;
  if (!command) {
    fprintf(stderr, "%s: %s%s; --help lists the commands\n", arguments.program,
            argc >= 2 ? "unknown command " : "no command given", argc >= 2 ? argv[1] : "");
    return LEDGER_INPUT;
  }
  status = Execute(command, argc, argv, &arguments, &out, &error);
  if (status != LEDGER_OK) PrintFailure(&arguments, status, &error, &out);
  if (out.size && fwrite(out.data, 1, out.size, stdout) != out.size) status = LEDGER_INTERNAL;
  if (fflush(stdout) != 0) status = LEDGER_INTERNAL;
  LedgerBytesFree(&out);
  return (int)status;
}

int LedgerCommand(int argc, char **argv)
{
  return LedgerCommandRun(argc, argv, NULL);
}
