/* Allocations of an audit and of a statement fail, one a time: MARKET_NO_MEMORY, no crash, nothing lost. A first
   argument sets how many. */
#include "market/account_statement.h"
#include "tests/market/audit_world.h"
#include "tests/market/failing_allocations.h"

static long positions = 160;

/* The audit, and the statement of participant 0 beside it. */
static MarketStatus Once(World *world, MarketError *error)
{
  AuditOptions     options   = {.inputs       = WorldInputs,
                                .context      = world,
                                .secret       = world->secret,
                                .n_secrets    = world->study->in.n_regions + 1,
                                .statement    = &world->statement,
                                .n_statements = world->privacy == PRIVACY_COMMITTED};
  Audit            audit     = NULL;
  AccountStatement statement = NULL;
  MarketStatus     status    = AuditCreate(&options, &audit, error);

  if (!status) status = AccountStatementCreate(world->study->participant_name[0], &statement, error);
  for (size_t k = 0; k < world->n && !status; k++) {
    status = AuditTake(audit, world->record[k].data, world->record[k].size, error);
    if (!status)
      status =
          AccountStatementTake(statement, AuditReading(audit), world->record[k].data, world->record[k].size, error);
  }
  if (!status) status = AuditEnd(audit, error);
  AuditDestroy(&audit);
  AccountStatementDestroy(&statement);
  return status;
}

static void AllocationsFailOneAtATime(void **state)
{
  (void)state;
  for (int privacy = PRIVACY_PUBLIC; privacy <= PRIVACY_COMMITTED; privacy++) {
    World      *world = WorldCreate(60, (Privacy)privacy);
    MarketError error = {0};
    long        all, stride;
    countdown = 1L << 40;
    assert_market(Once(world, &error), error);
    all    = (1L << 40) - countdown;
    stride = all / (privacy ? positions / 4 : positions) + 1;
    for (long k = 0; k < all; k += k < 40 ? 1 : stride) {
      countdown = k;
      assert_int_equal(Once(world, &error), MARKET_NO_MEMORY);
    }
    countdown = -1;
    assert_market(Once(world, &error), error);
    WorldDestroy(world);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(AllocationsFailOneAtATime)};
  if (argc > 1) positions = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
