/* The Merkle tree on disk: read subtree roots from tiles, and turn a stream of leaves into tiles. */
#ifndef ARCHIPELAGO_LEDGER_TREE_H
#define ARCHIPELAGO_LEDGER_TREE_H

#include "ledger/bytes.h"
#include "ledger/proof.h"
#include "ledger/range.h"
#include "ledger/tile.h"

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

/* The tiles of a log's first `size` entries. Keeps the last tile read of each level. */
typedef struct LedgerTree_s *LedgerTree;

LedgerStatus LedgerTreeCreate(const char *directory, uint64_t size, LedgerTree *tree, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerTreeDestroy(LedgerTree *tree);

/* The tile's hashes and, in *width, how many; valid until the next call for that level. A partial tile that is not there
   is taken from the full one, or from the narrowest wider one. LEDGER_FALSE when it is missing or has a wrong length. */
LedgerStatus LedgerTreeTile(LedgerTree tree, int level, uint64_t index, const LedgerHash **hashes, unsigned *width,
                            LedgerError *error);

/* A LedgerSubtreeReader whose context is a LedgerTree. */
LedgerStatus LedgerTreeSubtree(void *tree, unsigned height, uint64_t index, LedgerHash *root, LedgerError *error);

/* The compact range of the leaves [start, end) from stored subtree roots; LEDGER_INPUT when the tree has fewer. */
LedgerStatus LedgerTreeRange(LedgerTree tree, uint64_t start, uint64_t end, LedgerRange *range, LedgerError *error);

/* Reads bundle number `index` of a log of `size` entries into `bytes` (emptied first) and splits it. A partial bundle
   that is not there is taken from a fuller one; `path` tells the file that was read. */
LedgerStatus LedgerBundleLoad(const char *directory, uint64_t size, uint64_t index, LedgerBytes *bytes,
                              LedgerBundle *bundle, char *path, LedgerError *error);

/* ---- Building ----------------------------------------------------------------------------------------------------- */

/* Takes each tile as it is finished. */
typedef LedgerStatus (*LedgerTileSink)(void *context, const LedgerTile *tile, const LedgerHash *hashes,
                                       LedgerError *error);

/* Turns leaves into tiles, in memory for one tile a level. */
typedef struct LedgerTiler_s *LedgerTiler;

LedgerStatus LedgerTilerCreate(LedgerTileSink sink, void *context, LedgerTiler *tiler, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerTilerDestroy(LedgerTiler *tiler);

/* Goes on behind the leaves of an existing tree; call before any append. */
LedgerStatus LedgerTilerResume(LedgerTiler tiler, LedgerTree tree, uint64_t size, LedgerError *error);

/* Appends a leaf; full tiles go to the sink. */
LedgerStatus LedgerTilerAppend(LedgerTiler tiler, const LedgerHash *leaf, LedgerError *error);

/* Hands the partial tiles to the sink; appending may go on afterwards. */
LedgerStatus LedgerTilerFlush(LedgerTiler tiler, LedgerError *error);

uint64_t LedgerTilerSize(LedgerTiler tiler);

/* The compact range of all leaves, and its root. */
LedgerStatus LedgerTilerRange(LedgerTiler tiler, LedgerRange *range, LedgerError *error);
LedgerStatus LedgerTilerRoot(LedgerTiler tiler, LedgerHash *root, LedgerError *error);

#endif
