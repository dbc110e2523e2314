/* Commands that read a log: verify, root, show, entry, entries. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/command_impl.h"
#include "ledger/file.h"
#include "ledger/text.h"

LedgerStatus LedgerRunRoot(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus            status;
  LedgerLog               log = NULL;
  LedgerHash              root;
  const LedgerCheckpoint *checkpoint;
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &log, error));
  checkpoint = LedgerLogCheckpoint(log);
  LEDGER_TRY(LedgerLogRoot(log, &root, error));
  if (!LedgerHashEqual(&root, &checkpoint->root)) {
    LEDGER_TRY(LedgerLogVerify(log, NULL, error)); /* names the fault */
    status = LedgerFail(error, LEDGER_FALSE, LedgerLogDirectory(log), "entries do not give the root of the checkpoint");
    goto out;
  }
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "{"));
  LEDGER_TRY(LedgerPrintHead(out, checkpoint, arguments->json, error));
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
out:
  LedgerLogClose(&log);
  return status;
}

/* Appends the checkpoint, who signed it, the witnesses and the quorum; JSON without the braces. */
static LedgerStatus PrintLog(LedgerLog log, bool json, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus    status;
  bool            key_from_log, quorum_from_log;
  LedgerVerifier  verifier = LedgerLogVerifier(log, &key_from_log);
  LedgerCosigners cosigners;
  LedgerQuorum    quorum = LedgerLogQuorum(log, &cosigners, &quorum_from_log);
  LEDGER_TRY(LedgerPrintHead(out, LedgerLogCheckpoint(log), json, error));
  if (json) LEDGER_TRY(LedgerBytesPrint(out, error, ", "));
  LEDGER_TRY(LedgerPrintKey(out, verifier, key_from_log, json, error));
  if (json) LEDGER_TRY(LedgerBytesPrint(out, error, ", "));
  LEDGER_TRY(LedgerPrintQuorum(out, quorum, &cosigners, quorum_from_log, json, error));
out:
  return status;
}

LedgerStatus LedgerRunVerify(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus    status;
  LedgerLog       log = NULL;
  LedgerLogCounts counts;
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &log, error));
  LEDGER_TRY(LedgerLogVerify(log, &counts, error));
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "{\"status\": \"verified\", "));
  LEDGER_TRY(PrintLog(log, arguments->json, out, error));
  if (arguments->json) {
    LEDGER_TRY(LedgerBytesPrint(
        out, error, ", \"tiles\": %" PRIu64 ", \"bundles\": %" PRIu64 ", \"older_partials\": %" PRIu64 "}\n",
        counts.tiles, counts.bundles, counts.older));
  } else {
    LEDGER_TRY(LedgerBytesPrint(out, error,
                                "verified: %" PRIu64 " entries in %" PRIu64 " bundles, %" PRIu64 " tiles, %" PRIu64
                                " older partial files\n",
                                counts.entries, counts.bundles, counts.tiles, counts.older));
  }
out:
  LedgerLogClose(&log);
  return status;
}

/* ---- One entry ---------------------------------------------------------------------------------------------------- */

/* What the room above says of an entry, in one line; NULL without one. The caller frees it. */
static char *Description(LedgerEntryDescriber describe, const uint8_t *entry, size_t size)
{
  char  *text   = NULL;
  size_t length = 0;
  FILE  *stream = describe ? open_memstream(&text, &length) : NULL;
  if (!stream) return NULL;
  describe(entry, size, stream);
  if (fclose(stream) != 0) {
    free(text);
    return NULL;
  }
  while (length && text[length - 1] == '\n') text[--length] = 0;
  for (size_t k = 0; k < length; k++) {
    if ((unsigned char)text[k] < 0x20 || text[k] == 0x7f) text[k] = '?';
  }
  return text;
}

static LedgerStatus PrintShownEntry(const LedgerArguments *arguments, uint64_t index, const LedgerBytes *entry,
                                    LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerHash   leaf = LedgerHashLeaf(entry->data, entry->size);
  char         base64[45], hex[65];
  char        *bytes = malloc(2 * entry->size + 1);
  char        *says  = Description(arguments->describe, entry->data, entry->size);
  if (!bytes) {
    status = LedgerNoMemory(error);
    goto out;
  }
  LedgerHexEncode(entry->data, entry->size, bytes);
  LedgerHashBase64(&leaf, base64);
  LedgerHashHex(&leaf, hex);
  LEDGER_TRY(LedgerBytesPrint(out, error,
                              arguments->json
                                  ? "{\"index\": %" PRIu64 ", \"size\": %zu, \"leaf\": \"%s\", \"leaf_hex\": \"%s\", "
                                    "\"bytes\": \"%s\""
                                  : "index     %" PRIu64 "\nsize      %zu bytes\nleaf      %s\nleaf hex  %s\n"
                                    "bytes     %s\n",
                              index, entry->size, base64, hex, bytes));
  if (says && *says && arguments->json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, ", \"says\": "));
    LEDGER_TRY(LedgerPrintJsonString(out, says, error));
  } else if (says && *says) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "says      %s\n", says));
  }
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
out:
  free(bytes);
  free(says);
  return status;
}

