/* Auditing what somebody hostile has written: records changed, dropped, doubled, cut and swapped, and inputs changed with
   their digest put right. Whatever comes, the audit ends with one line that names an entry, or finds nothing because
   nothing differs. A first argument sets the number of rounds. */
#include "tests/market/audit_world.h"

static long rounds = 160;

/* A record's bytes, changed in one of some ways. */
static void Mutate(MarketBytes *record, uint64_t *seed)
{
  size_t at = record->size ? RandomNext(seed) % record->size : 0;

  if (!record->size) return;
  switch (RandomNext(seed) % 4) {
  case 0:
    record->data[at] ^= (uint8_t)(1u << RandomNext(seed) % 8);
    break;
  case 1:
    record->data[at] = (uint8_t)RandomNext(seed);
    break;
  case 2:
    record->size = at;
    break;
  default:
    MarketPut(record, RandomNext(seed), 1 + (int)(RandomNext(seed) % 8));
  }
}

static MarketBytes Copy(const MarketBytes *bytes)
{
  MarketBytes copy = {0};

  MarketPutRaw(&copy, bytes->data, bytes->size);
  return copy;
}

/* The audit ends; a fault is one line of text that begins with an entry. */
static bool Ends(World *world, size_t secrets, bool opened)
{
  Audit        audit  = NULL;
  MarketError  error  = {0};
  MarketStatus status = WorldAudit(world, secrets, opened, &audit, &error);

  AuditDestroy(&audit);
  if (!status) return true;
  assert_null(strchr(error.text, '\n'));
  if (strncmp(error.text, "entry ", 6) != 0 && strncmp(error.text, "entries ", 8) != 0 &&
      strncmp(error.text, "the statements open ", 20) != 0)
    fail_msg("%s", error.text);
  return false;
}

static void ChangeLog(World *world, uint64_t *seed)
{
  MarketBytes *record = world->record;
  size_t       n = world->n, a = RandomNext(seed) % n, b = RandomNext(seed) % n;
  MarketBytes  kept = record[a];

  switch (RandomNext(seed) % 4) {
  case 0: /* swapped */
    record[a] = record[b];
    record[b] = kept;
    (void)Ends(world, 1, true);
    record[b] = record[a];
    record[a] = kept;
    break;
  case 1: /* dropped: moved behind the end */
    memmove(&record[a], &record[a + 1], (n - 1 - a) * sizeof *record);
    world->n--;
    (void)Ends(world, 1, true);
    world->n++;
    memmove(&record[a + 1], &record[a], (n - 1 - a) * sizeof *record);
    record[a] = kept;
    break;
  default:
    record[a] = Copy(&kept);
    Mutate(&record[a], seed);
    if (record[a].size != kept.size || memcmp(record[a].data, kept.data, kept.size) != 0)
      assert_false(
          Ends(world, world->study->in.n_regions + 1, true)); /* with everything at hand, any byte is noticed */
    MarketBytesFree(&record[a]);
    record[a] = kept;
  }
}

static void ChangedLogsAreRefusedOrTheSame(void **state)
{
  (void)state;
  for (int privacy = PRIVACY_PUBLIC; privacy <= PRIVACY_COMMITTED; privacy++) {
    World   *world = WorldCreate(40 + (uint64_t)privacy, (Privacy)privacy);
    uint64_t seed  = 99 + (uint64_t)privacy;
    for (long round = 0; round < (privacy ? rounds / 8 : rounds); round++) ChangeLog(world, &seed);
    assert_true(Ends(world, world->study->in.n_regions + 1, true));
    WorldDestroy(world);
  }
}

/* The record of the window says what the inputs have become. */
static void Sign(World *world, uint32_t window)
{
  WindowRecord record;
  size_t       k = 0;

  for (uint32_t w = 0; w <= window; w++, k += w <= window)
    while (RecordTypeOf(world->record[k].data, world->record[k].size) != RECORD_WINDOW) k++;
  assert_int_equal(WindowRecordRead(world->record[k].data, world->record[k].size, &record, NULL), MARKET_OK);
  RecordDigest(world->inputs[window].data, world->inputs[window].size, record.inputs);
  world->record[k].size = 0;
  WindowRecordWrite(&record, &world->record[k]);
}

static void ChangedInputsAreCarriedOutOrRefused(void **state)
{
  World   *world = WorldCreate(50, PRIVACY_PUBLIC);
  uint64_t seed  = 7;

  (void)state;
  for (long round = 0; round < rounds; round++) {
    uint32_t    window    = (uint32_t)(RandomNext(&seed) % WORLD_WINDOWS);
    MarketBytes kept      = world->inputs[window];
    world->inputs[window] = Copy(&kept);
    Mutate(&world->inputs[window], &seed);
    Sign(world, window);
    (void)Ends(world, 0,
               false); /* some numbers decide nothing: the certified output of what is no generator, a rating */
    MarketBytesFree(&world->inputs[window]);
    world->inputs[window] = kept;
    Sign(world, window);
  }
  assert_true(Ends(world, 0, false));
  WorldDestroy(world);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ChangedLogsAreRefusedOrTheSame),
      cmocka_unit_test(ChangedInputsAreCarriedOutOrRefused),
  };
  if (argc > 1) rounds = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
