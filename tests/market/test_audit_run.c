/* The audit: what was settled honestly comes out again byte by byte; whatever was changed afterwards is named. */
#include "market/money.h"
#include "tests/market/audit_world.h"

enum { SEEDS = 12 };

static void Refused(World *world, size_t secrets, bool opened, const char *part)
{
  Audit        audit  = NULL;
  MarketError  error  = {0};
  MarketStatus status = WorldAudit(world, secrets, opened, &audit, &error);

  if (!status || !strstr(error.text, part)) print_error("%d: %s; expected %s\n", status, error.text, part);
  assert_int_not_equal(status, MARKET_OK);
  assert_non_null(strstr(error.text, part));
  AuditDestroy(&audit);
}

/* Index of the n-th record of a type. */
static size_t Find(const World *world, int type, size_t n)
{
  for (size_t k = 0; k < world->n; k++)
    if (RecordTypeOf(world->record[k].data, world->record[k].size) == type && n-- == 0) return k;
  fail();
  return 0;
}

static void Drop(World *world, size_t k)
{
  MarketBytesFree(&world->record[k]);
  memmove(&world->record[k], &world->record[k + 1], (--world->n - k) * sizeof world->record[0]);
}

static SettlementEntry Decoded(const World *world, size_t k)
{
  SettlementEntry entry;

  assert_int_equal(SettlementEntryDecode(world->record[k].data, world->record[k].size, &entry, NULL), MARKET_OK);
  return entry;
}

static void Replace(World *world, size_t k, const SettlementEntry *entry)
{
  uint8_t     bytes[ENTRY_SIZE_MAX];
  size_t      size;
  MarketError error = {0};

  assert_market(SettlementEntryEncode(entry, bytes, sizeof bytes, &size, &error), error);
  MarketBytesFree(&world->record[k]);
  MarketPutRaw(&world->record[k], bytes, size);
}

/* The amount of an entry, changed without its price. */
static void AddAmount(World *world, size_t k, int64_t amount)
{
  SettlementEntry entry = Decoded(world, k);

  entry.has_price = false;
  entry.price     = 0;
  entry.amount += amount;
  Replace(world, k, &entry);
}

/* The window's record says the digest of its inputs as they now are. */
static void Sign(World *world, uint32_t window)
{
  size_t       k = Find(world, RECORD_WINDOW, window);
  WindowRecord record;

  assert_int_equal(WindowRecordRead(world->record[k].data, world->record[k].size, &record, NULL), MARKET_OK);
  RecordDigest(world->inputs[window].data, world->inputs[window].size, record.inputs);
  world->record[k].size = 0;
  WindowRecordWrite(&record, &world->record[k]);
}

static void HonestRunsComeOutAgain(void **state)
{
  uint64_t carried = 0;

  (void)state;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    World             *world = WorldCreate(1000 * seed, PRIVACY_PUBLIC);
    Audit              audit = NULL;
    MarketError        error = {0};
    const AuditCounts *counts;
    assert_market(WorldAudit(world, 0, false, &audit, &error), error);
    counts = AuditCountsOf(audit);
    assert_int_equal(counts->runs, 1);
    assert_int_equal(counts->windows, WORLD_WINDOWS);
    assert_int_equal(counts->contracts, 1);
    assert_int_equal(counts->entries, world->entries);
    assert_int_equal(counts->events, world->events);
    assert_int_equal(counts->runs_not_executed, 0);
    carried += counts->events;
    AuditDestroy(&audit);
    WorldDestroy(world);
  }
  assert_true(carried > 0);
}

static void WithoutInputsNothingIsCarriedOutAgain(void **state)
{
  World      *world = WorldCreate(1, PRIVACY_PUBLIC);
  Audit       audit = NULL;
  MarketError error = {0};

  (void)state;
  world->absent = true;
  assert_market(WorldAudit(world, 0, false, &audit, &error), error);
  assert_int_equal(AuditCountsOf(audit)->runs_not_executed, 1);
  assert_int_equal(AuditCountsOf(audit)->entries, 0);
  assert_int_equal(LogReadingCounts(AuditReading(audit))->entries, world->entries);
  AuditDestroy(&audit);
  WorldDestroy(world);
}

