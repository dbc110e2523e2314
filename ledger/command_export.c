/* export: what an auditor takes away. */
#define _GNU_SOURCE /* nftw */
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger/command_impl.h"
#include "ledger/file.h"
#include "ledger/tree.h"

typedef struct {
  LedgerLog   log;
  const char *from, *to; /* folders */
  uint64_t    files;
} Export;

/* Writes a file of the export; it is made whole under another folder name, so no file needs to appear at once. */
static LedgerStatus Put(Export *export, const char *name, const void *data, size_t size, LedgerError *error)
{
  LedgerStatus status;
  char         path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, export->to, name, error));
  LEDGER_TRY(LedgerFileWrite(path, path, 0666, data, size, error));
  export->files++;
out:
  return status;
}

/* One tile; a partial one that is not there, as in an older state of the log, is the beginning of a wider one. */
static LedgerStatus PutTile(Export *export, LedgerTree tree, const LedgerTile *tile, LedgerError *error)
{
  LedgerStatus      status;
  const LedgerHash *hashes;
  unsigned          width;
  char              name[LEDGER_TILE_PATH_MAX];
  LEDGER_TRY(LedgerTreeTile(tree, tile->level, tile->index, &hashes, &width, error));
  LedgerTilePath(tile, name);
  LEDGER_TRY(Put(export, name, hashes, tile->width * sizeof *hashes, error));
out:
  return status;
}

static LedgerStatus PutBundle(Export *export, uint64_t size, const LedgerTile *tile, LedgerBytes *bytes,
                              LedgerError *error)
{
  LedgerStatus status;
  LedgerBundle bundle;
  char         name[LEDGER_TILE_PATH_MAX];
  LEDGER_TRY(LedgerBundleLoad(export->from, size, tile->index, bytes, &bundle, NULL, error));
  LedgerTilePath(tile, name);
  LEDGER_TRY(Put(export, name, bundle.bytes, bundle.offset[bundle.width], error));
out:
  return status;
}

/* The tiles and bundles of the checkpoint's entries. */
static LedgerStatus PutTiles(Export *export, LedgerError *error)
{
  LedgerStatus status;
  LedgerTree   tree  = NULL;
  LedgerBytes  bytes = {0};
  uint64_t     size  = LedgerLogCheckpoint(export->log)->size;
  LEDGER_TRY(LedgerTreeCreate(export->from, size, &tree, error));
  for (int level = LEDGER_TILE_BUNDLE; level < LEDGER_TILE_LEVELS; level++) {
    LedgerTile tile = {level, 0, 0};
    for (; (tile.width = LedgerTileWidth(size, level, tile.index)) != 0; tile.index++) {
      if (level == LEDGER_TILE_BUNDLE)
        LEDGER_TRY(PutBundle(export, size, &tile, &bytes, error));
      else
        LEDGER_TRY(PutTile(export, tree, &tile, error));
    }
  }
out:
  LedgerTreeDestroy(&tree);
  LedgerBytesFree(&bytes);
  return status;
}

/* The verified key, witnesses and checkpoint, which all exports hold. */
static LedgerStatus PutHead(Export *export, LedgerError *error)
{
  LedgerStatus       status;
  LedgerBytes        text   = {0};
  const LedgerBytes *bytes  = LedgerLogCheckpointBytes(export->log);
  LedgerQuorum       quorum = LedgerLogQuorum(export->log, NULL, NULL);
  LEDGER_TRY(LedgerVerifierWrite(LedgerLogVerifier(export->log, NULL), &text, error));
  LEDGER_TRY(LedgerBytesAppend(&text, "\n", 1, error));
  LEDGER_TRY(Put(export, "key.pub", text.data, text.size, error));
  text.size = 0;
  if (quorum) {
    LEDGER_TRY(LedgerQuorumWrite(quorum, &text, error));
    LEDGER_TRY(Put(export, "witnesses", text.data, text.size, error));
  }
  LEDGER_TRY(Put(export, "checkpoint", bytes->data, bytes->size, error));
out:
  LedgerBytesFree(&text);
  return status;
}

/* A LedgerEntryVisitor: an entry's bytes and its proof file. */
static LedgerStatus PutProof(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  Export *export = context;
  LedgerStatus status;
  LedgerBytes  proof = {0};
  char         name[64];
  snprintf(name, sizeof name, "%" PRIu64 ".entry", index);
  LEDGER_TRY(Put(export, name, entry, size, error));
  LEDGER_TRY(LedgerLogProve(export->log, index, &proof, error));
  snprintf(name, sizeof name, "%" PRIu64 ".tlog-proof", index);
  LEDGER_TRY(Put(export, name, proof.data, proof.size, error));
out:
  LedgerBytesFree(&proof);
  return status;
}

static LedgerStatus PutAll(Export *export, const char *proofs, LedgerError *error)
{
  LedgerStatus status;
  uint64_t     start, end;
  LEDGER_TRY(LedgerDirectoryCreate(export->to, error));
  if (proofs) {
    LEDGER_TRY(LedgerIndicesParse(proofs, &start, &end, error));
    LEDGER_TRY(LedgerLogVisitRange(export->log, start, end, PutProof, export, error));
  } else {
    LEDGER_TRY(PutTiles(export, error));
  }
  LEDGER_TRY(PutHead(export, error));
out:
  return status;
}

static int RemoveEntry(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
  (void)about;
  (void)kind;
  (void)walk;
  remove(path);
  return 0;
}

/* Removes what an export that failed, or was interrupted, left. */
static void RemoveFolder(const char *path)
{
  nftw(path, RemoveEntry, 16, FTW_DEPTH | FTW_PHYS);
}

static LedgerStatus CheckTarget(const char *target, LedgerError *error)
{
  if (access(target, F_OK) != 0) return LEDGER_OK;
  return LedgerFail(error, LEDGER_INPUT, target, "is there already; export makes a new folder");
}

LedgerStatus LedgerRunExport(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log    = NULL;
  const char  *target = LedgerOption(arguments, "-o"), *proofs = LedgerOption(arguments, "--proofs");
  char         made[LEDGER_PATH_MAX];
  Export export;
  int length;
  if (!target) target = LedgerOption(arguments, "--output");
  if (!target) return LedgerFail(error, LEDGER_INPUT, NULL, "export needs -o OUT, a folder to be made");
  length = snprintf(made, sizeof made, "%s.writing", target);
  if (length < 0 || length >= LEDGER_PATH_MAX) return LedgerFail(error, LEDGER_INPUT, NULL, "output path is too long");
  LEDGER_TRY(CheckTarget(target, error));
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &log, error));
  export = (Export){.log = log, .from = LedgerLogDirectory(log), .to = made};
  if (!proofs) LEDGER_TRY(LedgerLogVerify(log, NULL, error));
  RemoveFolder(made);
  status = PutAll(&export, proofs, error);
  if (status != LEDGER_OK) {
    RemoveFolder(made);
    goto out;
  }
  if (rename(made, target) != 0) {
    status = LedgerFail(error, LEDGER_INTERNAL, target, "cannot be made: %s", strerror(errno));
    goto out;
  }
  LEDGER_TRY(LedgerBytesPrint(out, error,
                              arguments->json ? "{\"status\": \"exported\", \"files\": %" PRIu64 "}\n"
                                              : "exported %" PRIu64 " files\n",
                              export.files));
out:
  LedgerLogClose(&log);
  return status;
}
