/* Logs that grow over runs under the eyes of witnesses: what they cosign, what they refuse and how they say why, and when
   a checkpoint is final. */
#include <inttypes.h>

#include "ledger/log.h"
#include "ledger/stream.h"
#include "ledger/witness.h"
#include "tests/ledger/scratch.h"

#define assert_fails(call, expected, error, part)                                          \
  do {                                                                                     \
    LedgerStatus status_of_call = (call);                                                  \
    if (status_of_call != (expected) || !strstr((error).text, part))                       \
      fail_msg("status %d, `%s`; `%s` expected", (int)status_of_call, (error).text, part); \
  } while (0)

enum { WITNESSES = 3 };

/* A log, its key, three witnesses with their folders, and the quorum of two of them. */
typedef struct {
  char         top[256], log[300], folder[WITNESSES][300];
  LedgerSigner signer, key[WITNESSES];
  LedgerQuorum quorum;
} World;

static LedgerSigner WitnessKey(const char *name, uint8_t filler)
{
  LedgerSigner plain = TestSigner(name, filler), signer = NULL;
  LedgerError  error = {""};
  assert_ok(LedgerSignerAs(plain, LEDGER_KEY_COSIGNATURE, &signer, &error), error);
  LedgerSignerDestroy(&plain);
  return signer;
}

static int SetUp(void **state)
{
  World      *w     = calloc(1, sizeof *w);
  LedgerError error = {""};
  ScratchCreate(w->top);
  snprintf(w->log, sizeof w->log, "%s/log", w->top);
  w->signer = TestSigner(TEST_ORIGIN, 7);
  assert_ok(LedgerQuorumCreate(&w->quorum, &error), error);
  for (int k = 0; k < WITNESSES; k++) {
    char name[32];
    snprintf(name, sizeof name, "region%d.example", k);
    snprintf(w->folder[k], sizeof w->folder[k], "%s/witness%d", w->top, k);
    w->key[k] = WitnessKey(name, (uint8_t)(40 + k));
    assert_ok(LedgerQuorumAdd(w->quorum, LedgerSignerVerifier(w->key[k]), &error), error);
  }
  assert_ok(LedgerQuorumSetNeeded(w->quorum, 2, &error), error);
  *state = w;
  return 0;
}

static int TearDown(void **state)
{
  World *w = *state;
  ScratchRemove(w->top);
  LedgerSignerDestroy(&w->signer);
  for (int k = 0; k < WITNESSES; k++) LedgerSignerDestroy(&w->key[k]);
  LedgerQuorumDestroy(&w->quorum);
  free(w);
  return 0;
}

static LedgerWriter OpenWriter(World *w, const char *folder)
{
  LedgerWriter writer = NULL;
  LedgerError  error  = {""};
  assert_ok(LedgerWriterOpen(folder, TEST_ORIGIN, w->signer, &writer, &error), error);
  return writer;
}

/* Puts the test entries up to `end` and commits. */
static void Extend(LedgerWriter writer, uint64_t end)
{
  LedgerError error = {""};
  uint64_t    start = LedgerWriterSize(writer);
  assert_ok(LedgerWriterPutFrom(writer, start, end - start, TestSource, &start, &error), error);
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
}

static LedgerWitness OpenWitness(World *w, int k)
{
  LedgerWitness witness = NULL;
  LedgerError   error   = {""};
  assert_ok(LedgerWitnessOpen(w->folder[k], w->key[k], LedgerSignerVerifier(w->signer), NULL, &witness, &error), error);
  return witness;
}

/* Shows the witness the log's checkpoint as it is. */
static LedgerStatus Show(LedgerWitness witness, const char *folder, LedgerError *error)
{
  LedgerStatus     status;
  LedgerLog        log     = NULL;
  LedgerLogOptions options = {.without_quorum = true};
  LedgerRequest    request;
  LEDGER_TRY(LedgerLogOpen(folder, &options, &log, error));
  LEDGER_TRY(LedgerRequestMake(log, LedgerWitnessHeadSize(witness), &request, error));
  LEDGER_TRY(LedgerWitnessCheck(witness, &request, LedgerLogCheckpointPath(log), error));
out:
  LedgerLogClose(&log);
  return status;
}

/* Opens witness k, shows it the log and has it cosign; returns the line. */
static LedgerBytes Cosign(World *w, int k, uint64_t seconds)
{
  LedgerWitness witness = OpenWitness(w, k);
  LedgerError   error   = {""};
  LedgerBytes   line    = {0};
  assert_ok(Show(witness, w->log, &error), error);
  assert_ok(LedgerWitnessCosign(witness, seconds, &line, &error), error);
  LedgerWitnessClose(&witness);
  return line;
}

static LedgerBytes ReadCheckpoint(const char *folder)
{
  char path[400];
  snprintf(path, sizeof path, "%s/checkpoint", folder);
  return ReadWhole(path);
}