static LedgerStatus ShowEntry(const LedgerArguments *arguments, LedgerLog log, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  entry = {0}, proof = {0};
  uint64_t     index;
  LEDGER_TRY(LedgerIndexParse(arguments->positional[1], &index, error));
  LEDGER_TRY(LedgerLogEntry(log, index, &entry, error));
  LEDGER_TRY(LedgerLogProve(log, index, &proof, error)); /* it is under the signed root */
  if (LedgerOption(arguments, "-o") || LedgerOption(arguments, "--output")) {
    LEDGER_TRY(LedgerArgumentsDeliver(arguments, &entry, error));
  } else {
    LEDGER_TRY(PrintShownEntry(arguments, index, &entry, out, error));
  }
out:
  LedgerBytesFree(&entry);
  LedgerBytesFree(&proof);
  return status;
}

LedgerStatus LedgerRunShow(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = NULL;
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], true, &log, error));
  if (arguments->n == 2) {
    LEDGER_TRY(ShowEntry(arguments, log, out, error));
  } else {
    if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "{"));
    LEDGER_TRY(PrintLog(log, arguments->json, out, error));
    if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
    LEDGER_TRY(LedgerArgumentsDeliver(arguments, out, error));
  }
out:
  LedgerLogClose(&log);
  return status;
}

LedgerStatus LedgerRunEntry(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = NULL;
  uint64_t     index;
  LEDGER_TRY(LedgerIndexParse(arguments->positional[1], &index, error));
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &log, error));
  LEDGER_TRY(LedgerLogEntry(log, index, out, error));
  LEDGER_TRY(LedgerArgumentsDeliver(arguments, out, error));
out:
  LedgerLogClose(&log);
  return status;
}

/* ---- Many entries ------------------------------------------------------------------------------------------------- */

typedef struct {
  const LedgerArguments *arguments;
  LedgerBytes           *out;
  bool                   some;
} EntryPrinter;

static LedgerStatus PrintEntry(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  EntryPrinter *printer = context;
  LedgerStatus  status;
  bool          json = printer->arguments->json;
  char         *hex  = malloc(2 * size + 1);
  char         *says = Description(printer->arguments->describe, entry, size);
  if (!hex) {
    status = LedgerNoMemory(error);
    goto out;
  }
  LedgerHexEncode(entry, size, hex);
  if (json && printer->some) LEDGER_TRY(LedgerBytesPrint(printer->out, error, ",\n  "));
  printer->some = true;
  LEDGER_TRY(LedgerBytesPrint(printer->out, error,
                              json ? "{\"index\": %" PRIu64 ", \"bytes\": \"%s\"" : "%" PRIu64 " %s", index, hex));
  if (says && *says && json) {
    LEDGER_TRY(LedgerBytesPrint(printer->out, error, ", \"says\": "));
    LEDGER_TRY(LedgerPrintJsonString(printer->out, says, error));
  } else if (says && *says) {
    LEDGER_TRY(LedgerBytesPrint(printer->out, error, " %s", says));
  }
  LEDGER_TRY(LedgerBytesPrint(printer->out, error, json ? "}" : "\n"));
out:
  free(hex);
  free(says);
  return status;
}

LedgerStatus LedgerRunEntries(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log     = NULL;
  EntryPrinter printer = {arguments, out, false};
  uint64_t     start   = 0, end;
  if (arguments->n == 2) LEDGER_TRY(LedgerIndicesParse(arguments->positional[1], &start, &end, error));
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &log, error));
  if (arguments->n == 1) end = LedgerLogCheckpoint(log)->size;
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "{\"entries\": [\n  "));
  LEDGER_TRY(LedgerLogVisitRange(log, start, end, PrintEntry, &printer, error));
  if (arguments->json) LEDGER_TRY(LedgerBytesPrint(out, error, "]}\n"));
  LEDGER_TRY(LedgerArgumentsDeliver(arguments, out, error));
out:
  LedgerLogClose(&log);
  return status;
}
