/* audit, statement, show and entries as an auditor uses them: exit statuses, what is printed, files on disk. */
#include "market/command.h"
#include "market/money.h"
#include "market/statement.h"
#include "tests/ledger/scratch.h"
#include "tests/market/audit_world.h"

#define ORIGIN "log.example"

typedef struct {
  World *world;
  char   folder[256], run[300], log[320], out[300], err[300];
} Place;

/* Runs the command with output going to files; `arguments` ends with NULL. */
static int Run(Place *place, const char **arguments)
{
  char *argv[24] = {(char *)"ledger"};
  int   argc = 1, status, keep[2] = {dup(1), dup(2)};

  for (; arguments[argc - 1]; argc++) argv[argc] = (char *)arguments[argc - 1];
  fflush(NULL);
  assert_non_null(freopen(place->out, "w", stdout));
  assert_non_null(freopen(place->err, "w", stderr));
  status = MarketCommand(argc, argv);
  fflush(NULL);
  dup2(keep[0], 1);
  dup2(keep[1], 2);
  close(keep[0]);
  close(keep[1]);
  return status;
}

#define RUN(place, ...) Run(place, (const char *[]){__VA_ARGS__, NULL})

static void AssertPrinted(const char *path, const char *text)
{
  LedgerBytes bytes = ReadWhole(path);

  if (!bytes.data || !strstr((char *)bytes.data, text))
    fail_msg("`%s` is not in `%s`", text, bytes.data ? (char *)bytes.data : "");
  LedgerBytesFree(&bytes);
}

static LedgerStatus NextRecord(void *context, uint64_t index, const void **entry, size_t *size, LedgerError *error)
{
  const World *world = context;

  (void)error;
  *entry = world->record[index].data;
  *size  = world->record[index].size;
  return LEDGER_OK;
}

static void WriteLog(Place *place)
{
  LedgerSigner signer = TestSigner(ORIGIN, 3);
  LedgerError  error  = {""};

  ScratchRemove(place->log);
  assert_ok(
      LedgerLogWrite(place->log, ORIGIN, signer, 0, place->world->n, NextRecord, place->world, NULL, NULL, &error),
      error);
  LedgerSignerDestroy(&signer);
}

static void WindowFolder(const Place *place, uint32_t window, char path[400])
{
  snprintf(path, 400, "%s/windows/%04u-20300621T%02u0000Z", place->run, window, window);
}

static void WriteInputs(Place *place, uint32_t window)
{
  char path[400], file[420];

  WindowFolder(place, window, path);
  assert_int_equal(LedgerDirectoryCreate(path, NULL), LEDGER_OK);
  snprintf(file, sizeof file, "%s/inputs.bin", path);
  WriteWhole(file, place->world->inputs[window].data, place->world->inputs[window].size);
}

static Place *Open(uint64_t seed, Privacy privacy)
{
  Place *place = calloc(1, sizeof *place);
  char   path[400];

  ScratchCreate(place->folder);
  snprintf(place->run, sizeof place->run, "%s/run", place->folder);
  snprintf(place->log, sizeof place->log, "%s/ledger", place->run);
  snprintf(place->out, sizeof place->out, "%s/out", place->folder);
  snprintf(place->err, sizeof place->err, "%s/err", place->folder);
  place->world = WorldCreate(seed, privacy);
  for (uint32_t w = 0; w < WORLD_WINDOWS; w++) WriteInputs(place, w);
  snprintf(path, sizeof path, "%s/study.json", place->run);
  WriteWhole(path, place->world->identity, strlen(place->world->identity));
  WriteLog(place);
  return place;
}

static void Close(Place *place)
{
  ScratchRemove(place->folder);
  WorldDestroy(place->world);
  free(place);
}

static void ARunDirectoryIsAllThatAnAuditNeeds(void **state)
{
  Place *place = Open(20, PRIVACY_PUBLIC);
  char   text[128];

  (void)state;
  assert_int_equal(RUN(place, "audit", place->run), 0);
  snprintf(text, sizeof text, "again      3 windows of 1 run carried out with 1 contract: %d amounts and ",
           (int)place->world->entries);
  AssertPrinted(place->out, text);
  AssertPrinted(place->out, "audited: every record is the one that comes out of its window's inputs\n");
  assert_int_equal(RUN(place, "audit", place->run, "--json"), 0);
  snprintf(text, sizeof text, "\"amounts_compared\": %d,", (int)place->world->entries);
  AssertPrinted(place->out, text);
  assert_int_equal(RUN(place, "audit", place->log), 0); /* the log alone */
  AssertPrinted(place->out, "not done   1 run not carried out again");
  AssertPrinted(place->out, "audited: nothing wrong was found in what was checked\n");
  assert_int_equal(RUN(place, "audit", place->log, "--run", place->run), 0);
  AssertPrinted(place->out, "audited: every record");
  assert_int_equal(RUN(place, "audit", place->folder), 2);
  assert_int_equal(RUN(place, "audit", place->run, "--run", place->folder), 2);
  assert_int_equal(RUN(place, "audit"), 2);
  Close(place);
}