/* Two amounts changed so that every sum still holds: only carrying the window out again shows it. */
static void AmountsThatStillSumToZeroAreNamed(void **state)
{
  World          *world = WorldCreate(2, PRIVACY_PUBLIC);
  size_t          at    = Find(world, RECORD_SETTLEMENT, 0);
  SettlementEntry first = Decoded(world, at);
  char            was[MONEY_TEXT_SIZE], is[MONEY_TEXT_SIZE], part[128];
  Audit           audit = NULL;
  MarketError     error = {0};

  (void)state;
  AddAmount(world, at, 1000000);
  AddAmount(world, at + 1, -1000000);
  snprintf(part, sizeof part, "entry %zu: %s of ", at, SettlementKindName(first.kind));
  Refused(world, 0, false, part);
  snprintf(part, sizeof part, "amount is %s; carried out again it is %s", MoneyFormat(first.amount + 1000000, is),
           MoneyFormat(first.amount, was));
  Refused(world, 0, false, part);
  world->absent = true; /* the sums alone do not show it */
  assert_market(WorldAudit(world, 0, false, &audit, &error), error);
  AuditDestroy(&audit);
  WorldDestroy(world);
}

static void MissingAndAddedEntriesAreNamed(void **state)
{
  World      *world = WorldCreate(3, PRIVACY_PUBLIC);
  size_t      last = world->n - 1, at = Find(world, RECORD_SETTLEMENT, 4);
  char        part[64];
  MarketBytes copy = {0};

  (void)state;
  MarketPutRaw(&copy, world->record[at].data, world->record[at].size);
  Drop(world, at);
  snprintf(part, sizeof part, "entry %zu: is ", at);
  Refused(world, 0, false, part);
  memmove(&world->record[at + 1], &world->record[at], (world->n++ - at) * sizeof world->record[0]);
  world->record[at] = copy;
  while (RecordTypeOf(world->record[last].data, world->record[last].size) == RECORD_CERTIFICATE) Drop(world, last--);
  Drop(world, last);
  Refused(world, 0, false, "ends before it; carried out again, ");
  WorldDestroy(world);
}

static void WrongInputsAreNoticed(void **state)
{
  World      *world = WorldCreate(4, PRIVACY_PUBLIC);
  MarketBytes kept;

  (void)state;
  world->inputs[1].data[world->inputs[1].size / 2] ^= 1;
  Refused(world, 0, false, "inputs of window 1 have the SHA-256 ");
  world->inputs[1].data[world->inputs[1].size / 2] ^= 1;
  world->inputs[1].size--;
  Sign(world, 1);
  Refused(world, 0, false, "market inputs: ");
  world->inputs[1].size++;
  kept             = world->inputs[1]; /* those of the window behind it, signed again */
  world->inputs[1] = world->inputs[2];
  Sign(world, 1);
  Refused(world, 0, false, "inputs of window 1 have other intervals or regions than its record");
  world->inputs[1] = kept;
  WorldDestroy(world);
}

/* Facts with another price, signed again: every amount then differs. */
static void OtherPricesGiveOtherAmounts(void **state)
{
  World       *world  = WorldCreate(5, PRIVACY_PUBLIC);
  MarketInputs inputs = {0};
  MarketError  error  = {0};

  (void)state;
  assert_market(MarketInputsRead(world->inputs[2].data, world->inputs[2].size, &inputs, &error), error);
  for (uint32_t k = 0; k < inputs.facts->intervals * inputs.facts->n_buses; k++)
    inputs.facts->day_ahead.price[k] += 1000000;
  world->inputs[2].size = 0;
  MarketInputsWrite(&inputs, &world->inputs[2]);
  Sign(world, 2);
  Refused(world, 0, false, "carried out again it is");
  MarketInputsFree(&inputs);
  WorldDestroy(world);
}