static void WriteCheckpoint(const char *folder, const LedgerBytes *bytes)
{
  char path[400];
  snprintf(path, sizeof path, "%s/checkpoint", folder);
  WriteWhole(path, bytes->data, bytes->size);
}

/* ---- Growth ------------------------------------------------------------------------------------------------------- */

static void ALogGrowsOverRunsWhileItIsCosigned(void **state)
{
  World          *w     = *state;
  LedgerError     error = {""};
  LedgerLog       log   = NULL;
  LedgerCosigners cosigners;
  for (int run = 0; run < 3; run++) { /* runs that share the log, each with several windows through one open writer */
    LedgerWriter writer = OpenWriter(w, w->log);
    assert_int_equal(LedgerWriterSize(writer), 400 * run);
    assert_ok(LedgerWriterSetWitnesses(writer, w->quorum, &error), error);
    for (uint64_t end = 400 * (uint64_t)run + 100; end <= 400 * ((uint64_t)run + 1); end += 100) {
      Extend(writer, end);
      for (int k = 0; k < 2; k++) {
        LedgerBytes line = Cosign(w, k, 1000 + end);
        assert_ok(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, w->quorum, &error), error);
        LedgerBytesFree(&line);
      }
    }
    LedgerWriterClose(&writer);
  }
  assert_ok(LedgerLogOpen(w->log, &(LedgerLogOptions){.quorum = w->quorum}, &log, &error), error);
  assert_ok(LedgerLogVerify(log, NULL, &error), error);
  assert_ptr_not_equal(LedgerLogQuorum(log, &cosigners, NULL), NULL);
  assert_int_equal(cosigners.found, 2);
  assert_int_equal(cosigners.seconds[1], 2200);
  assert_false(cosigners.signed_by[2]);
  LedgerLogClose(&log);
}

static void OfflineCosignaturesAreNoForeignChange(void **state)
{
  World       *w      = *state;
  LedgerWriter writer = OpenWriter(w, w->log), other = NULL;
  LedgerError  error = {""};
  LedgerBytes  line, note = {0}, bytes;
  LedgerNote   parsed = NULL;
  Extend(writer, 10);
  line  = Cosign(w, 2, 5);
  bytes = ReadCheckpoint(w->log);
  assert_ok(LedgerBytesAppend(&note, bytes.data, bytes.size, &error), error);
  assert_ok(LedgerBytesAppend(&note, line.data, line.size, &error), error);
  WriteCheckpoint(w->log, &note); /* a witness appended its line by itself */
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
  LedgerBytesFree(&bytes);
  bytes = ReadCheckpoint(w->log); /* nothing new: the checkpoint stays with its cosignature */
  assert_int_equal(bytes.size, note.size);
  Extend(writer, 20);
  LedgerWriterClose(&writer);
  LedgerBytesFree(&bytes);
  bytes = ReadCheckpoint(w->log);
  assert_ok(LedgerNoteParse(bytes.data, bytes.size, "checkpoint", &parsed, &error), error);
  assert_int_equal(LedgerNoteSignatureCount(parsed), 1); /* of the new state nobody has cosigned yet */
  other = OpenWriter(w, w->log);
  assert_int_equal(LedgerWriterSize(other), 20);
  LedgerWriterClose(&other);
  LedgerNoteDestroy(&parsed);
  LedgerBytesFree(&line);
  LedgerBytesFree(&note);
  LedgerBytesFree(&bytes);
}

static void OnlyRightCosignaturesAreAdded(void **state)
{
  World         *w      = *state;
  LedgerWriter   writer = OpenWriter(w, w->log);
  LedgerVerifier own    = LedgerSignerVerifier(w->signer);
  LedgerError    error  = {""};
  LedgerBytes    line, later, before, after, twice = {0};
  LedgerQuorum   one = NULL;
  uint8_t        kept;
  Extend(writer, 10);
  line   = Cosign(w, 0, 100);
  later  = Cosign(w, 0, 200); /* the same state again is cosigned again */
  before = ReadCheckpoint(w->log);
  assert_ok(LedgerQuorumCreate(&one, &error), error);
  assert_ok(LedgerQuorumAdd(one, LedgerSignerVerifier(w->key[1]), &error), error);
  assert_fails(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, one, &error), LEDGER_FALSE, error,
               "no known witness");
  kept                      = line.data[line.size - 20];
  line.data[line.size - 20] = kept == 'A' ? 'B' : 'A';
  assert_fails(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, w->quorum, &error), LEDGER_FALSE,
               error, "region0.example");
  line.data[line.size - 20] = kept;
  assert_fails(LedgerWriterAddCosignatures(writer, "\n", 1, w->quorum, &error), LEDGER_FALSE, error, "");
  assert_fails(LedgerWriterAddCosignatures(writer, "nonsense\n", 9, w->quorum, &error), LEDGER_FALSE, error,
               "signature line");
  after = ReadCheckpoint(w->log);
  assert_int_equal(after.size, before.size); /* nothing of all this was written */
  assert_ok(LedgerBytesAppend(&twice, later.data, later.size, &error), error);
  assert_ok(LedgerBytesAppend(&twice, line.data, line.size, &error), error);
  assert_ok(LedgerWriterAddCosignatures(writer, (char *)twice.data, twice.size, w->quorum, &error), error);
  LedgerBytesFree(&after);
  after = ReadCheckpoint(w->log); /* of one witness the latest stays */
  assert_int_equal(after.size, before.size + later.size);
  assert_memory_equal(after.data + before.size, later.data, later.size);
  LedgerWriterClose(&writer);
  assert_ok(LedgerLogAddCosignatures(w->log, &own, 1, (char *)line.data, line.size, w->quorum, &error), error);
  LedgerBytesFree(&before);
  before = ReadCheckpoint(w->log);
  assert_memory_equal(after.data, before.data, after.size);
  LedgerQuorumDestroy(&one);
  LedgerBytesFree(&line);
  LedgerBytesFree(&later);
  LedgerBytesFree(&before);
  LedgerBytesFree(&after);
  LedgerBytesFree(&twice);
}

