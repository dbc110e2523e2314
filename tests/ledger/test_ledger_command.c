/* The command line: exit statuses, what is printed, and that proofs stand without the log. */
#include "ledger/command.h"
#include "ledger/log.h"
#include "ledger/quorum.h"
#include "tests/ledger/scratch.h"

typedef struct {
  char folder[256], run[300], log[320], key[400], out[300], err[300];
} World;

static const LedgerExtension *extension; /* of the next commands */

/* Runs the command with output going to files; `arguments` ends with NULL. */
static int Run(World *world, const char **arguments)
{
  char *argv[16] = {(char *)"ledger"};
  int   argc = 1, status, keep[2] = {dup(1), dup(2)};
  for (; arguments[argc - 1]; argc++) argv[argc] = (char *)arguments[argc - 1];
  fflush(NULL);
  assert_non_null(freopen(world->out, "w", stdout));
  assert_non_null(freopen(world->err, "w", stderr));
  status = extension ? LedgerCommandRun(argc, argv, extension) : LedgerCommand(argc, argv);
  fflush(NULL);
  dup2(keep[0], 1);
  dup2(keep[1], 2);
  close(keep[0]);
  close(keep[1]);
  return status;
}

#define RUN(world, ...) Run(world, (const char *[]){__VA_ARGS__, NULL})

/* Asserts that stdout or stderr holds the text. */
static void AssertPrinted(const char *path, const char *text)
{
  LedgerBytes bytes = ReadWhole(path);
  if (!strstr((char *)bytes.data, text)) fail_msg("`%s` is not in `%s`", text, (char *)bytes.data);
  LedgerBytesFree(&bytes);
}

/* One line on stderr, nothing or one JSON document on stdout. */
static void AssertOneLine(const char *path)
{
  LedgerBytes bytes = ReadWhole(path);
  char       *first = strchr((char *)bytes.data, '\n');
  assert_non_null(first);
  assert_int_equal(first[1], 0);
  LedgerBytesFree(&bytes);
}

/* Appends entries that are not the test entries, up to `size`. */
static void ForkLog(const char *directory, uint64_t size)
{
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  LedgerWriter writer = NULL;
  LedgerError  error  = {""};
  assert_ok(LedgerWriterOpen(directory, TEST_ORIGIN, signer, &writer, &error), error);
  while (LedgerWriterSize(writer) < size) {
    assert_ok(LedgerWriterPut(writer, LedgerWriterSize(writer), "fork", 4, &error), error);
  }
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
  LedgerWriterClose(&writer);
  LedgerSignerDestroy(&signer);
}

static int SetUp(void **state)
{
  World *world = calloc(1, sizeof *world);
  ScratchCreate(world->folder);
  snprintf(world->run, sizeof world->run, "%s/run", world->folder);
  snprintf(world->log, sizeof world->log, "%s/ledger", world->run);
  snprintf(world->key, sizeof world->key, "%s/key.pub", world->log);
  snprintf(world->out, sizeof world->out, "%s/out", world->folder);
  snprintf(world->err, sizeof world->err, "%s/err", world->folder);
  TestLogExtend(world->log, 0, 300);
  *state = world;
  return 0;
}

static int TearDown(void **state)
{
  World *world = *state;
  ScratchRemove(world->folder);
  free(world);
  return 0;
}

static void RootAndVerifyTakeTheRunOrTheLog(void **state)
{
  World *world = *state;
  assert_int_equal(RUN(world, "root", world->run), 0);
  AssertPrinted(world->out, "entries   300\n");
  assert_int_equal(RUN(world, "root", world->log, "--json"), 0);
  AssertPrinted(world->out, "\"origin\": \"" TEST_ORIGIN "\", \"size\": 300, \"root\": \"");
  assert_int_equal(RUN(world, "verify", world->run), 0);
  AssertPrinted(world->out, "the log's own key.pub");
  assert_int_equal(RUN(world, "verify", world->run, "--key", world->key, "--json"), 0);
  AssertPrinted(world->out, "\"key_source\": \"argument\"");
  AssertOneLine(world->out);
}

