/* Shares by largest remainder. */
#include "market/apportion.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <string.h>

enum { MOST = 40 };

static void SharesByHand(void **state)
{
  const int64_t seats[] = {47000, 16000, 15800, 12000, 6100, 3100}; /* Hamilton's method, 10 seats: 5 2 1 1 1 0 */
  const int64_t none[] = {0, 0, 0, 0}, thirds[] = {1, 1, 1}, one[] = {0, 7, 0};
  int64_t       share[MOST];

  (void)state;
  assert_int_equal(Apportion(10, seats, 6, share), MARKET_OK);
  assert_memory_equal(share, ((int64_t[]){5, 2, 1, 1, 1, 0}), 48);
  assert_int_equal(Apportion(-10, seats, 6, share), MARKET_OK);
  assert_memory_equal(share, ((int64_t[]){-5, -2, -1, -1, -1, 0}), 48);
  assert_int_equal(Apportion(100, thirds, 3, share), MARKET_OK); /* ties go to the first */
  assert_memory_equal(share, ((int64_t[]){34, 33, 33}), 24);
  assert_int_equal(Apportion(-101, thirds, 3, share), MARKET_OK);
  assert_memory_equal(share, ((int64_t[]){-34, -34, -33}), 24);
  assert_int_equal(Apportion(7, none, 4, share), MARKET_OK); /* no weights: equal ones */
  assert_memory_equal(share, ((int64_t[]){2, 2, 2, 1}), 32);
  assert_int_equal(Apportion(INT64_MIN, one, 3, share), MARKET_OK);
  assert_memory_equal(share, ((int64_t[]){0, INT64_MIN, 0}), 24);
  assert_int_equal(Apportion(0, NULL, 0, NULL), MARKET_OK);
  assert_int_equal(Apportion(1, NULL, 0, NULL), MARKET_BAD_INPUT);
  assert_int_equal(Apportion(1, (int64_t[]){3, -1}, 2, share), MARKET_BAD_INPUT);
}

/* Weights and totals of any size up to the largest, in no particular order. */
static int64_t Any(uint64_t *seed)
{
  return (int64_t)(RandomNext(seed) >> (1 + RandomBelow(seed, 63)));
}

static void SharesAreExactFairAndSymmetric(void **state)
{
  uint64_t seed = 11;

  (void)state;
  for (int k = 0; k < 20000; k++) {
    size_t    n = 1 + (size_t)RandomBelow(&seed, MOST);
    int64_t   weight[MOST], share[MOST], back[MOST], total = Any(&seed);
    MoneyWide sum = 0, weights = 0;
    for (size_t i = 0; i < n; i++) {
      weight[i] = RandomBelow(&seed, 5) ? Any(&seed) : RandomBelow(&seed, 3);
      weights += weight[i];
    }
    assert_int_equal(Apportion(total, weight, n, share), MARKET_OK);
    assert_int_equal(Apportion(-total, weight, n, back), MARKET_OK);
    for (size_t i = 0; i < n; i++) {
      sum += share[i];
      assert_int_equal(share[i], -back[i]);
      if (!weights) continue;
      /* each within one unit of its exact share, from either side */
      assert_true((MoneyWide)share[i] >= (MoneyWide)total * weight[i] / weights);
      assert_true((MoneyWide)share[i] <= (MoneyWide)total * weight[i] / weights + 1);
      for (size_t j = 0; j < i; j++) {
        if (weight[j] > weight[i]) assert_true(share[j] >= share[i]);
        if (weight[j] < weight[i]) assert_true(share[j] <= share[i]);
        if (weight[j] == weight[i]) assert_true(share[j] == share[i] || share[j] == share[i] + 1); /* ties by order */
      }
    }
    assert_true(sum == total);
  }
}

static void TheLargestNumbersDoNotOverflow(void **state)
{
  static const int64_t total[]   = {INT64_MAX, -INT64_MAX, INT64_MIN};
  int64_t              weight[3] = {INT64_MAX, INT64_MAX, INT64_MAX - 1}, share[3];

  (void)state;
  for (size_t k = 0; k < 3; k++) {
    assert_int_equal(Apportion(total[k], weight, 3, share), MARKET_OK);
    assert_true((MoneyWide)share[0] + share[1] + share[2] == total[k]);
    assert_true(llabs(share[0]) >= llabs(share[2]));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(SharesByHand),
      cmocka_unit_test(SharesAreExactFairAndSymmetric),
      cmocka_unit_test(TheLargestNumbersDoNotOverflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