/* Signs a checkpoint of any size and root with the log's key. */
static LedgerBytes Forge(World *w, const char *origin, uint64_t size, uint8_t filler)
{
  LedgerBytes text = {0}, note = {0};
  LedgerHash  root;
  LedgerError error = {""};
  memset(&root, filler, sizeof root);
  assert_ok(LedgerCheckpointWrite(origin, size, &root, &text, &error), error);
  assert_ok(LedgerNoteSign((char *)text.data, text.size, &w->signer, 1, &note, &error), error);
  LedgerBytesFree(&text);
  return note;
}

static void AForeignHeadStopsTheWriter(void **state)
{
  World       *w      = *state;
  LedgerWriter writer = OpenWriter(w, w->log);
  LedgerError  error  = {""};
  LedgerBytes  good, forged;
  Extend(writer, 10);
  good = ReadCheckpoint(w->log);
  assert_ok(LedgerWriterPut(writer, 10, "next", 4, &error), error);
  forged = Forge(w, TEST_ORIGIN, 10, 1);
  WriteCheckpoint(w->log, &forged);
  assert_fails(LedgerWriterCommit(writer, NULL, NULL, &error), LEDGER_FALSE, error,
               "two checkpoints of 10 entries with different roots");
  LedgerBytesFree(&forged);
  forged = Forge(w, TEST_ORIGIN, 12, 1);
  WriteCheckpoint(w->log, &forged);
  assert_fails(LedgerWriterCommit(writer, NULL, NULL, &error), LEDGER_FALSE, error, "changed from 10 to 12 entries");
  WriteCheckpoint(w->log, &good);
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
  LedgerWriterClose(&writer);
  LedgerBytesFree(&good);
  LedgerBytesFree(&forged);
}

/* Restoring an old copy of a log and going on from there would fork it; who keeps a head finds out before. */
static void ARestoredOldCopyIsNotContinued(void **state)
{
  World       *w = *state;
  char         copy[300];
  LedgerError  error = {""};
  LedgerWriter writer;
  LedgerBytes  head, old;
  snprintf(copy, sizeof copy, "%s/copy", w->top);
  writer = OpenWriter(w, w->log);
  Extend(writer, 10);
  old = ReadCheckpoint(w->log);
  Extend(writer, 300);
  head = ReadCheckpoint(w->log);
  assert_ok(LedgerWriterExpect(writer, old.data, old.size, "old", &error), error);
  assert_ok(LedgerWriterExpect(writer, head.data, head.size, "head", &error), error);
  LedgerWriterClose(&writer);
  TestLogExtend(copy, 0, 10);
  writer = OpenWriter(w, copy);
  assert_ok(LedgerWriterExpect(writer, old.data, old.size, "old", &error), error);
  assert_fails(LedgerWriterExpect(writer, head.data, head.size, "head", &error), LEDGER_FALSE, error,
               "has 10 entries, fewer than the older checkpoint's 300");
  assert_ok(LedgerWriterPut(writer, 10, "other", 5, &error), error);
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
  Extend(writer, 310);
  assert_fails(LedgerWriterExpect(writer, head.data, head.size, "head", &error), LEDGER_FALSE, error,
               "does not extend the checkpoint of 300 entries");
  LedgerWriterClose(&writer);
  LedgerBytesFree(&head);
  LedgerBytesFree(&old);
}

/* ---- What a witness cosigns --------------------------------------------------------------------------------------- */

