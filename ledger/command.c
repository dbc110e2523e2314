/* The ledger's commands. */
#include "ledger/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/file.h"
#include "ledger/log.h"
#include "ledger/text.h"

enum { POSITIONAL_MAX = 3, ENTRY_FILE_MAX = 65535, PROOF_FILE_MAX = 2 << 20 };

typedef struct {
  const char    *program; /* as the user types it */
  const char    *positional[POSITIONAL_MAX];
  int            n;
  bool           json, help;
  const char    *key, *output, *checkpoint, *entry_hex;
  LedgerVerifier verifier; /* of --key */
} Arguments;

typedef struct {
  const char *name, *usage, *help;
  int         least, most; /* positional arguments */
  LedgerStatus (*run)(Arguments *arguments, LedgerBytes *out, LedgerError *error);
} Command;

/* ---- Printing ----------------------------------------------------------------------------------------------------- */

/* Appends a JSON string. */
static LedgerStatus PrintString(LedgerBytes *out, const char *text, LedgerError *error)
{
  LedgerStatus status;
  bool         utf8 = LedgerNoteTextValid(text, strlen(text));
  LEDGER_TRY(LedgerBytesAppend(out, "\"", 1, error));
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      LEDGER_TRY(LedgerBytesPrint(out, error, "\\%c", c));
    else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
      LEDGER_TRY(LedgerBytesPrint(out, error, "?"));
    else
      LEDGER_TRY(LedgerBytesAppend(out, text, 1, error));
  }
  LEDGER_TRY(LedgerBytesAppend(out, "\"", 1, error));
out:
  return status;
}

/* Appends `"origin": ..., "size": ..., "root": ..., "root_hex": ...`. */
static LedgerStatus PrintHeadJson(LedgerBytes *out, const char *origin, uint64_t size, const LedgerHash *root,
                                  LedgerError *error)
{
  LedgerStatus status;
  char         base64[45], hex[65];
  LedgerHashBase64(root, base64);
  LedgerHashHex(root, hex);
  LEDGER_TRY(LedgerBytesPrint(out, error, "\"origin\": "));
  LEDGER_TRY(PrintString(out, origin, error));
  LEDGER_TRY(LedgerBytesPrint(out, error, ", \"size\": %" PRIu64 ", \"root\": \"%s\", \"root_hex\": \"%s\"", size,
                              base64, hex));
out:
  return status;
}

static LedgerStatus PrintHead(LedgerBytes *out, const char *origin, uint64_t size, const LedgerHash *root,
                              LedgerError *error)
{
  char base64[45], hex[65];
  LedgerHashBase64(root, base64);
  LedgerHashHex(root, hex);
  return LedgerBytesPrint(out, error, "origin    %s\nentries   %" PRIu64 "\nroot      %s\nroot hex  %s\n", origin, size,
                          base64, hex);
}

/* Appends `key` with its string, and where it came from. */
static LedgerStatus PrintKey(LedgerBytes *out, LedgerVerifier verifier, bool from_log, bool json, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0};
  LEDGER_TRY(LedgerVerifierWrite(verifier, &text, error));
  if (json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "\"key\": "));
    LEDGER_TRY(PrintString(out, (char *)text.data, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, ", \"key_source\": \"%s\"", from_log ? "log" : "argument"));
  } else {
    LEDGER_TRY(
        LedgerBytesPrint(out, error, "signed by %s%s\n", (char *)text.data,
                         from_log ? " (the key is the log's own key.pub: compare it with one from its operator)" : ""));
  }
out:
  LedgerBytesFree(&text);
  return status;
}

/* Replaces the output by what -o asks for: the bytes go to the file and nothing to stdout. */
static LedgerStatus Deliver(const Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  char         temporary[LEDGER_PATH_MAX];
  int          length;
  if (!arguments->output) return LEDGER_OK;
  length = snprintf(temporary, sizeof temporary, "%s.writing", arguments->output);
  if (length < 0 || length >= LEDGER_PATH_MAX) return LedgerFail(error, LEDGER_INPUT, NULL, "output path is too long");
  LEDGER_TRY(LedgerFileWrite(arguments->output, temporary, 0666, out->data, out->size, error));
  out->size = 0;
out:
  return status;
}