static void StatesAreCarriedFromWindowToWindow(void **state)
{
  World       *world  = WorldCreate(6, PRIVACY_PUBLIC);
  MarketInputs inputs = {0};
  MarketError  error  = {0};

  (void)state;
  for (uint32_t w = 0; w < 2; w++) {
    MarketBytes kept = world->inputs[w];
    world->inputs[w] = (MarketBytes){0};
    assert_market(MarketInputsRead(kept.data, kept.size, &inputs, &error), error);
    MarketPut(&inputs.granular_state, 7, 4);
    MarketInputsWrite(&inputs, &world->inputs[w]);
    Sign(world, w);
    Refused(world, 0, false,
            w ? "carry a state of stored certificates that is not the one the window before it left"
              : "carry a state of stored certificates that is not the one of a run's first window");
    MarketInputsFree(&inputs);
    MarketBytesFree(&world->inputs[w]);
    world->inputs[w] = kept;
    Sign(world, w);
  }
  WorldDestroy(world);
}

static void ContractsOfTheInputsAreThoseDeployed(void **state)
{
  World *world = WorldCreate(7, PRIVACY_PUBLIC);

  (void)state;
  Drop(world, Find(world, RECORD_CONTRACT, 0));
  Refused(world, 0, false, "carry out the contract swap, which the run has not deployed");
  WorldDestroy(world);
}

/* An account under another name, or one too few. */
static void AccountsAreThoseOfTheInputs(void **state)
{
  World        *world = WorldCreate(13, PRIVACY_PUBLIC);
  size_t        at    = Find(world, RECORD_ACCOUNT, 1);
  AccountRecord other = {.form = COMMITTED_CLEAR, .name = EntryTextOf("p1b")};
  MarketBytes   kept  = world->record[at];

  (void)state;
  world->record[at] = (MarketBytes){0};
  AccountRecordWrite(&other, &world->record[at]);
  Refused(world, 0, false, "entry 2: does not register the account p1, as the inputs of the run do");
  MarketBytesFree(&world->record[at]);
  world->record[at] = kept;
  Drop(world, at);
  Refused(world, 0, false, "accounts; its inputs have ");
  WorldDestroy(world);
  world = WorldCreate(14, PRIVACY_COMMITTED);
  memset(world->record[2].data + 3, 0, 1);
  Refused(world, world->study->in.n_regions + 1, false, "entry 2: does not register the account ");
  WorldDestroy(world);
}

static void CertificateEventsComeOutAgain(void **state)
{
  World *world = WorldCreate(8, PRIVACY_PUBLIC);

  (void)state;
  assert_true(world->events > 1);
  Drop(world, Find(world, RECORD_CERTIFICATE, 0));
  Refused(world, 0, false, "certificate event is ");
  WorldDestroy(world);
}

/* ---- Committed privacy -------------------------------------------------------------------------------------------- */

static void AllSecretsOpenAHiddenLog(void **state)
{
  World             *world = WorldCreate(9, PRIVACY_COMMITTED);
  size_t             all   = world->study->in.n_regions + 1;
  Audit              audit = NULL;
  MarketError        error = {0};
  const AuditCounts *counts;

  (void)state;
  assert_market(WorldAudit(world, all, true, &audit, &error), error);
  counts = AuditCountsOf(audit);
  assert_int_equal(counts->entries, world->entries);
  assert_int_equal(counts->events, world->events);
  assert_int_equal(counts->committed_not_opened, 0);
  assert_int_equal(counts->openings, world->statement->n);
  assert_true(world->statement->n > 0);
  assert_int_equal(LogReadingCounts(AuditReading(audit))->closings, WORLD_WINDOWS * RANDOM_HOURS);
  AuditDestroy(&audit);
  WorldDestroy(world);
}