static void ShowBytes(LedgerWitness witness, uint64_t old_size, const LedgerProof *proof, const LedgerBytes *note,
                      const char *text)
{
  LedgerError   error   = {""};
  LedgerBytes   line    = {0};
  LedgerRequest request = {.old_size = old_size, .checkpoint = (char *)note->data, .checkpoint_length = note->size};
  if (proof) request.proof = *proof;
  assert_fails(LedgerWitnessCheck(witness, &request, "request", &error), LEDGER_FALSE, error, text);
  assert_int_equal(LedgerWitnessCosign(witness, 1, &line, &error), LEDGER_INTERNAL);
  assert_int_equal(line.size, 0);
}

static void AWitnessRefusesWhatDoesNotExtendItsHead(void **state)
{
  World        *w = *state;
  LedgerWriter  writer;
  LedgerWitness witness;
  LedgerError   error = {""};
  LedgerBytes   head, line, note;
  LedgerLog     log = NULL;
  LedgerProof   proof;
  LedgerSigner  other = TestSigner(TEST_ORIGIN, 8);
  writer              = OpenWriter(w, w->log);
  Extend(writer, 10);
  line = Cosign(w, 0, 7);
  LedgerBytesFree(&line);
  Extend(writer, 300);
  LedgerWriterClose(&writer);
  witness = OpenWitness(w, 0);
  assert_int_equal(LedgerWitnessHeadSize(witness), 10);
  assert_ok(LedgerLogOpen(w->log, NULL, &log, &error), error);
  assert_ok(LedgerLogConsistency(log, 10, &proof, &error), error);
  head = ReadCheckpoint(w->log);
  ShowBytes(witness, 9, &proof, &head, "starts from 9 entries; the head of the witness region0.example has 10");
  ShowBytes(witness, 0, NULL, &head, "starts from 0 entries");
  ShowBytes(witness, 10, NULL, &head, "consistency proof is empty");
  proof.hash[1].byte[3] ^= 1;
  ShowBytes(witness, 10, &proof, &head, "does not extend the checkpoint of 10 entries");
  proof.hash[1].byte[3] ^= 1;
  note = Forge(w, "example.org/other", 300, 1);
  ShowBytes(witness, 10, &proof, &note, "is of the log `example.org/other`");
  LedgerBytesFree(&note);
  note = Forge(w, TEST_ORIGIN, 9, 1);
  ShowBytes(witness, 10, NULL, &note, "has 9 entries, fewer than the older checkpoint's 10");
  LedgerBytesFree(&note);
  note = Forge(w, TEST_ORIGIN, 10, 1);
  ShowBytes(witness, 10, NULL, &note, "two checkpoints of 10 entries with different roots");
  LedgerBytesFree(&note);
  note = Forge(w, TEST_ORIGIN, 300, 1);
  ShowBytes(witness, 10, &proof, &note, "consistency proof does not lead to the new root");
  head.data[3] ^= 1;
  ShowBytes(witness, 10, &proof, &head, "signature by " TEST_ORIGIN);
  assert_int_equal(LedgerWitnessHeadSize(witness), 10);
  assert_ok(Show(witness, w->log, &error), error); /* and the true one is still cosigned */
  line = (LedgerBytes){0};
  assert_ok(LedgerWitnessCosign(witness, 8, &line, &error), error);
  assert_int_equal(LedgerWitnessHeadSize(witness), 300);
  assert_int_equal(LedgerWitnessCosign(witness, 9, &line, &error), LEDGER_INTERNAL); /* nothing is shown any more */
  LedgerWitnessClose(&witness);
  LedgerLogClose(&log);
  LedgerSignerDestroy(&other);
  LedgerBytesFree(&head);
  LedgerBytesFree(&note);
  LedgerBytesFree(&line);
}

static void AHeadIsTheWitnessesOwn(void **state)
{
  World        *w       = *state;
  LedgerWitness witness = NULL, second = NULL;
  LedgerError   error = {""};
  LedgerSigner  thief = WitnessKey(TEST_ORIGIN, 7);
  LedgerBytes   line;
  char          path[400];
  TestLogExtend(w->log, 0, 20);
  line = Cosign(w, 0, 7);
  LedgerBytesFree(&line);
  assert_fails(LedgerWitnessOpen(w->folder[0], w->key[1], LedgerSignerVerifier(w->signer), NULL, &witness, &error),
               LEDGER_FALSE, error, "missing: region1.example");
  assert_fails(LedgerWitnessOpen(w->folder[0], w->key[0], LedgerSignerVerifier(w->signer), "other", &witness, &error),
               LEDGER_FALSE, error, "`other` expected");
  assert_fails(LedgerWitnessOpen(w->folder[1], thief, LedgerSignerVerifier(w->signer), NULL, &witness, &error),
               LEDGER_INPUT, error, "has the log's own key");
  witness = OpenWitness(w, 0);
  assert_fails(LedgerWitnessOpen(w->folder[0], w->key[0], LedgerSignerVerifier(w->signer), NULL, &second, &error),
               LEDGER_INPUT, error, "in use by another process");
  LedgerWitnessClose(&witness);
  snprintf(path, sizeof path, "%s/head", w->folder[0]);
  line = ReadWhole(path);
  for (size_t k = 0; k < line.size; k++) {
    line.data[k] ^= 1;
    WriteWhole(path, line.data, line.size);
    line.data[k] ^= 1;
    assert_int_equal(
        LedgerWitnessOpen(w->folder[0], w->key[0], LedgerSignerVerifier(w->signer), NULL, &witness, &error),
        LEDGER_FALSE);
  }
  LedgerBytesFree(&line);
  LedgerSignerDestroy(&thief);
}