/* ---- Arguments that are read from files --------------------------------------------------------------------------- */

/* --key takes a verifier's string or a file that holds one. */
static LedgerStatus ReadKey(Arguments *arguments, LedgerError *error)
{
  LedgerStatus status;
  if (!arguments->key) return LEDGER_OK;
  if (LedgerFileExists(arguments->key)) return LedgerVerifierLoad(arguments->key, &arguments->verifier, error);
  status = LedgerVerifierParse(arguments->key, strlen(arguments->key), &arguments->verifier, NULL);
  if (status == LEDGER_INPUT) {
    LedgerErrorSet(error, arguments->key, "is neither a verifier key (name+id+base64) nor a file with one");
  }
  return status;
}

static LedgerStatus OpenLog(Arguments *arguments, const char *path, LedgerLog *log, LedgerError *error)
{
  LedgerStatus     status;
  LedgerLogOptions options = {arguments->checkpoint, &arguments->verifier, arguments->verifier ? 1 : 0};
  char             directory[LEDGER_PATH_MAX];
  *log = NULL;
  LEDGER_TRY(LedgerLogFind(path, directory, sizeof directory, error));
  LEDGER_TRY(LedgerLogOpen(directory, &options, log, error));
out:
  return status;
}

static LedgerStatus ReadIndex(const char *text, uint64_t *index, LedgerError *error)
{
  if (LedgerDecimalParse(text, strlen(text), index)) return LEDGER_OK;
  return LedgerFail(error, LEDGER_INPUT, NULL, "`%s` is not the index of an entry (0, 1, 2, ...)", text);
}

/* ---- Commands ----------------------------------------------------------------------------------------------------- */

static LedgerStatus RunRoot(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus            status;
  LedgerLog               log = NULL;
  LedgerHash              root;
  const LedgerCheckpoint *checkpoint;
  LEDGER_TRY(OpenLog(arguments, arguments->positional[0], &log, error));
  checkpoint = LedgerLogCheckpoint(log);
  LEDGER_TRY(LedgerLogRoot(log, &root, error));
  if (!LedgerHashEqual(&root, &checkpoint->root)) {
    status = LedgerFail(error, LEDGER_FALSE, LedgerLogDirectory(log),
                        "entries do not give the root of the checkpoint (verify tells where)");
    goto out;
  }
  if (arguments->json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "{"));
    LEDGER_TRY(PrintHeadJson(out, checkpoint->origin, checkpoint->size, &root, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
  } else {
    LEDGER_TRY(PrintHead(out, checkpoint->origin, checkpoint->size, &root, error));
  }
out:
  LedgerLogClose(&log);
  return status;
}

static LedgerStatus PrintVerified(LedgerLog log, const LedgerLogCounts *counts, bool json, LedgerBytes *out,
                                  LedgerError *error)
{
  LedgerStatus            status;
  bool                    from_log;
  const LedgerCheckpoint *checkpoint = LedgerLogCheckpoint(log);
  LedgerVerifier          verifier   = LedgerLogVerifier(log, &from_log);
  if (json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "{\"status\": \"verified\", "));
    LEDGER_TRY(PrintHeadJson(out, checkpoint->origin, checkpoint->size, &checkpoint->root, error));
    LEDGER_TRY(LedgerBytesPrint(out, error,
                                ", \"tiles\": %" PRIu64 ", \"bundles\": %" PRIu64 ", \"older_partials\": %" PRIu64 ", ",
                                counts->tiles, counts->bundles, counts->older));
    LEDGER_TRY(PrintKey(out, verifier, from_log, true, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
  } else {
    LEDGER_TRY(PrintHead(out, checkpoint->origin, checkpoint->size, &checkpoint->root, error));
    LEDGER_TRY(PrintKey(out, verifier, from_log, false, error));
    LEDGER_TRY(LedgerBytesPrint(out, error,
                                "verified: %" PRIu64 " entries in %" PRIu64 " bundles, %" PRIu64 " tiles, %" PRIu64
                                " older partial files\n",
                                counts->entries, counts->bundles, counts->tiles, counts->older));
  }
out:
  return status;
}