static void WithoutSecretsWhatIsHiddenIsCounted(void **state)
{
  World             *world = WorldCreate(10, PRIVACY_COMMITTED);
  Audit              audit = NULL;
  MarketError        error = {0};
  const AuditCounts *counts;

  (void)state;
  assert_market(WorldAudit(world, 0, false, &audit, &error), error);
  counts = AuditCountsOf(audit);
  assert_true(counts->entries > 0); /* operators' accounts are in the clear */
  assert_int_equal(counts->entries + counts->committed_not_opened, world->entries);
  assert_int_equal(counts->hidden_not_opened, world->events);
  AuditDestroy(&audit);
  WorldDestroy(world);
}

/* A log that hides another settlement: its sums hold, its witness would have signed it. */
static void AHiddenAmountThatDiffersIsNamedByASecretOrAnOpening(void **state)
{
  World      *world = WorldCreate(11, PRIVACY_COMMITTED), *other = WorldCreate(11, PRIVACY_COMMITTED);
  size_t      all   = world->study->in.n_regions + 1;
  Audit       audit = NULL;
  MarketError error = {0};
  size_t      at;

  (void)state;
  /* The other world's window 0 inputs with a higher carbon price, so that hidden amounts differ and sums hold. */
  for (size_t k = 0; k < other->n; k++) MarketBytesFree(&other->record[k]);
  other->n = 0;
  WorldHead(other);
  {
    MarketInputs  inputs   = {0};
    MarketOutcome outcome  = {0};
    Closings      closings = {0};
    assert_market(MarketInputsRead(world->inputs[0].data, world->inputs[0].size, &inputs, &error), error);
    inputs.carbon.price += 1000000;
    assert_market(MarketExecute(&inputs, NULL, &outcome, &error), error);
    PrivateStatementDestroy(&other->statement);
    LedgerHash run = WorldRunId(other);
    assert_market(PrivateStatementCreate(EntryTextOf("log.example"), &run,
                                         EntryTextOf(other->study->participant_name[0]), &other->statement, &error),
                  error);
    WorldPutWindow(other, &inputs, &outcome, &closings);
    MarketOutcomeFree(&outcome);
    MarketInputsFree(&inputs);
    ClosingsFree(&closings);
  }
  Refused(other, all, false, "is not the committed record that comes out again with the secret of region");
  at = other->statement->n;
  if (at) Refused(other, 0, true, "carried out again");
  other->absent = true; /* nobody but who carries it out again can tell */
  assert_market(WorldAudit(other, all, false, &audit, &error), error);
  AuditDestroy(&audit);
  WorldDestroy(world);
  WorldDestroy(other);
}

static void OpeningsMustBeMet(void **state)
{
  World *world = WorldCreate(12, PRIVACY_COMMITTED);

  (void)state;
  world->statement->opening[world->statement->n - 1].index = world->n + 5;
  Refused(world, 0, true, "the statements open ");
  WorldDestroy(world);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(HonestRunsComeOutAgain),
      cmocka_unit_test(WithoutInputsNothingIsCarriedOutAgain),
      cmocka_unit_test(AmountsThatStillSumToZeroAreNamed),
      cmocka_unit_test(MissingAndAddedEntriesAreNamed),
      cmocka_unit_test(WrongInputsAreNoticed),
      cmocka_unit_test(OtherPricesGiveOtherAmounts),
      cmocka_unit_test(StatesAreCarriedFromWindowToWindow),
      cmocka_unit_test(ContractsOfTheInputsAreThoseDeployed),
      cmocka_unit_test(AccountsAreThoseOfTheInputs),
      cmocka_unit_test(CertificateEventsComeOutAgain),
      cmocka_unit_test(AllSecretsOpenAHiddenLog),
      cmocka_unit_test(WithoutSecretsWhatIsHiddenIsCounted),
      cmocka_unit_test(AHiddenAmountThatDiffersIsNamedByASecretOrAnOpening),
      cmocka_unit_test(OpeningsMustBeMet),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