static void ChangedFilesAreNamed(void **state)
{
  Place *place = Open(21, PRIVACY_PUBLIC);
  char   folder[400], file[420];

  (void)state;
  place->world->inputs[1].data[100] ^= 1;
  WriteInputs(place, 1);
  assert_int_equal(RUN(place, "audit", place->run), 5);
  AssertPrinted(place->err, "inputs of window 1 have the SHA-256 ");
  assert_int_equal(RUN(place, "audit", place->run, "--json"), 5);
  AssertPrinted(place->out, "\"status\": \"failed\"");
  WindowFolder(place, 1, folder);
  snprintf(file, sizeof file, "%s/inputs.bin", folder);
  assert_int_equal(unlink(file), 0);
  assert_int_equal(RUN(place, "audit", place->run), 2);
  AssertPrinted(place->err, "inputs.bin");
  assert_int_equal(rmdir(folder), 0);
  assert_int_equal(RUN(place, "audit", place->run), 2);
  AssertPrinted(place->err, "has no folder of window 1 (0001-...)");
  snprintf(file, sizeof file, "%s/study.json", place->run);
  WriteWhole(file, "another", 7);
  assert_int_equal(RUN(place, "audit", place->run), 5);
  AssertPrinted(place->err, "the log has no window of this run");
  Close(place);
}

/* A log whose operator altered an amount and signed it anew. */
static void AnAlteredAmountIsNamedInALogSignedAnew(void **state)
{
  Place          *place = Open(22, PRIVACY_PUBLIC);
  World          *world = place->world;
  SettlementEntry entry;
  uint8_t         bytes[ENTRY_SIZE_MAX];
  size_t          size, at = 0;
  char            text[64];

  (void)state;
  while (RecordTypeOf(world->record[at].data, world->record[at].size) != RECORD_SETTLEMENT) at++;
  assert_int_equal(SettlementEntryDecode(world->record[at].data, world->record[at].size, &entry, NULL), MARKET_OK);
  entry.has_price = false;
  entry.price     = 0;
  entry.amount += 1;
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, NULL), MARKET_OK);
  MarketBytesFree(&world->record[at]);
  MarketPutRaw(&world->record[at], bytes, size);
  WriteLog(place);
  assert_int_equal(RUN(place, "verify", place->run), 0); /* the log by itself is in order */
  assert_int_equal(RUN(place, "audit", place->run), 5);
  snprintf(text, sizeof text, "entry %zu: ", at);
  AssertPrinted(place->err, text);
  AssertPrinted(place->err, "carried out again it is ");
  Close(place);
}

/* What the sums of a window's entries say of a participant. */
static Statement Sums(const World *world)
{
  Statement       sums = NULL;
  SettlementEntry entry;

  assert_int_equal(StatementCreate("EUR", &sums, NULL), MARKET_OK);
  for (size_t k = 0; k < world->n; k++)
    if (SettlementEntryDecode(world->record[k].data, world->record[k].size, &entry, NULL) == MARKET_OK)
      assert_int_equal(StatementAdd(sums, &entry, NULL), MARKET_OK);
  return sums;
}