static void ADamagedLogGivesStatus5AndOneLine(void **state)
{
  World      *world = *state;
  char        path[400];
  LedgerBytes bytes;
  snprintf(path, sizeof path, "%s/tile/entries/000", world->log);
  bytes = ReadWhole(path);
  bytes.data[bytes.size / 2] ^= 4;
  WriteWhole(path, bytes.data, bytes.size);
  assert_int_equal(RUN(world, "verify", world->run, "--json"), 5);
  AssertPrinted(world->err, "tile/entries/000: ");
  AssertPrinted(world->out, "{\"status\": \"failed\", \"error\": \"");
  AssertOneLine(world->err);
  AssertOneLine(world->out);
  assert_int_equal(RUN(world, "root", world->run), 5);
  bytes.data[bytes.size / 2] ^= 4;
  WriteWhole(path, bytes.data, bytes.size);
  LedgerBytesFree(&bytes);
  assert_int_equal(RUN(world, "verify", world->run), 0);
}

static void AProofStandsWithoutTheLog(void **state)
{
  World      *world = *state;
  char        proof[300], entry[300], elsewhere[300];
  LedgerBytes bytes, key;
  snprintf(proof, sizeof proof, "%s/7.tlog-proof", world->folder);
  snprintf(entry, sizeof entry, "%s/entry", world->folder);
  snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere.pub", world->folder);
  key = ReadWhole(world->key);
  WriteWhole(elsewhere, key.data, key.size);
  assert_int_equal(RUN(world, "prove", world->run, "7", "-o", proof), 0);
  assert_int_equal(RUN(world, "entry", world->run, "7", "-o", entry), 0);
  assert_int_equal(RUN(world, "check", proof, entry, "--key", elsewhere), 0);
  AssertPrinted(world->out, "these bytes are entry 7");
  assert_int_equal(RUN(world, "check", world->run, proof, entry, "--json"), 0);
  assert_int_equal(RUN(world, "check", world->run, proof), 0);
  assert_int_equal(RUN(world, "check", proof, entry), 2);
  key.data[key.size - 1] = 0;
  assert_int_equal(RUN(world, "check", proof, entry, "--key", (char *)key.data), 0);
  assert_int_equal(RUN(world, "check", proof, "--entry-hex", "00ff", "--key", elsewhere), 5);
  AssertPrinted(world->err, "7.tlog-proof: ");
  bytes = ReadWhole(proof);
  for (size_t k = 0; k < bytes.size; k++) {
    bytes.data[k] ^= 1;
    WriteWhole(proof, bytes.data, bytes.size);
    bytes.data[k] ^= 1;
    assert_int_equal(RUN(world, "check", proof, entry, "--key", elsewhere), 5);
  }
  LedgerBytesFree(&bytes);
  LedgerBytesFree(&key);
}