static LedgerStatus RunVerify(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus    status;
  LedgerLog       log = NULL;
  LedgerLogCounts counts;
  LEDGER_TRY(OpenLog(arguments, arguments->positional[0], &log, error));
  LEDGER_TRY(LedgerLogVerify(log, &counts, error));
  LEDGER_TRY(PrintVerified(log, &counts, arguments->json, out, error));
out:
  LedgerLogClose(&log);
  return status;
}

static LedgerStatus RunProve(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = NULL;
  uint64_t     index;
  LEDGER_TRY(ReadIndex(arguments->positional[1], &index, error));
  LEDGER_TRY(OpenLog(arguments, arguments->positional[0], &log, error));
  LEDGER_TRY(LedgerLogProve(log, index, out, error));
  LEDGER_TRY(Deliver(arguments, out, error));
out:
  LedgerLogClose(&log);
  return status;
}

static LedgerStatus RunEntry(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = NULL;
  uint64_t     index;
  LEDGER_TRY(ReadIndex(arguments->positional[1], &index, error));
  LEDGER_TRY(OpenLog(arguments, arguments->positional[0], &log, error));
  LEDGER_TRY(LedgerLogEntry(log, index, out, error));
  LEDGER_TRY(Deliver(arguments, out, error));
out:
  LedgerLogClose(&log);
  return status;
}

typedef struct {
  LedgerBytes *out;
  bool         json;
} EntryPrinter;

static LedgerStatus PrintEntry(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  EntryPrinter *printer = context;
  LedgerStatus  status;
  char         *hex = malloc(2 * size + 1);
  if (!hex) return LedgerNoMemory(error);
  LedgerHexEncode(entry, size, hex);
  status = LedgerBytesPrint(printer->out, error,
                            printer->json ? "%s{\"index\": %" PRIu64 ", \"bytes\": \"%s\"}" : "%s%" PRIu64 " %s\n",
                            printer->json && index ? ",\n  " : "", index, hex);
  free(hex);
  return status;
}

static LedgerStatus RunEntries(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log     = NULL;
  EntryPrinter printer = {out, arguments->json};
  LEDGER_TRY(OpenLog(arguments, arguments->positional[0], &log, error));
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "{\"entries\": [\n  "));
  LEDGER_TRY(LedgerLogVisit(log, PrintEntry, &printer, error));
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "]}\n"));
  LEDGER_TRY(Deliver(arguments, out, error));
out:
  LedgerLogClose(&log);
  return status;
}

/* The entry's bytes for `check`: from --entry-hex, a file, or the log's own bundle. */
static LedgerStatus ReadEntry(Arguments *arguments, const char *directory, const char *file, uint64_t index,
                              LedgerBytes *entry, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = NULL;
  if (arguments->entry_hex) {
    size_t size = strlen(arguments->entry_hex) / 2;
    LEDGER_TRY(LedgerBytesAppend(entry, arguments->entry_hex, size, error)); /* room */
    if (!LedgerHexDecode(arguments->entry_hex, strlen(arguments->entry_hex), true, entry->data, size)) {
      return LedgerFail(error, LEDGER_INPUT, NULL, "--entry-hex is not pairs of hexadecimal digits");
    }
  } else if (file) {
    LEDGER_TRY(LedgerFileRead(file, ENTRY_FILE_MAX, LEDGER_INPUT, entry, error));
  } else {
    LEDGER_TRY(OpenLog(arguments, directory, &log, error));
    LEDGER_TRY(LedgerLogEntry(log, index, entry, error));
  }
out:
  LedgerLogClose(&log);
  return status;
}

/* The key for `check`: --key, or the key.pub of the log named on the command line. */
static LedgerStatus CheckKey(Arguments *arguments, const char *directory, LedgerVerifier *own, LedgerError *error)
{
  LedgerStatus status;
  char         log[LEDGER_PATH_MAX], path[LEDGER_PATH_MAX];
  *own = NULL;
  if (arguments->verifier) return LEDGER_OK;
  if (!directory) return LedgerFail(error, LEDGER_INPUT, NULL, "no key: give --key VKEY or the log's directory");
  LEDGER_TRY(LedgerLogFind(directory, log, sizeof log, error));
  LEDGER_TRY(LedgerPathJoin(path, log, "key.pub", error));
  LEDGER_TRY(LedgerVerifierLoad(path, own, error));
out:
  return status;
}