static void AStatementHasTheSumsOfTheSettlementAndProofs(void **state)
{
  Place              *place = Open(23, PRIVACY_PUBLIC);
  const char         *name  = place->world->study->participant_name[0];
  Statement           sums  = Sums(place->world);
  const StatementRow *row   = StatementFind(sums, name);
  char                proofs[300], text[400], net[MONEY_TEXT_SIZE], proof[400], entry[400];
  int64_t             checked = 0;

  (void)state;
  snprintf(proofs, sizeof proofs, "%s/proofs", place->folder);
  assert_int_equal(RUN(place, "statement", place->run, name, "--json", "--proofs", proofs), 0);
  snprintf(text, sizeof text, "{\"kind\": \"total\", \"lines\": %d, ", (int)row->total.lines);
  AssertPrinted(place->out, text);
  snprintf(text, sizeof text, "\"net\": \"%s\"}]}", MoneyFormat(row->total.received - row->total.paid, net));
  AssertPrinted(place->out, text);
  for (size_t k = 0; k < place->world->n; k++) {
    snprintf(proof, sizeof proof, "%s/%zu.tlog-proof", proofs, k);
    snprintf(entry, sizeof entry, "%s/%zu.entry", proofs, k);
    if (!LedgerFileExists(proof)) continue;
    if (checked++ % 16 == 0)
      assert_int_equal(RUN(place, "check", proof, entry, "--key", "log.example+00000000+AQ=="), 2); /* not this key */
    snprintf(text, sizeof text, "%s/key.pub", place->log);
    assert_int_equal(RUN(place, "check", proof, entry, "--key", text), 0);
  }
  assert_int_equal(checked, row->total.lines);
  assert_int_equal(RUN(place, "statement", place->run, name, "--csv", "-o", proof), 0);
  AssertPrinted(proof, "entry,run,study,policy,start,");
  assert_int_equal(RUN(place, "statement", place->run, name), 0);
  AssertPrinted(place->out, "contract swap");
  assert_int_equal(RUN(place, "statement", place->run, "nobody"), 2);
  AssertPrinted(place->err, "has no line of `nobody`; the nearest names are `");
  assert_int_equal(RUN(place, "statement", place->run, name, "--csv", "--json"), 2);
  StatementDestroy(&sums);
  Close(place);
}

static void EntriesSayWhatTheyAre(void **state)
{
  Place *place = Open(24, PRIVACY_PUBLIC);
  char   index[48];
  size_t at;

  (void)state;
  assert_int_equal(RUN(place, "show", place->run, "0"), 0);
  AssertPrinted(place->out, "says      run: study random, policy base, in EUR, 3 windows, privacy public");
  for (at = 1; RecordTypeOf(place->world->record[at].data, 2) != RECORD_CONTRACT; at++)
    ;
  snprintf(index, sizeof index, "%zu", at);
  assert_int_equal(RUN(place, "show", place->run, index, "--json"), 0);
  AssertPrinted(place->out, "\"says\": \"contract swap: p0 to p1, quantity fixed, price fixed");
  snprintf(index, sizeof index, "%zu..%zu", at + 1, at + 2);
  assert_int_equal(RUN(place, "entries", place->run, index), 0);
  AssertPrinted(place->out, " window 0: from 2030-06-21T00:00:00Z, 3 intervals of 900 s");
  AssertPrinted(place->out, " settlement entry: ");
  Close(place);
}

static void HiddenLogsOpenWithSecretsAndStatements(void **state)
{
  Place      *place                                 = Open(25, PRIVACY_COMMITTED);
  World      *world                                 = place->world;
  const char *name                                  = world->study->participant_name[0];
  const char *arguments[2 * WORLD_REGIONS_MOST + 6] = {"audit", place->run};
  char        file[WORLD_REGIONS_MOST + 1][320], opened[300];
  MarketBytes text = {0};
  LedgerError error;
  size_t      n = 2;

  (void)state;
  assert_int_equal(RUN(place, "audit", place->run), 0);
  AssertPrinted(place->out, "counted but not compared: that needs the region's secret (--secret)");
  for (size_t k = 0; k <= world->study->in.n_regions; k++) {
    snprintf(file[k], sizeof file[k], "%s/secret%zu", place->folder, k);
    assert_ok(LedgerSecretSave(world->secret[k], file[k], &error), error);
    arguments[n++] = "--secret";
    arguments[n++] = file[k];
  }
  assert_int_equal(Run(place, arguments), 0);
  AssertPrinted(place->out, "audited: every record is the one that comes out of its window's inputs\n");
  assert_int_equal(RUN(place, "statement", place->run, name), 2);
  AssertPrinted(place->err, "(--openings FILE)");
  snprintf(opened, sizeof opened, "%s/private", place->folder);
  PrivateStatementWrite(world->statement, &text);
  WriteWhole(opened, text.data, text.size);
  MarketBytesFree(&text);
  assert_int_equal(RUN(place, "statement", place->run, name, "--openings", opened), 0);
  AssertPrinted(place->out, "Statement of p0\n\nrun 0 of the log: study random");
  assert_int_equal(RUN(place, "statement", place->run, "@tie-rent"), 0); /* an operator's account is in the clear */
  Close(place);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ARunDirectoryIsAllThatAnAuditNeeds),
      cmocka_unit_test(ChangedFilesAreNamed),
      cmocka_unit_test(AnAlteredAmountIsNamedInALogSignedAnew),
      cmocka_unit_test(AStatementHasTheSumsOfTheSettlementAndProofs),
      cmocka_unit_test(EntriesSayWhatTheyAre),
      cmocka_unit_test(HiddenLogsOpenWithSecretsAndStatements),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