/* ---- The witness's own block -------------------------------------------------------------------------------------- */

/* A witness's own entries: the test entries from `start` on, but for one. */
typedef struct {
  uint64_t start, wrong;
  uint8_t  entry[20];
} Own;

static LedgerStatus OwnSource(void *context, uint64_t k, const void **bytes, size_t *size, LedgerError *error)
{
  Own *own = context;
  (void)error;
  *size  = TestEntry(own->start + k, own->entry);
  *bytes = own->entry;
  if (own->start + k == own->wrong) own->entry[(*size)++] = 'x';
  return LEDGER_OK;
}

static LedgerStatus ReadTestEntry(void *context, uint64_t index, const void **bytes, size_t *size, LedgerError *error)
{
  (void)error;
  *size  = TestEntry(index, context);
  *bytes = context;
  return LEDGER_OK;
}

static void Describe(const uint8_t *entry, size_t size, FILE *stream)
{
  (void)entry;
  fprintf(stream, "<%zu bytes>\n", size);
}

static void AWitnessComparesItsOwnBlocks(void **state)
{
  World             *w     = *state;
  LedgerError        error = {""};
  LedgerWitness      witness;
  LedgerBytes        line = {0};
  Own                own  = {0, UINT64_MAX, {0}};
  LedgerWitnessBlock block;
  TestLogExtend(w->log, 0, 1000);
  witness = OpenWitness(w, 0);
  block =
      (LedgerWitnessBlock){.expected = OwnSource, .expected_context = &own, .directory = w->log, .describe = Describe};
  for (uint64_t start = 0; start <= 1000; start += 125) {
    for (uint64_t count = 0; start + count <= 1000; count += 250) {
      own.start = block.start = start;
      block.count             = count;
      assert_ok(Show(witness, w->log, &error), error);
      assert_ok(LedgerWitnessCheckBlock(witness, &block, &error), error);
    }
  }
  assert_ok(LedgerWitnessCosign(witness, 1, &line, &error), error);
  own.start = block.start = 400;
  block.count             = 300;
  own.wrong               = 555; /* which has 11 bytes in the log */
  assert_ok(Show(witness, w->log, &error), error);
  assert_fails(LedgerWitnessCheckBlock(witness, &block, &error), LEDGER_FALSE, error,
               "entry 555 is false: byte 11: the entry has 11 bytes in the log, 12 in the witness's own computation; "
               "the log says: <11 bytes>; the witness says: <12 bytes>");
  assert_int_equal(LedgerWitnessCosign(witness, 2, &line, &error), LEDGER_INTERNAL); /* it refuses for good */
  own.wrong = UINT64_MAX;
  assert_int_equal(LedgerWitnessCheckBlock(witness, &block, &error), LEDGER_INTERNAL);
  own.start = block.start = 900;
  assert_ok(Show(witness, w->log, &error), error);
  assert_fails(LedgerWitnessCheckBlock(witness, &block, &error), LEDGER_FALSE, error,
               "1000 entries end before the witness's block [900, 1200) does");
  LedgerWitnessClose(&witness);
  LedgerBytesFree(&line);
}

/* The log holds one byte that the region never wrote: the first differing byte is named. */
static void AFalseEntryIsNamedByIndexAndByte(void **state)
{
  World             *w      = *state;
  LedgerError        error  = {""};
  LedgerWriter       writer = OpenWriter(w, w->log);
  LedgerWitness      witness;
  Own                own   = {0, UINT64_MAX, {0}};
  LedgerWitnessBlock block = {
      .count = 50, .expected = OwnSource, .expected_context = &own, .directory = w->log, .describe = NULL};
  char expected[200];
  for (uint64_t k = 0; k < 50; k++) {
    uint8_t entry[16];
    size_t  size = TestEntry(k, entry);
    if (k == 37) {
      snprintf(expected, sizeof expected,
               "log: entry 37 is false: byte 5 is 0x%02x in the log, 0x%02x in the witness's own computation",
               entry[5] ^ 0x40, entry[5]);
      entry[5] ^= 0x40;
    }
    assert_ok(LedgerWriterPut(writer, k, entry, size, &error), error);
  }
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
  LedgerWriterClose(&writer);
  witness = OpenWitness(w, 0);
  assert_ok(Show(witness, w->log, &error), error);
  assert_fails(LedgerWitnessCheckBlock(witness, &block, &error), LEDGER_FALSE, error, expected);
  LedgerWitnessClose(&witness);
  assert_int_equal(access(w->folder[0], F_OK), 0);
  strcat(w->folder[0], "/head");
  assert_int_not_equal(access(w->folder[0], F_OK), 0); /* nothing was cosigned */
}