static LedgerStatus PrintChecked(const Arguments *arguments, const LedgerCheckpoint *checkpoint, uint64_t index,
                                 LedgerVerifier own, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus   status;
  LedgerVerifier verifier = own ? own : arguments->verifier;
  if (arguments->json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "{\"status\": \"verified\", \"index\": %" PRIu64 ", ", index));
    LEDGER_TRY(PrintHeadJson(out, checkpoint->origin, checkpoint->size, &checkpoint->root, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, ", "));
    LEDGER_TRY(PrintKey(out, verifier, own != NULL, true, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
  } else {
    LEDGER_TRY(PrintHead(out, checkpoint->origin, checkpoint->size, &checkpoint->root, error));
    LEDGER_TRY(PrintKey(out, verifier, own != NULL, false, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, "verified: these bytes are entry %" PRIu64 "\n", index));
  }
out:
  return status;
}

static LedgerStatus RunCheck(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus     status;
  LedgerProofFile  proof;
  LedgerCheckpoint checkpoint = {0};
  LedgerVerifier   own        = NULL;
  LedgerBytes      file = {0}, entry = {0};
  LedgerHash       leaf;
  LedgerError      inner     = {""};
  int              at        = LedgerDirectoryExists(arguments->positional[0]) ? 1 : 0;
  const char      *directory = at ? arguments->positional[0] : NULL;
  const char      *path = arguments->positional[at], *entry_path = NULL;
  if (at + 1 < arguments->n) entry_path = arguments->positional[at + 1];
  if (!path || (entry_path && arguments->entry_hex) || (!entry_path && !arguments->entry_hex && !directory) ||
      at + 2 < arguments->n) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "check needs [DIR] PROOF and ENTRY or --entry-hex HEX");
  }
  LEDGER_TRY(CheckKey(arguments, directory, &own, error));
  LEDGER_TRY(LedgerFileRead(path, PROOF_FILE_MAX, LEDGER_INPUT, &file, error));
  LEDGER_TRY(LedgerProofFileRead((char *)file.data, file.size, path, &proof, error));
  LEDGER_TRY(LedgerCheckpointOpen(proof.checkpoint, proof.checkpoint_length, own ? &own : &arguments->verifier, 1, path,
                                  &checkpoint, error));
  LEDGER_TRY(ReadEntry(arguments, directory, entry_path, proof.index, &entry, error));
  leaf   = LedgerHashLeaf(entry.data, entry.size);
  status = LedgerInclusionCheck(proof.index, checkpoint.size, &leaf, &proof.proof, &checkpoint.root, &inner);
  if (status != LEDGER_OK) {
    LedgerErrorSet(error, path, "%s", inner.text);
    goto out;
  }
  LEDGER_TRY(PrintChecked(arguments, &checkpoint, proof.index, own, out, error));
out:
  LedgerCheckpointFree(&checkpoint);
  LedgerVerifierDestroy(&own);
  LedgerBytesFree(&file);
  LedgerBytesFree(&entry);
  return status;
}

/* Shows that the log begins with the tree of an older checkpoint of it. */
static LedgerStatus RunConsistency(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus            status;
  LedgerLog               log   = NULL;
  LedgerCheckpoint        older = {0};
  LedgerBytes             bytes = {0};
  LedgerVerifier          verifier;
  LedgerProof             proof;
  LedgerError             inner = {""};
  const char             *path  = arguments->positional[1];
  const LedgerCheckpoint *now;
  LEDGER_TRY(OpenLog(arguments, arguments->positional[0], &log, error));
  verifier = LedgerLogVerifier(log, NULL);
  now      = LedgerLogCheckpoint(log);
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &bytes, error));
  LEDGER_TRY(LedgerCheckpointOpen(bytes.data, bytes.size, &verifier, 1, path, &older, error));
  if (strcmp(older.origin, now->origin) != 0) {
    status = LedgerFail(error, LEDGER_FALSE, path, "is of the log `%s`; `%s` expected", older.origin, now->origin);
    goto out;
  }
  if (older.size > now->size) {
    status = LedgerFail(error, LEDGER_FALSE, LedgerLogDirectory(log),
                        "has %" PRIu64 " entries, fewer than the older checkpoint's %" PRIu64, now->size, older.size);
    goto out;
  }
  LEDGER_TRY(LedgerLogConsistency(log, older.size, &proof, error));
  status = LedgerConsistencyCheck(older.size, now->size, &proof, &older.root, &now->root, &inner);
  if (status != LEDGER_OK) {
    LedgerErrorSet(error, path, "the log does not begin with this tree: %s", inner.text);
    goto out;
  }
  LEDGER_TRY(LedgerBytesPrint(out, error,
                              arguments->json
                                  ? "{\"status\": \"verified\", \"old_size\": %" PRIu64 ", \"size\": %" PRIu64 "}\n"
                                  : "verified: the first %" PRIu64 " of %" PRIu64 " entries are unchanged\n",
                              older.size, now->size));