static void AForeignKeyIsRefused(void **state)
{
  World      *world = *state;
  char        key[300], pub[300];
  LedgerBytes text;
  struct stat about;
  snprintf(key, sizeof key, "%s/other.key", world->folder);
  snprintf(pub, sizeof pub, "%s/other.pub", world->folder);
  assert_int_equal(RUN(world, "keygen", TEST_ORIGIN, "-o", key), 0);
  assert_int_equal(stat(key, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0600);
  text = ReadWhole(world->out);
  WriteWhole(pub, text.data, text.size);
  assert_int_equal(RUN(world, "verify", world->run, "--key", pub), 5);
  AssertPrinted(world->err, "not signed by " TEST_ORIGIN);
  assert_int_equal(RUN(world, "keygen", TEST_ORIGIN, "-o", key), 2);
  LedgerBytesFree(&text);
}

static void OlderCheckpointsAreShownToBeKept(void **state)
{
  World      *world = *state;
  char        path[400], older[300];
  LedgerBytes bytes;
  snprintf(path, sizeof path, "%s/checkpoint", world->log);
  snprintf(older, sizeof older, "%s/older", world->folder);
  bytes = ReadWhole(path);
  WriteWhole(older, bytes.data, bytes.size);
  LedgerBytesFree(&bytes);
  TestLogExtend(world->log, 300, 700);
  assert_int_equal(RUN(world, "consistency", world->run, older), 0);
  AssertPrinted(world->out, "first 300 of 700 entries");
  assert_int_equal(RUN(world, "verify", world->run, "--checkpoint", older), 0);
  AssertPrinted(world->out, "entries   300\n");
}

static void ConsistencyIsShownBetweenAnyTwoCheckpoints(void **state)
{
  World      *world = *state;
  char        kept[3][400], path[400], proof[300];
  LedgerBytes bytes;
  snprintf(path, sizeof path, "%s/checkpoint", world->log);
  snprintf(proof, sizeof proof, "%s/proof", world->folder);
  for (int k = 0; k < 3; k++) {
    if (k) TestLogExtend(world->log, 200 + 100 * (uint64_t)k, 300 + 100 * (uint64_t)k);
    bytes = ReadWhole(path);
    snprintf(kept[k], sizeof kept[k], "%s/kept%d", world->folder, k);
    WriteWhole(kept[k], bytes.data, bytes.size);
    LedgerBytesFree(&bytes);
  }
  TestLogExtend(world->log, 500, 1000);
  for (int a = 0; a < 3; a++) {
    for (int b = 0; b < 3; b++) {
      assert_int_equal(RUN(world, "consistency", world->run, kept[a], kept[b], "-o", proof), a <= b ? 0 : 5);
      if (a > b) AssertPrinted(world->err, "fewer than the older checkpoint's");
    }
  }
  assert_int_equal(RUN(world, "consistency", world->run, kept[0], kept[1], "-o", proof, "--json"), 0);
  AssertPrinted(world->out, "\"old_size\": 300, \"size\": 400}");
  AssertPrinted(proof, "old 300\n");
  snprintf(path, sizeof path, "%s/other", world->folder);
  ForkLog(path, 400); /* a log of the same key that went another way */
  strcat(path, "/checkpoint");
  assert_int_equal(RUN(world, "consistency", world->run, kept[1], path), 5);
  AssertPrinted(world->err, "two checkpoints of 400 entries with different roots");
  assert_int_equal(RUN(world, "consistency", world->run, path), 5);
  AssertPrinted(world->err, "does not extend the checkpoint of 400 entries");
}

/* Keygen for three witnesses, cosigning here and by a request file, quorum and its faults, all by commands. */
static void WitnessesCosignUntilTheQuorumIsReached(void **state)
{
  World      *world = *state;
  char        key[3][300], pub[3][300], folder[3][300], list[300], request[300], line[300];
  LedgerBytes bytes, text = {0};
  snprintf(list, sizeof list, "%s/list", world->folder);
  snprintf(request, sizeof request, "%s/request", world->folder);
  snprintf(line, sizeof line, "%s/line", world->folder);
  assert_int_equal(LedgerBytesPrint(&text, NULL, "quorum 2\n"), LEDGER_OK);
  for (int k = 0; k < 3; k++) {
    char        name[40];
    struct stat about;
    snprintf(name, sizeof name, "region%d.example", k);
    snprintf(key[k], sizeof key[k], "%s/%s.key", world->folder, name);
    snprintf(pub[k], sizeof pub[k], "%s/%s.pub", world->folder, name);
    snprintf(folder[k], sizeof folder[k], "%s/state%d", world->folder, k);
    assert_int_equal(RUN(world, "keygen", name, "-o", key[k], "--witness"), 0);
    assert_int_equal(stat(key[k], &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    bytes = ReadWhole(world->out);
    assert_null(strstr((char *)bytes.data, "PRIVATE"));
    WriteWhole(pub[k], bytes.data, bytes.size);
    assert_int_equal(LedgerBytesAppend(&text, bytes.data, bytes.size, NULL), LEDGER_OK);
    LedgerBytesFree(&bytes);
  }
  WriteWhole(list, text.data, text.size);
  LedgerBytesFree(&text);
  assert_int_equal(RUN(world, "verify", world->run, "--witness", list), 5);
  AssertPrinted(world->err, "missing: region0.example, region1.example, region2.example");
  assert_int_equal(RUN(world, "cosign", world->run, "--witness-key", key[0], "--state", folder[0]), 2);
  AssertPrinted(world->err, "--key VKEY|FILE");
  assert_int_equal(
      RUN(world, "cosign", world->run, "--witness-key", key[0], "--state", folder[0], "--key", world->key, "--append"),
      0);
  assert_int_equal(RUN(world, "verify", world->run, "--witness", pub[0]), 0);
  AssertPrinted(world->out, "quorum    1 needed, 1 cosigned: final\n");
  assert_int_equal(RUN(world, "verify", world->run, "--witness", list), 5);
  assert_int_equal(RUN(world, "verify", world->run, "--witness", list, "--quorum", "1", "--json"), 0);
  AssertPrinted(world->out, "\"quorum\": 1, \"cosigned\": 1, \"final\": true");
  /* The second witness lives elsewhere: files go there and back. */
  assert_int_equal(RUN(world, "request", world->run, "-o", request), 0);
  assert_int_equal(
      RUN(world, "cosign", request, "--witness-key", key[1], "--state", folder[1], "--key", world->key, "-o", line), 0);
  assert_int_equal(RUN(world, "cosign", world->run, "--add", line, "--witness", pub[0]), 5);
  AssertPrinted(world->err, "no known witness");
  assert_int_equal(RUN(world, "cosign", world->run, "--add", line, "--witness", pub[1]), 0);
  assert_int_equal(RUN(world, "verify", world->run, "--witness", list), 0);
  assert_int_equal(RUN(world, "show", world->run, "--witness", list), 0);
  AssertPrinted(world->out, "quorum    2 needed, 2 cosigned: final");
  AssertPrinted(world->out, "has not cosigned");
  /* The log grows: nothing is final until the witnesses have seen how. */
  TestLogExtend(world->log, 300, 700);
  assert_int_equal(RUN(world, "verify", world->run, "--witness", list), 5);
  assert_int_equal(RUN(world, "show", world->run, "--witness", list), 0);
  AssertPrinted(world->out, "quorum    2 needed, 0 cosigned: not final");
  assert_int_equal(RUN(world, "request", world->run, folder[1]), 2);
  strcat(folder[1], "/head");
  assert_int_equal(RUN(world, "request", world->run, folder[1], "-o", request), 0);
  AssertPrinted(request, "old 300\n");
  assert_int_equal(RUN(world, "cosign", request, "--witness-key", key[2], "--state", folder[2], "--key", world->key),
                   5);
  AssertPrinted(world->err, "starts from 300 entries; the head of the witness region2.example has 0");
  *strrchr(folder[1], '/') = 0;
  assert_int_equal(RUN(world, "cosign", request, "--witness-key", key[1], "--state", folder[1], "--key", world->key),
                   0);
  AssertPrinted(world->out, "region1.example");
  assert_int_equal(chmod(key[2], 0644), 0);
  assert_int_equal(RUN(world, "cosign", world->run, "--witness-key", key[2], "--state", folder[2], "--key", world->key),
                   2);
  AssertPrinted(world->err, "may be used by others");
}

static void ALogThatNamesItsWitnessesIsFinalByThem(void **state)
{
  World       *world = *state;
  LedgerSigner plain = TestSigner("region.example", 50), signer = TestSigner(TEST_ORIGIN, 7), witness = NULL;
  LedgerQuorum quorum = NULL;
  LedgerWriter writer = NULL;
  LedgerError  error  = {""};
  char         key[300], folder[300], proof[300], list[400];
  snprintf(key, sizeof key, "%s/region.key", world->folder);
  snprintf(folder, sizeof folder, "%s/state", world->folder);
  snprintf(proof, sizeof proof, "%s/proof", world->folder);
  snprintf(list, sizeof list, "%s/witnesses", world->log);
  assert_ok(LedgerSignerAs(plain, LEDGER_KEY_COSIGNATURE, &witness, &error), error);
  assert_ok(LedgerSignerSave(plain, key, &error), error);
  assert_ok(LedgerQuorumCreate(&quorum, &error), error);
  assert_ok(LedgerQuorumAdd(quorum, LedgerSignerVerifier(witness), &error), error);
  assert_ok(LedgerQuorumSetNeeded(quorum, 1, &error), error);
  assert_ok(LedgerWriterOpen(world->log, TEST_ORIGIN, signer, &writer, &error), error);
  assert_ok(LedgerWriterSetWitnesses(writer, quorum, &error), error);
  assert_ok(LedgerWriterPut(writer, 300, "x", 1, &error), error);
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
  LedgerWriterClose(&writer);
  assert_int_equal(RUN(world, "verify", world->run), 5);
  AssertPrinted(world->err, "is not final: cosigned by 0 of 1 witnesses, 1 needed; missing: region.example");
  assert_int_equal(RUN(world, "prove", world->run, "300"), 5);
  assert_int_equal(RUN(world, "verify", world->run, "--quorum", "0"), 0);
  assert_int_equal(RUN(world, "show", world->run), 0);
  assert_int_equal(
      RUN(world, "cosign", world->run, "--witness-key", key, "--state", folder, "--key", world->key, "--append"), 0);
  assert_int_equal(RUN(world, "verify", world->run), 0);
  AssertPrinted(world->out, "final (the witnesses are the log's own list)");
  assert_int_equal(RUN(world, "prove", world->run, "300", "-o", proof), 0);
  assert_int_equal(RUN(world, "check", world->run, proof), 0);
  AssertPrinted(world->out, "1 needed, 1 cosigned: final");
  assert_int_equal(RUN(world, "check", proof, "--entry-hex", "78", "--key", world->key, "--witness", list), 0);
  WriteWhole(list, "quorum x\n", 9);
  assert_int_equal(RUN(world, "verify", world->run), 5);
  AssertPrinted(world->err, "witnesses: line 1 is not `quorum` and a decimal number");
  LedgerSignerDestroy(&plain);
  LedgerSignerDestroy(&signer);
  LedgerSignerDestroy(&witness);
  LedgerQuorumDestroy(&quorum);
}

static void AnExportStandsAlone(void **state)
{
  World      *world = *state;
  char        out[300], path[400], entry[400], older[400];
  LedgerBytes key;
  snprintf(out, sizeof out, "%s/export", world->folder);
  snprintf(older, sizeof older, "%s/older-checkpoint", world->folder);
  snprintf(path, sizeof path, "%s/checkpoint", world->log);
  key = ReadWhole(path);
  WriteWhole(older, key.data, key.size);
  LedgerBytesFree(&key);
  TestLogExtend(world->log, 300, 700);
  for (int k = 0; k < 2; k++) { /* a log that keeps no old partial files: they come out of the fuller ones */
    snprintf(path, sizeof path, "%s/tile/%s/001.p/44", world->log, k ? "entries" : "0");
    assert_int_equal(unlink(path), 0);
  }
  key                    = ReadWhole(world->key);
  key.data[key.size - 1] = 0;
  snprintf(path, sizeof path, "%s/private.key", world->log);
  WriteWhole(path, "PRIVATE+KEY", 11); /* even one that lies there by mistake is not taken along */
  assert_int_equal(RUN(world, "export", world->run, "-o", out), 0);
  assert_int_equal(RUN(world, "verify", out, "--key", (char *)key.data), 0);
  AssertPrinted(world->out, "verified: 700 entries in 3 bundles, 4 tiles, 0 older partial files");
  snprintf(path, sizeof path, "%s/private.key", out);
  assert_int_not_equal(access(path, F_OK), 0);
  assert_int_equal(RUN(world, "export", world->run, "-o", out), 2);
  AssertPrinted(world->err, "is there already");
  snprintf(out, sizeof out, "%s/proofs", world->folder);
  assert_int_equal(RUN(world, "export", world->run, "-o", out, "--proofs", "255..257"), 0);
  AssertPrinted(world->out, "exported 8 files");
  snprintf(path, sizeof path, "%s/256.tlog-proof", out);
  snprintf(entry, sizeof entry, "%s/256.entry", out);
  assert_int_equal(RUN(world, "check", path, entry, "--key", (char *)key.data), 0);
  snprintf(entry, sizeof entry, "%s/255.entry", out);
  assert_int_equal(RUN(world, "check", path, entry, "--key", (char *)key.data), 5);
  snprintf(out, sizeof out, "%s/older", world->folder);
  assert_int_equal(RUN(world, "export", world->run, "-o", out, "--checkpoint", older), 0);
  assert_int_equal(RUN(world, "verify", out, "--key", (char *)key.data), 0);
  AssertPrinted(world->out, "verified: 300 entries in 2 bundles, 3 tiles, 0 older partial files");
  snprintf(out, sizeof out, "%s/nothing", world->folder);
  assert_int_equal(RUN(world, "export", world->run, "-o", out, "--proofs", "699..700"), 2);
  assert_int_not_equal(access(out, F_OK), 0);
  strcat(out, ".writing");
  assert_int_not_equal(access(out, F_OK), 0);
  snprintf(path, sizeof path, "%s/tile/0/001", world->log);
  WriteWhole(path, "damaged", 7);
  assert_int_equal(RUN(world, "export", world->run, "-o", out), 5);
  LedgerBytesFree(&key);
}

/* ---- A room above ------------------------------------------------------------------------------------------------- */

static void Describe(const uint8_t *entry, size_t size, FILE *stream)
{
  fprintf(stream, "%zu bytes that begin with %d\n", size, size ? entry[0] : -1);
}

static LedgerStatus RunCount(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = NULL;
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &log, error));
  LEDGER_TRY(LedgerBytesPrint(out, error, "%d entries, %s, %s, %s\n", (int)LedgerLogCheckpoint(log)->size,
                              LedgerOption(arguments, "--colour"), LedgerOptionAt(arguments, "--colour", 0),
                              LedgerOption(arguments, "--loud")));
out:
  LedgerLogClose(&log);
  return status;
}

static void ARoomAboveAddsCommandsAndMeanings(void **state)
{
  World                   *world     = *state;
  const char *const        options[] = {LEDGER_LOG_OPTIONS, "--colour=", "--loud", NULL};
  const LedgerCommandEntry count     = {"count", "DIR", "count the entries", 1, 1, options, RunCount};
  const LedgerExtension    above     = {&count, 1, Describe};
  extension                          = &above;
  assert_int_equal(RUN(world, "count", world->run, "--colour", "red", "--loud", "--colour", "blue"), 0);
  AssertPrinted(world->out, "300 entries, blue, red, --loud\n");
  assert_int_equal(RUN(world, "count", world->run, "--colour=a=b", "--loud"), 0);
  AssertPrinted(world->out, "300 entries, a=b, a=b, --loud\n");
  assert_int_equal(RUN(world, "count", world->run, "--colour="), 2);
  AssertPrinted(world->err, "option --colour= needs a value");
  assert_int_equal(RUN(world, "count", world->run, "--loud=yes"), 2);
  AssertPrinted(world->err, "option --loud=yes takes no value");
  assert_int_equal(RUN(world, "verify", world->run, "--key="), 2); /* and not the log's own word */
  assert_int_equal(RUN(world, "count", world->run, "--quiet"), 2);
  assert_int_equal(RUN(world, "count"), 2);
  assert_int_equal(RUN(world, "--help"), 0);
  AssertPrinted(world->out, "count DIR");
  assert_int_equal(RUN(world, "show", world->run, "1"), 0);
  AssertPrinted(world->out, "size      7 bytes\n");
  AssertPrinted(world->out, "says      7 bytes that begin with 1\n");
  assert_int_equal(RUN(world, "entries", world->run, "1..1", "--json"), 0);
  AssertPrinted(world->out, "{\"entries\": [\n  {\"index\": 1, \"bytes\": \"");
  AssertPrinted(world->out, "\"says\": \"7 bytes that begin with 1\"}]}");
  extension = NULL;
  assert_int_equal(RUN(world, "count", world->run), 2);
  assert_int_equal(RUN(world, "entries", world->run, "298..300"), 2);
  assert_int_equal(RUN(world, "entries", world->run, "5..4"), 2);
}

static void BadUsageGivesStatus2AndOneLine(void **state)
{
  World      *world    = *state;
  const char *bad[][5] = {{"frob"},
                          {"verify"},
                          {"verify", "/nonexistent"},
                          {"verify", world->folder},
                          {"verify", world->run, "--key"},
                          {"verify", world->run, "--key", "x+y+z"},
                          {"verify", world->run, "extra"},
                          {"verify", world->run, "--frob"},
                          {"prove", world->run, "-1"},
                          {"prove", world->run, "07"},
                          {"prove", world->run, "100000"},
                          {"entry", world->run, "99999999999999999999999"},
                          {"check", "/nonexistent", "--entry-hex", "00"},
                          {"keygen", "a name", "-o", "/nonexistent/x"}};
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    int status = RUN(world, bad[k][0], bad[k][1], bad[k][2], bad[k][3], bad[k][4]);
    if (status != 2) fail_msg("%s %s: status %d", bad[k][0], bad[k][1] ? bad[k][1] : "", status);
    AssertOneLine(world->err);
  }
  assert_int_equal(RUN(world, "--help"), 0);
  AssertPrinted(world->out, "Example:");
  assert_int_equal(RUN(world, "verify", "--help"), 0);
  AssertPrinted(world->out, "usage: archipelago ledger verify DIR");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(RootAndVerifyTakeTheRunOrTheLog, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(ADamagedLogGivesStatus5AndOneLine, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(AProofStandsWithoutTheLog, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(AForeignKeyIsRefused, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(OlderCheckpointsAreShownToBeKept, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(ConsistencyIsShownBetweenAnyTwoCheckpoints, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(WitnessesCosignUntilTheQuorumIsReached, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(ALogThatNamesItsWitnessesIsFinalByThem, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(AnExportStandsAlone, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(ARoomAboveAddsCommandsAndMeanings, SetUp, TearDown),
      cmocka_unit_test_setup_teardown(BadUsageGivesStatus2AndOneLine, SetUp, TearDown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
