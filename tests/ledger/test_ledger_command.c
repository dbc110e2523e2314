/* The command line: exit statuses, what is printed, and that proofs stand without the log. */
#include "ledger/command.h"
#include "ledger/log.h"
#include "tests/ledger/scratch.h"

typedef struct {
  char folder[256], run[300], log[320], key[400], out[300], err[300];
} World;

/* Runs the command with output going to files; `arguments` ends with NULL. */
static int Run(World *world, const char **arguments)
{
  char *argv[16] = {(char *)"ledger"};
  int   argc = 1, status, keep[2] = {dup(1), dup(2)};
  for (; arguments[argc - 1]; argc++) argv[argc] = (char *)arguments[argc - 1];
  fflush(NULL);
  assert_non_null(freopen(world->out, "w", stdout));
  assert_non_null(freopen(world->err, "w", stderr));
  status = LedgerCommand(argc, argv);
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
      cmocka_unit_test_setup_teardown(BadUsageGivesStatus2AndOneLine, SetUp, TearDown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