out:
  LedgerLogClose(&log);
  LedgerCheckpointFree(&older);
  LedgerBytesFree(&bytes);
  return status;
}

static LedgerStatus RunKeygen(Arguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerSigner signer = NULL;
  if (!arguments->output) return LedgerFail(error, LEDGER_INPUT, NULL, "keygen needs -o FILE for the private key");
  LEDGER_TRY(LedgerSignerCreate(arguments->positional[0], &signer, error));
  LEDGER_TRY(LedgerVerifierWrite(LedgerSignerVerifier(signer), out, error));
  LEDGER_TRY(LedgerBytesPrint(out, error, "\n"));
  LEDGER_TRY(LedgerSignerSave(signer, arguments->output, error));
out:
  LedgerSignerDestroy(&signer);
  return status;
}

static const Command commands[] = {
    {"root", "DIR [--json]", "recompute the root from the entries and print it", 1, 1, RunRoot},
    {"verify", "DIR [--key VKEY|FILE] [--checkpoint FILE] [--json]", "recompute everything and name the first fault", 1,
     1, RunVerify},
    {"prove", "DIR INDEX [-o FILE]", "make the proof file of an entry", 2, 2, RunProve},
    {"check", "[DIR] PROOF [ENTRY | --entry-hex HEX] [--key VKEY|FILE] [--json]",
     "check a proof file for an entry's bytes", 1, 3, RunCheck},
    {"entry", "DIR INDEX [-o FILE]", "print an entry's bytes", 2, 2, RunEntry},
    {"entries", "DIR [--json]", "list all entries in hexadecimal", 1, 1, RunEntries},
    {"consistency", "DIR OLDER-CHECKPOINT [--json]", "show that the log begins with an older state", 2, 2,
     RunConsistency},
    {"keygen", "NAME -o FILE", "make a private key (mode 0600) and print its verifier key", 1, 1, RunKeygen},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- The command line --------------------------------------------------------------------------------------------- */

static void PrintHelp(FILE *stream, const char *program)
{
  fprintf(stream, "%s: verify a ledger and prove its entries\n\n", program);
  for (size_t k = 0; k < COMMANDS; k++) {
    fprintf(stream, "  %s %s\n      %s\n", commands[k].name, commands[k].usage, commands[k].help);
  }
  fprintf(
      stream,
      "\nDIR is a log directory, or a run directory with the folder `ledger`. Without --key the log's own key.pub is\n"
      "taken, which shows that nothing was damaged but not who signed.\n"
      "Exit status: 0 done, 1 internal error, 2 bad usage or unreadable file, 5 verification failed.\n\n"
      "Example: %s verify runs/demo --key operator.pub\n",
      program);
}

/* Takes an option's value; NULL when there is none. */
static const char *OptionValue(int argc, char **argv, int *k)
{
  return *k + 1 < argc ? argv[++*k] : NULL;
}

static LedgerStatus ReadArguments(int argc, char **argv, Arguments *arguments, LedgerError *error)
{
  const struct {
    const char *name, **value;
  } options[]          = {{"--key", &arguments->key},
                          {"-o", &arguments->output},
                          {"--output", &arguments->output},
                          {"--checkpoint", &arguments->checkpoint},
                          {"--entry-hex", &arguments->entry_hex}};
  bool only_positional = false;
  for (int k = 2; k < argc; k++) {
    size_t o = 0;
    while (o < sizeof options / sizeof *options && (only_positional || strcmp(argv[k], options[o].name) != 0)) o++;
    if (o < sizeof options / sizeof *options) {
      const char *name  = argv[k];
      *options[o].value = OptionValue(argc, argv, &k);
      if (!*options[o].value) return LedgerFail(error, LEDGER_INPUT, NULL, "option %s needs a value", name);
    } else if (!only_positional && strcmp(argv[k], "--json") == 0) {
      arguments->json = true;
    } else if (!only_positional && (strcmp(argv[k], "--help") == 0 || strcmp(argv[k], "-h") == 0)) {
      arguments->help = true;
    } else if (!only_positional && strcmp(argv[k], "--") == 0) {
      only_positional = true;
    } else if (!only_positional && argv[k][0] == '-' && argv[k][1]) {
      return LedgerFail(error, LEDGER_INPUT, NULL, "unknown option %s", argv[k]);
    } else if (arguments->n == POSITIONAL_MAX) {
      return LedgerFail(error, LEDGER_INPUT, NULL, "too many arguments: `%s`", argv[k]);
    } else {
      arguments->positional[arguments->n++] = argv[k];
    }
  }
  return LEDGER_OK;
}

static const Command *FindCommand(const char *name)
{
  for (size_t k = 0; k < COMMANDS; k++) {
    if (strcmp(commands[k].name, name) == 0) return &commands[k];
  }
  return NULL;
}

static LedgerStatus Execute(const Command *command, int argc, char **argv, Arguments *arguments, LedgerBytes *out,
                            LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(ReadArguments(argc, argv, arguments, error));
  if (arguments->help) {
    return LedgerBytesPrint(out, error, "usage: %s %s %s\n%s\n", arguments->program, command->name, command->usage,
                            command->help);
  }
  if (arguments->n < command->least || arguments->n > command->most) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "usage: %s %s %s", arguments->program, command->name, command->usage);
  }
  LEDGER_TRY(ReadKey(arguments, error));
  LEDGER_TRY(command->run(arguments, out, error));
