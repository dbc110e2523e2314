/* Every parser on arbitrary bytes: the committed corpus (tests/ledger/corpus, one file an input) is replayed as it is and
   under random mutations of a fixed seed. A parser may refuse; what it accepts it must write back as the same bytes, so
   that no two inputs mean the same. Names of corpus files begin with the parser they are for; all parsers get all. */
#include <dirent.h>

#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/range.h"
#include "ledger/tile.h"
#include "tests/ledger/scratch.h"

enum { MUTATIONS = 10000, INPUT_MAX = 1 << 16 };

typedef struct {
  const uint8_t *data;
  size_t         size;
} Input;

static size_t accepted[6];

static void AssertSame(const LedgerBytes *written, Input input)
{
  assert_int_equal(written->size, input.size);
  assert_memory_equal(written->data, input.data, input.size);
}

static void TryNote(Input input)
{
  LedgerNote  note    = NULL;
  LedgerBytes written = {0};
  size_t      length;
  const char *text;
  if (LedgerNoteParse(input.data, input.size, "input", &note, NULL) != LEDGER_OK) return;
  accepted[0]++;
  text = LedgerNoteText(note, &length);
  LedgerBytesAppend(&written, text, length, NULL);
  LedgerBytesAppend(&written, "\n", 1, NULL);
  for (size_t k = 0; k < LedgerNoteSignatureCount(note); k++) {
    LedgerNoteSignature s       = LedgerNoteGetSignature(note, k);
    LedgerBytes         payload = {0};
    uint8_t             id[4];
    LedgerPutU32(id, s.key_id);
    LedgerBytesAppend(&payload, id, 4, NULL);
    LedgerBytesAppend(&payload, s.signature, s.size, NULL);
    LedgerBytesPrint(&written, NULL, "\xe2\x80\x94 %.*s ", (int)s.name_length, s.name);
    LedgerBytesAppendBase64(&written, payload.data, payload.size, NULL);
    LedgerBytesAppend(&written, "\n", 1, NULL);
    LedgerBytesFree(&payload);
  }
  AssertSame(&written, input);
  LedgerBytesFree(&written);
  LedgerNoteDestroy(&note);
}

static void TryCheckpoint(Input input)
{
  LedgerCheckpoint checkpoint;
  LedgerBytes      written = {0};
  if (LedgerCheckpointParse((const char *)input.data, input.size, "input", &checkpoint, NULL) == LEDGER_OK) {
    accepted[1]++;
    assert_int_equal(LedgerCheckpointWrite(checkpoint.origin, checkpoint.size, &checkpoint.root, &written, NULL),
                     LEDGER_OK);
    if (!checkpoint.extensions)
      AssertSame(&written, input);
    else
      assert_memory_equal(written.data, input.data, written.size);
  }
  LedgerBytesFree(&written);
  LedgerCheckpointFree(&checkpoint);
}

static void TryProof(Input input)
{
  LedgerProofFile proof;
  LedgerBytes     written = {0};
  if (LedgerProofFileRead((const char *)input.data, input.size, "input", &proof, NULL) != LEDGER_OK) return;
  accepted[2]++;
  assert_int_equal(LedgerProofFileWrite(&proof, &written, NULL), LEDGER_OK);
  AssertSame(&written, input);
  LedgerBytesFree(&written);
}

static void TryBundle(Input input)
{
  LedgerBundle bundle;
  LedgerBytes  written = {0};
  for (unsigned width = 1; width <= 5; width++) {
    if (LedgerBundleParse(input.data, input.size, width, true, "input", 0, &bundle, NULL) != LEDGER_OK) continue;
    accepted[3]++;
    written.size = 0;
    for (unsigned k = 0; k < width; k++) {
      size_t         size;
      const uint8_t *entry = LedgerBundleEntry(&bundle, k, &size);
      assert_int_equal(LedgerBundleAppend(&written, entry, size, NULL), LEDGER_OK);
    }
    AssertSame(&written, input);
  }
  LedgerBytesFree(&written);
}

