/* Every parser on arbitrary bytes: the committed corpus (tests/ledger/corpus, one file an input) is replayed as it is and
   under random mutations of a fixed seed. A parser may refuse; what it accepts it must write back as the same bytes, so
   that no two inputs mean the same. Names of corpus files begin with the parser they are for; all parsers get all. A
   first argument sets the number of mutations per file. */
#include <dirent.h>

#include "ledger/log.h"
#include "ledger/request.h"
#include "ledger/stream.h"
#include "ledger/tile.h"
#include "tests/ledger/scratch.h"

enum { INPUT_MAX = 1 << 16 };

static long mutations = 10000;

typedef struct {
  const uint8_t *data;
  size_t         size;
} Input;

static size_t accepted; /* inputs, by the parser under test */

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
  accepted++;
  text = LedgerNoteText(note, &length);
  LedgerBytesAppend(&written, text, length, NULL);
  LedgerBytesAppend(&written, "\n", 1, NULL);
  for (size_t k = 0; k < LedgerNoteSignatureCount(note); k++) LedgerNoteWriteLine(note, k, &written, NULL);
  AssertSame(&written, input);
  LedgerBytesFree(&written);
  LedgerNoteDestroy(&note);
}

/* The lines of a note under another one: whatever is accepted, the first note's text is what is signed. */
static void TryCosignatures(Input input)
{
  static const char base[] = "example.org/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
  LedgerSigner      plain = TestSigner("example.org/log", 1), witness = NULL;
  LedgerNote        note    = NULL;
  LedgerQuorum      quorum  = NULL;
  LedgerBytes       written = {0}, joined = {0};
  const char       *lines = (const char *)input.data;
  assert_int_equal(LedgerSignerAs(plain, LEDGER_KEY_COSIGNATURE, &witness, NULL), LEDGER_OK);
  assert_int_equal(LedgerQuorumCreate(&quorum, NULL), LEDGER_OK);
  assert_int_equal(LedgerQuorumAdd(quorum, LedgerSignerVerifier(witness), NULL), LEDGER_OK);
  assert_int_equal(LedgerNoteSign(base, sizeof base - 1, &plain, 1, &written, NULL), LEDGER_OK);
  assert_int_equal(LedgerNoteParse(written.data, written.size, "base", &note, NULL), LEDGER_OK);
  if (LedgerCosignaturesAdd(note, lines, input.size, quorum, "input", &joined, NULL) == LEDGER_OK) {
    accepted++;
    assert_memory_equal(joined.data, written.data, written.size);
    for (size_t k = 0; k < input.size; k++) assert_true(lines[k] != '\n' || k == 0 || lines[k - 1] != '\n');
  }
  LedgerQuorumDestroy(&quorum);
  LedgerNoteDestroy(&note);
  LedgerSignerDestroy(&plain);
  LedgerSignerDestroy(&witness);
  LedgerBytesFree(&written);
  LedgerBytesFree(&joined);
}