out:
  return status;
}

/* With --json, a failed verification is a document too. */
static void PrintFailure(const Arguments *arguments, LedgerStatus status, const LedgerError *error, LedgerBytes *out)
{
  fprintf(stderr, "%s: %s\n", arguments->program, error->text);
  out->size = 0;
  if (!arguments->json || status != LEDGER_FALSE) return;
  if (LedgerBytesPrint(out, NULL, "{\"status\": \"failed\", \"error\": ") != LEDGER_OK ||
      PrintString(out, error->text, NULL) != LEDGER_OK || LedgerBytesPrint(out, NULL, "}\n") != LEDGER_OK) {
    out->size = 0;
  }
}

int LedgerCommand(int argc, char **argv)
{
  const char    *base      = strrchr(argv[0], '/');
  Arguments      arguments = {.program = base ? base + 1 : argv[0]};
  LedgerBytes    out       = {0};
  LedgerError    error     = {""};
  LedgerStatus   status;
  const Command *command;
  if (strcmp(arguments.program, "ledger") == 0) arguments.program = "archipelago ledger";
  if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
    PrintHelp(stdout, arguments.program);
    return LEDGER_OK;
  }
  command = argc >= 2 ? FindCommand(argv[1]) : NULL;
  if (!command) {
    fprintf(stderr, "%s: %s%s; --help lists the commands\n", arguments.program,
            argc >= 2 ? "unknown command " : "no command given", argc >= 2 ? argv[1] : "");
    return LEDGER_INPUT;
  }
  status = Execute(command, argc, argv, &arguments, &out, &error);
  if (status != LEDGER_OK) PrintFailure(&arguments, status, &error, &out);
  if (out.size && fwrite(out.data, 1, out.size, stdout) != out.size) status = LEDGER_INTERNAL;
  if (fflush(stdout) != 0) status = LEDGER_INTERNAL;
  LedgerVerifierDestroy(&arguments.verifier);
  LedgerBytesFree(&out);
  return (int)status;
}