/* Entry files may be right while the tree under the root holds something else. */
static void ABlockMustLieInTheTree(void **state)
{
  World             *w     = *state;
  LedgerError        error = {""};
  LedgerWitness      witness;
  LedgerRange        part[3] = {NULL}, swapped[2];
  uint8_t            entry[16], found[16];
  Own                own   = {100, UINT64_MAX, {0}};
  LedgerWitnessBlock block = {.start            = 100,
                              .count            = 120,
                              .expected         = OwnSource,
                              .expected_context = &own,
                              .read             = ReadTestEntry,
                              .read_context     = found,
                              .others           = swapped,
                              .n_others         = 2};
  TestLogExtend(w->log, 0, 300);
  for (int k = 0; k < 3; k++) {
    const uint64_t bound[4] = {0, 100, 220, 300};
    assert_ok(LedgerRangeCreate(bound[k], &part[k], &error), error);
    for (uint64_t i = bound[k]; i < bound[k + 1]; i++) {
      assert_ok(LedgerRangeAppendEntry(part[k], entry, TestEntry(i, entry), &error), error);
    }
  }
  witness    = OpenWitness(w, 0);
  swapped[0] = part[2];
  swapped[1] = part[0];
  assert_ok(Show(witness, w->log, &error), error);
  assert_ok(LedgerWitnessCheckBlock(witness, &block, &error), error); /* in any order */
  block.n_others = 1;
  assert_fails(LedgerWitnessCheckBlock(witness, &block, &error), LEDGER_FALSE, error,
               "the leaves [0, 100) are in no block");
  block.n_others = 2;
  LedgerRangeDestroy(&part[0]);
  assert_ok(LedgerRangeCreate(0, &part[0], &error), error);
  for (uint64_t i = 0; i < 100; i++) {
    assert_ok(LedgerRangeAppendEntry(part[0], entry, TestEntry(i + 1, entry), &error), error);
  }
  swapped[1] = part[0];
  assert_ok(Show(witness, w->log, &error), error);
  assert_fails(LedgerWitnessCheckBlock(witness, &block, &error), LEDGER_FALSE, error,
               "the entries [100, 220) are not in the tree of the checkpoint's root");
  LedgerWitnessClose(&witness);
  for (int k = 0; k < 3; k++) LedgerRangeDestroy(&part[k]);
}

/* ---- Quorum ------------------------------------------------------------------------------------------------------- */

static LedgerStatus OpenWith(World *w, LedgerQuorum quorum, LedgerError *error)
{
  LedgerLog    log    = NULL;
  LedgerStatus status = LedgerLogOpen(w->log, &(LedgerLogOptions){.quorum = quorum}, &log, error);
  LedgerLogClose(&log);
  return status;
}

static void ACheckpointIsFinalWithItsQuorum(void **state)
{
  World       *w      = *state;
  LedgerWriter writer = OpenWriter(w, w->log);
  LedgerError  error  = {""};
  LedgerBytes  line, bytes;
  LedgerLog    log = NULL;
  bool         own = false;
  assert_ok(LedgerWriterSetWitnesses(writer, w->quorum, &error), error);
  Extend(writer, 30);
  assert_fails(OpenWith(w, NULL, &error), LEDGER_FALSE, error,
               "is not final: cosigned by 0 of 3 witnesses, 2 needed; missing: region0.example, region1.example, "
               "region2.example");
  line = Cosign(w, 1, 50);
  assert_ok(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, w->quorum, &error), error);
  LedgerBytesFree(&line);
  line = Cosign(w, 1, 60); /* the same key again counts once */
  assert_ok(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, w->quorum, &error), error);
  LedgerBytesFree(&line);
  assert_fails(OpenWith(w, NULL, &error), LEDGER_FALSE, error, "missing: region0.example, region2.example");
  assert_ok(LedgerLogOpen(w->log, &(LedgerLogOptions){.without_quorum = true}, &log, &error), error);
  assert_non_null(LedgerLogQuorum(log, NULL, &own));
  assert_true(own);
  LedgerLogClose(&log);
  line = Cosign(w, 2, 70);
  assert_ok(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, w->quorum, &error), error);
  assert_ok(OpenWith(w, NULL, &error), error);
  assert_ok(OpenWith(w, w->quorum, &error), error);
  bytes = ReadCheckpoint(w->log); /* a known witness's wrong cosignature is a fault whatever the others */
  bytes.data[bytes.size - 30] = bytes.data[bytes.size - 30] == 'A' ? 'B' : 'A';
  WriteCheckpoint(w->log, &bytes);
  assert_fails(OpenWith(w, NULL, &error), LEDGER_FALSE, error, "witness: signature by region2.example");
  assert_ok(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, w->quorum, &error), error);
  assert_ok(OpenWith(w, NULL, &error), error); /* the right line takes the wrong one's place */
  LedgerWriterClose(&writer);
  LedgerBytesFree(&line);
  LedgerBytesFree(&bytes);
}

