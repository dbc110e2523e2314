/* Each allocation of a settlement and its statement fails once: a clear status, no crash, nothing half-built. Linked
   with the allocators wrapped. */
#include "market/statement.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static long countdown = -1; /* allocations left until one fails; negative: none fails */

static bool Fails(void)
{
  return countdown >= 0 && countdown-- == 0;
}

void *__wrap_malloc(size_t size)
{
  return Fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
  return Fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
  return Fails() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
  return Fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
  return Fails() ? NULL : __real_strndup(text, n);
}

/* Settles, adds up, merges; fails where an allocation fails. */
static MarketStatus Run(const SettlementInput *in, Settlement *s, Statement *a, Statement *b, MarketError *error)
{
  MARKET_TRY(SettlementCreate(in, NULL, s, error));
  MARKET_TRY(StatementCreate("EUR", a, error));
  MARKET_TRY(StatementCreate("EUR", b, error));
  for (size_t i = 0; i < (*s)->n; i++) MARKET_TRY(StatementAdd(*a, &(*s)->entry[i], error));
  return StatementMerge(*b, *a, error);
}

static void EveryFailedAllocationIsReported(void **state)
{
  RandomStudy *study    = RandomStudyCreate(42, 1e-5);
  MarketStatus status   = MARKET_NO_MEMORY;
  long         failures = 0;

  (void)state;
  for (long k = 0; status != MARKET_OK; k++) {
    Settlement  s = NULL;
    Statement   a = NULL, b = NULL;
    MarketError error = {MARKET_OK, ""};
    countdown         = k;
    status            = Run(&study->in, &s, &a, &b, &error);
    countdown         = -1;
    if (status != MARKET_OK) {
      assert_int_equal(status, MARKET_NO_MEMORY);
      assert_int_equal(error.status, MARKET_NO_MEMORY);
      assert_non_null(strstr(error.text, "no memory"));
      failures++;
    }
    StatementDestroy(&a);
    StatementDestroy(&b);
    SettlementDestroy(&s);
  }
  assert_true(failures > 20);
  free(study);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(EveryFailedAllocationIsReported)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