static void TryCheckpoint(Input input)
{
  LedgerCheckpoint checkpoint;
  LedgerBytes      written = {0};
  if (LedgerCheckpointParse((const char *)input.data, input.size, "input", &checkpoint, NULL) == LEDGER_OK) {
    accepted++;
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
  accepted++;
  assert_int_equal(LedgerProofFileWrite(&proof, &written, NULL), LEDGER_OK);
  AssertSame(&written, input);
  LedgerBytesFree(&written);
}

static void TryRequest(Input input)
{
  LedgerRequest request;
  LedgerBytes   written = {0};
  if (LedgerRequestRead((const char *)input.data, input.size, "input", &request, NULL) != LEDGER_OK) return;
  accepted++;
  assert_int_equal(LedgerRequestWrite(&request, &written, NULL), LEDGER_OK);
  AssertSame(&written, input);
  LedgerBytesFree(&written);
}

static void TryWitnesses(Input input)
{
  LedgerQuorum quorum  = NULL;
  LedgerBytes  written = {0};
  if (LedgerQuorumRead((const char *)input.data, input.size, "input", &quorum, NULL) != LEDGER_OK) return;
  accepted++;
  assert_true(LedgerQuorumNeeded(quorum) <= LedgerQuorumCount(quorum));
  assert_int_equal(LedgerQuorumWrite(quorum, &written, NULL), LEDGER_OK);
  AssertSame(&written, input);
  LedgerQuorumDestroy(&quorum);
  LedgerBytesFree(&written);
}

static void TryBundle(Input input)
{
  LedgerBundle bundle;
  LedgerBytes  written = {0};
  for (unsigned width = 1; width <= 5; width++) {
    if (LedgerBundleParse(input.data, input.size, width, true, "input", 0, &bundle, NULL) != LEDGER_OK) continue;
    accepted++;
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
    accepted++;
    assert_int_equal(LedgerVerifierWrite(verifier, &written, NULL), LEDGER_OK);
    AssertSame(&written, input);
  }
  LedgerSignerParse((const char *)input.data, input.size, &signer, NULL);
  LedgerVerifierDestroy(&verifier);
  LedgerSignerDestroy(&signer);
  LedgerBytesFree(&written);
}

static void TryRange(Input input)
{
  LedgerRange range = NULL;
  uint8_t     bytes[LEDGER_RANGE_MAX_BYTES];
  if (LedgerRangeRead(input.data, input.size, &range, NULL) != LEDGER_OK) return;
  accepted++;
  AssertSame(&(LedgerBytes){bytes, LedgerRangeWrite(range, bytes), sizeof bytes}, input);
  LedgerRangeDestroy(&range);
}

static void TryTilePath(Input input)
{
  LedgerTile tile;
  char       path[80] = "", again[LEDGER_TILE_PATH_MAX];
  if (input.size < sizeof path) memcpy(path, input.data, input.size);
  if (!LedgerTileParse(path, &tile)) return;
  accepted++;
  LedgerTilePath(&tile, again);
  assert_string_equal(path, again);
}

static void TryStream(Input input)
{
  LedgerStream stream  = NULL;
  LedgerBytes  written = {0};
  bool         there   = true;
  const void  *entry;
  size_t       size;
  LedgerStatus status = LEDGER_OK;
  char         own[300], folder[256];
  ScratchCreate(folder);
  snprintf(own, sizeof own, "%s/entries", folder);
  WriteWhole(own, input.data, input.size);
  assert_int_equal(LedgerStreamOpen(own, &stream, NULL), LEDGER_OK);
  while (there && status == LEDGER_OK) {
    status = LedgerStreamRead(stream, &there, &entry, &size, NULL);
    if (there && status == LEDGER_OK) LedgerStreamAppend(&written, entry, size, NULL);
  }
  if (status == LEDGER_OK) {
    accepted++;
    AssertSame(&written, input);
  }
  LedgerStreamClose(&stream);
  LedgerBytesFree(&written);
  ScratchRemove(folder);
}

typedef void (*Parser)(Input input);

/* The parser gets exactly the input's bytes in memory of their own, so that a read past the end is seen. */
static void Try(Parser parser, const uint8_t *data, size_t size)
{
  uint8_t *copy = malloc(size ? size : 1);
  assert_non_null(copy);
  if (size) memcpy(copy, data, size);
  parser((Input){copy, size});
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

/* The whole corpus, as it is and mutated. */
static void Fuzz(Parser parser, long mutated)
{
  const char    *folder = ShippedFile("tests/ledger/corpus");
  DIR           *list   = opendir(folder);
  struct dirent *entry;
  uint64_t       random = 424242;
  uint8_t       *work   = malloc(INPUT_MAX);
  size_t         files  = 0;
  accepted              = 0;
  assert_non_null(list);
  while ((entry = readdir(list))) {
    char        path[LEDGER_PATH_MAX];
    LedgerBytes bytes;
    if (entry->d_name[0] == '.') continue;
    assert_int_equal(LedgerPathJoin(path, folder, entry->d_name, NULL), LEDGER_OK);
    bytes = ReadWhole(path);
    assert_true(bytes.size <= INPUT_MAX);
    Try(parser, bytes.data, bytes.size);
    for (long k = 0; k < mutated; k++) {
      memcpy(work, bytes.data, bytes.size);
      Try(parser, work, Mutate(work, bytes.size, &random));
    }
    LedgerBytesFree(&bytes);
    files++;
  }
  closedir(list);
  free(work);
  assert_true(files >= 25);
  assert_true(accepted > 0); /* or this test would show nothing */
}

#define FUZZ(name, parser, n)    \
  static void name(void **state) \
  {                              \
    (void)state;                 \
    Fuzz(parser, n);             \
  }

FUZZ(NotesHaveOneSpelling, TryNote, mutations)
FUZZ(CosignatureLinesNeverChangeTheText, TryCosignatures, mutations / 100)
FUZZ(CheckpointsHaveOneSpelling, TryCheckpoint, mutations)
FUZZ(ProofFilesHaveOneSpelling, TryProof, mutations)
FUZZ(WitnessRequestsHaveOneSpelling, TryRequest, mutations)
FUZZ(ListsOfWitnessesHaveOneSpelling, TryWitnesses, mutations)
FUZZ(EntryBundlesHaveOneSpelling, TryBundle, mutations)
FUZZ(KeysHaveOneSpelling, TryKey, mutations)
FUZZ(RangesHaveOneSpelling, TryRange, mutations)
FUZZ(TilePathsHaveOneSpelling, TryTilePath, mutations)
FUZZ(StreamsHaveOneSpelling, TryStream, mutations / 250)

/* ---- Tiles and whole logs ----------------------------------------------------------------------------------------- */

/* Names of a log's files, to pick from. */
typedef struct {
  size_t n;
  char   name[64][80];
} Names;

static LedgerStatus AddName(void *context, const char *name, LedgerError *error)
{
  Names *names = context;
  (void)error;
  assert_true(names->n < 64);
  snprintf(names->name[names->n++], sizeof names->name[0], "%s", name);
  return LEDGER_OK;
}

/* Any change of any file below tile/ is a fault, never a crash, and the file is named; so is what is behind the end. */
static void MutatedTilesAndBundlesAreFoundInALog(void **state)
{
  char            folder[256], tiles[300];
  Names           names  = {0};
  uint64_t        random = 77;
  uint8_t        *work   = malloc(INPUT_MAX);
  LedgerError     error  = {""};
  LedgerLogCounts counts;
  size_t          same = 0;
  (void)state;
  ScratchCreate(folder);
  snprintf(tiles, sizeof tiles, "%s/tile", folder);
  TestLogExtend(folder, 0, 200);
  TestLogExtend(folder, 200, 520);
  assert_ok(LedgerFilesVisit(tiles, AddName, &names, &error), error);
  assert_true(names.n >= 9);
  for (int k = 0; k < 3000; k++) {
    const char  *name = names.name[NextRandom(&random) % names.n];
    char         path[400];
    LedgerBytes  bytes;
    size_t       size;
    LedgerLog    log = NULL;
    LedgerStatus status;
    snprintf(path, sizeof path, "%s/%s", tiles, name);
    bytes = ReadWhole(path);
    memcpy(work, bytes.data, bytes.size);
    size = Mutate(work, bytes.size, &random);
    if (size == bytes.size && memcmp(work, bytes.data, size) == 0) {
      same++;
    } else {
      WriteWhole(path, work, size);
      assert_ok(LedgerLogOpen(folder, NULL, &log, &error), error);
      status = LedgerLogVerify(log, &counts, &error);
      if (status != LEDGER_FALSE || !strstr(error.text, name)) {
        fail_msg("%s changed: status %d, `%s`", name, (int)status, error.text);
      }
      LedgerLogClose(&log);
      WriteWhole(path, bytes.data, bytes.size);
    }
    LedgerBytesFree(&bytes);
  }
  assert_true(same < 1000);
  free(work);
  ScratchRemove(folder);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(NotesHaveOneSpelling),           cmocka_unit_test(CosignatureLinesNeverChangeTheText),
      cmocka_unit_test(CheckpointsHaveOneSpelling),     cmocka_unit_test(ProofFilesHaveOneSpelling),
      cmocka_unit_test(WitnessRequestsHaveOneSpelling), cmocka_unit_test(ListsOfWitnessesHaveOneSpelling),
      cmocka_unit_test(EntryBundlesHaveOneSpelling),    cmocka_unit_test(KeysHaveOneSpelling),
      cmocka_unit_test(RangesHaveOneSpelling),          cmocka_unit_test(TilePathsHaveOneSpelling),
      cmocka_unit_test(StreamsHaveOneSpelling),         cmocka_unit_test(MutatedTilesAndBundlesAreFoundInALog),
  };
  if (argc > 1) mutations = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