/* Flips every bit of a file of the log; each must be found, and the file named. */
static void FlipFile(World *w, const char *name, size_t from)
{
  char        path[400];
  LedgerBytes bytes;
  snprintf(path, sizeof path, "%s/%s", w->log, name);
  bytes = ReadWhole(path);
  for (size_t k = from; k < bytes.size; k++) {
    for (int bit = 0; bit < 8; bit++) {
      LedgerError error = {""};
      bytes.data[k] ^= (uint8_t)(1 << bit);
      WriteWhole(path, bytes.data, bytes.size);
      bytes.data[k] ^= (uint8_t)(1 << bit);
      if (OpenWith(w, NULL, &error) != LEDGER_FALSE || !strstr(error.text, w->log)) {
        fail_msg("bit %d of byte %zu of %s: `%s`", bit, k, name, error.text);
      }
    }
  }
  WriteWhole(path, bytes.data, bytes.size);
  LedgerBytesFree(&bytes);
}

static void EveryFlippedBitOfACosignedCheckpointIsFound(void **state)
{
  World       *w      = *state;
  LedgerWriter writer = OpenWriter(w, w->log);
  LedgerError  error  = {""};
  assert_ok(LedgerQuorumSetNeeded(w->quorum, 3, &error), error);
  assert_ok(LedgerWriterSetWitnesses(writer, w->quorum, &error), error);
  Extend(writer, 30);
  for (int k = 0; k < WITNESSES; k++) {
    LedgerBytes line = Cosign(w, k, 50);
    assert_ok(LedgerWriterAddCosignatures(writer, (char *)line.data, line.size, w->quorum, &error), error);
    LedgerBytesFree(&line);
  }
  LedgerWriterClose(&writer);
  FlipFile(w, "checkpoint", 0);
  FlipFile(w, "witnesses", sizeof "quorum 3" - 1); /* the number is the log's own word and may be made smaller */
  assert_ok(OpenWith(w, NULL, &error), error);
}

static void OneKeyCountsOnce(void **state)
{
  World       *w     = *state;
  LedgerSigner alias = WitnessKey("alias.example", 40), own = WitnessKey("own.example", 7);
  LedgerQuorum quorum = NULL;
  LedgerError  error  = {""};
  LedgerWriter writer;
  assert_fails(LedgerQuorumAdd(w->quorum, LedgerSignerVerifier(alias), &error), LEDGER_INPUT, error,
               "the witnesses region0.example and alias.example have one key");
  assert_fails(LedgerQuorumAdd(w->quorum, LedgerSignerVerifier(w->signer), &error), LEDGER_INPUT, error,
               "type 0x01; 0x04 expected");
  assert_ok(LedgerQuorumAdd(w->quorum, LedgerSignerVerifier(w->key[0]), &error), error);
  assert_int_equal(LedgerQuorumCount(w->quorum), 3);
  assert_fails(LedgerQuorumSetNeeded(w->quorum, 4, &error), LEDGER_INPUT, error, "there are 3");
  assert_ok(LedgerQuorumCreate(&quorum, &error), error);
  assert_ok(LedgerQuorumAdd(quorum, LedgerSignerVerifier(own), &error), error);
  TestLogExtend(w->log, 0, 5);
  assert_fails(OpenWith(w, quorum, &error), LEDGER_FALSE, error, "the witness own.example has the log's own key");
  writer = OpenWriter(w, w->log);
  assert_int_equal(LedgerWriterSetWitnesses(writer, quorum, &error), LEDGER_INPUT);
  LedgerWriterClose(&writer);
  LedgerQuorumDestroy(&quorum);
  LedgerSignerDestroy(&alias);
  LedgerSignerDestroy(&own);
}