static void TryKey(Input input)
{
  LedgerVerifier verifier = NULL;
  LedgerSigner   signer   = NULL;
  LedgerBytes    written  = {0};
  if (LedgerVerifierParse((const char *)input.data, input.size, &verifier, NULL) == LEDGER_OK) {
    accepted[4]++;
    assert_int_equal(LedgerVerifierWrite(verifier, &written, NULL), LEDGER_OK);
    AssertSame(&written, input);
  }
  LedgerSignerParse((const char *)input.data, input.size, &signer, NULL);
  LedgerVerifierDestroy(&verifier);
  LedgerSignerDestroy(&signer);
  LedgerBytesFree(&written);
}

static void TryRangeAndPath(Input input)
{
  LedgerRange range = NULL;
  LedgerTile  tile;
  uint8_t     bytes[LEDGER_RANGE_MAX_BYTES];
  char        path[80] = "", again[LEDGER_TILE_PATH_MAX];
  if (LedgerRangeRead(input.data, input.size, &range, NULL) == LEDGER_OK) {
    accepted[5]++;
    AssertSame(&(LedgerBytes){bytes, LedgerRangeWrite(range, bytes), sizeof bytes}, input);
    LedgerRangeDestroy(&range);
  }
  if (input.size < sizeof path) memcpy(path, input.data, input.size);
  if (LedgerTileParse(path, &tile)) {
    LedgerTilePath(&tile, again);
    assert_string_equal(path, again);
  }
}

/* The parsers get exactly the input's bytes in memory of their own, so that a read past the end is seen. */
static void TryAll(const uint8_t *data, size_t size)
{
  uint8_t *copy = malloc(size ? size : 1);
  Input    input;
  assert_non_null(copy);
  if (size) memcpy(copy, data, size);
  input = (Input){copy, size};
  TryNote(input);
  TryCheckpoint(input);
  TryProof(input);
  TryBundle(input);
  TryKey(input);
  TryRangeAndPath(input);
  free(copy);
}

/* Changes, removes, doubles or cuts a few bytes. */
static size_t Mutate(uint8_t *data, size_t size, uint64_t *random)
{
  static const char likely[] = "\n +=/.09azAx\xe2\x80\x94\xff";
  for (uint64_t changes = 1 + NextRandom(random) % 3; changes && size; changes--) {
    size_t at = NextRandom(random) % size;
    switch (NextRandom(random) % 6) {
    case 0:
      data[at] ^= (uint8_t)(1 << NextRandom(random) % 8);
      break;
    case 1:
      data[at] = (uint8_t)likely[NextRandom(random) % (sizeof likely - 1)];
      break;
    case 2:
      memmove(data + at, data + at + 1, size - at - 1);
      size--;
      break;
    case 3:
      if (size == INPUT_MAX) break;
      memmove(data + at + 1, data + at, size - at);
      size++;
      break;
    case 4:
      size = at;
      break;
    default: {
      size_t from = NextRandom(random) % size, n = NextRandom(random) % 40;
      if (from + n <= size && at + n <= size) memmove(data + at, data + from, n);
    }
    }
  }
  return size;
}

static void WhatIsAcceptedIsWrittenBackTheSame(void **state)
{
  const char    *folder = ShippedFile("tests/ledger/corpus");
  DIR           *list   = opendir(folder);
  struct dirent *entry;
  uint64_t       random = 424242;
  uint8_t       *work   = malloc(INPUT_MAX);
  size_t         files  = 0;
  (void)state;
  assert_non_null(list);
  while ((entry = readdir(list))) {
    char        path[LEDGER_PATH_MAX];
    LedgerBytes bytes;
    if (entry->d_name[0] == '.') continue;
    assert_int_equal(LedgerPathJoin(path, folder, entry->d_name, NULL), LEDGER_OK);
    bytes = ReadWhole(path);
    assert_true(bytes.size <= INPUT_MAX);
    TryAll(bytes.data, bytes.size);
    for (int k = 0; k < MUTATIONS; k++) {
      memcpy(work, bytes.data, bytes.size);
      TryAll(work, Mutate(work, bytes.size, &random));
    }
    LedgerBytesFree(&bytes);
    files++;
  }
  closedir(list);
  free(work);
  assert_true(files >= 15);
  /* Each parser has accepted something, or this test would show nothing about it. */
  for (size_t k = 0; k < sizeof accepted / sizeof *accepted; k++) assert_true(accepted[k] > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(WhatIsAcceptedIsWrittenBackTheSame)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