static void AListOfWitnessesHasOneSpelling(void **state)
{
  World       *w     = *state;
  LedgerError  error = {""};
  LedgerBytes  text = {0}, again = {0}, bad = {0};
  LedgerQuorum read  = NULL;
  const char  *first = NULL;
  assert_ok(LedgerQuorumWrite(w->quorum, &text, &error), error);
  assert_ok(LedgerQuorumRead((char *)text.data, text.size, "witnesses", &read, &error), error);
  assert_int_equal(LedgerQuorumNeeded(read), 2);
  assert_ok(LedgerQuorumWrite(read, &again, &error), error);
  assert_string_equal((char *)text.data, (char *)again.data);
  LedgerQuorumDestroy(&read);
  first = strchr((char *)text.data, '\n') + 1;
  assert_ok(LedgerBytesPrint(&bad, &error, "%s%.*s\n", (char *)text.data, (int)strcspn(first, "\n"), first), error);
  assert_fails(LedgerQuorumRead((char *)bad.data, bad.size, "witnesses", &read, &error), LEDGER_FALSE, error,
               "witnesses: line 5: witness is there already");
  assert_fails(LedgerQuorumRead("quorum 02\n", 10, "witnesses", &read, &error), LEDGER_FALSE, error, "line 1");
  assert_fails(LedgerQuorumRead("quorum 1\n", 9, "witnesses", &read, &error), LEDGER_FALSE, error,
               "a quorum of 1 of 0 witnesses");
  assert_fails(LedgerQuorumRead("quorum 0", 8, "witnesses", &read, &error), LEDGER_FALSE, error, "line 1");
  LedgerBytesFree(&text);
  LedgerBytesFree(&again);
  LedgerBytesFree(&bad);
}

static void AWitnessesKeyIsItsOwnAlone(void **state)
{
  World       *w = *state;
  char         path[300];
  LedgerSigner plain = TestSigner("region.example", 3), read = NULL;
  LedgerError  error = {""};
  snprintf(path, sizeof path, "%s/region.key", w->top);
  assert_ok(LedgerSignerSave(plain, path, &error), error);
  assert_ok(LedgerSignerLoadWitness(path, &read, &error), error);
  assert_int_equal(LedgerVerifierType(LedgerSignerVerifier(read)), LEDGER_KEY_COSIGNATURE);
  LedgerSignerDestroy(&read);
  assert_int_equal(chmod(path, 0640), 0);
  assert_fails(LedgerSignerLoadWitness(path, &read, &error), LEDGER_INPUT, error, "may be used by others");
  assert_null(read);
  LedgerSignerDestroy(&plain);
}

/* ---- Streams ------------------------------------------------------------------------------------------------------ */

static void EntriesStreamFromAFile(void **state)
{
  World       *w      = *state;
  LedgerBytes  bytes  = {0};
  LedgerStream stream = NULL;
  LedgerWriter writer = OpenWriter(w, w->log);
  LedgerError  error  = {""};
  LedgerHash   root, expected;
  LedgerRange  range = NULL;
  char         path[300];
  snprintf(path, sizeof path, "%s/entries.bin", w->top);
  assert_ok(LedgerRangeCreate(0, &range, &error), error);
  for (uint64_t k = 0; k < 600; k++) {
    uint8_t entry[16];
    size_t  size = TestEntry(k, entry);
    assert_ok(LedgerStreamAppend(&bytes, entry, size, &error), error);
    assert_ok(LedgerRangeAppendEntry(range, entry, size, &error), error);
  }
  assert_ok(LedgerRangeRoot(range, &expected, &error), error);
  WriteWhole(path, bytes.data, bytes.size);
  assert_ok(LedgerStreamOpen(path, &stream, &error), error);
  assert_ok(LedgerWriterPutFrom(writer, 0, 600, LedgerStreamNext, stream, &error), error);
  assert_ok(LedgerWriterCommit(writer, &expected, &root, &error), error);
  assert_fails(LedgerWriterPutFrom(writer, 600, 1, LedgerStreamNext, stream, &error), LEDGER_INTERNAL, error,
               "entry 0 asked for where 600 is next");
  LedgerStreamClose(&stream);
  WriteWhole(path, bytes.data, bytes.size - 1);
  assert_ok(LedgerStreamOpen(path, &stream, &error), error);
  assert_fails(LedgerWriterPutFrom(writer, 0, 600, LedgerStreamNext, stream, &error), LEDGER_FALSE, error,
               "entries.bin: ends inside entry 599");
  LedgerStreamClose(&stream);
  LedgerWriterClose(&writer);
  LedgerRangeDestroy(&range);
  LedgerBytesFree(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, SetUp, TearDown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(ALogGrowsOverRunsWhileItIsCosigned),
      TEST(OfflineCosignaturesAreNoForeignChange),
      TEST(OnlyRightCosignaturesAreAdded),
      TEST(AForeignHeadStopsTheWriter),
      TEST(ARestoredOldCopyIsNotContinued),
      TEST(AWitnessRefusesWhatDoesNotExtendItsHead),
      TEST(AHeadIsTheWitnessesOwn),
      TEST(AWitnessComparesItsOwnBlocks),
      TEST(AFalseEntryIsNamedByIndexAndByte),
      TEST(ABlockMustLieInTheTree),
      TEST(ACheckpointIsFinalWithItsQuorum),
      TEST(EveryFlippedBitOfACosignedCheckpointIsFound),
      TEST(OneKeyCountsOnce),
      TEST(AListOfWitnessesHasOneSpelling),
      TEST(AWitnessesKeyIsItsOwnAlone),
      TEST(EntriesStreamFromAFile),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
