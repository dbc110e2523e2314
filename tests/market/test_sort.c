/* Sorting by numbers, against the C library's. */
#include "market/sort.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <string.h>

enum { MOST = 3000 };

typedef struct {
  SortKey key;
  char    text[29];
} Record;

static SortKey key[2 * MOST];
static Record  record[MOST], before[MOST];

/* By key, then by place: a stable sort. */
static int Compare(const void *a, const void *b)
{
  const Record *x = a, *y = b;
  int           order = SortKeyCompare(&x->key, &y->key);

  return order ? order : (x->key.index > y->key.index) - (x->key.index < y->key.index);
}

/* Keys of which the bits in `mask` vary, from all 192 down to none. */
static void Fill(size_t n, const uint64_t mask[SORT_WORDS], uint64_t *seed)
{
  for (size_t k = 0; k < n; k++) {
    for (int w = 0; w < SORT_WORDS; w++)
      key[k].word[w] = (RandomNext(seed) & mask[w]) | (0xA5A5A5A5A5A5A5A5u & ~mask[w]);
    key[k].index  = k;
    record[k].key = key[k];
    snprintf(record[k].text, sizeof record[k].text, "r%zu", k);
  }
  memcpy(before, record, sizeof before);
}

static void KeysAndRecordsComeInOrder(void **state)
{
  uint64_t seed = 3;

  (void)state;
  for (int round = 0; round < 300; round++) {
    size_t   n = round < 4 ? (size_t)round : (size_t)RandomBelow(&seed, MOST);
    uint64_t mask[SORT_WORDS];
    Record   spare;
    for (int w = 0; w < SORT_WORDS; w++)
      mask[w] = round % 3 ? RandomNext(&seed) & RandomNext(&seed) & (RandomNext(&seed) >> RandomBelow(&seed, 64)) : ~0u;
    if (round % 7 == 0) mask[0] = mask[1] = mask[2] = UINT64_MAX;
    if (round % 7 == 1) mask[0] = mask[1] = 0, mask[2] = 3; /* many equals */
    Fill(n, mask, &seed);
    SortKeys(key, key + n, n);
    qsort(before, n, sizeof *before, Compare);
    for (size_t k = 0; k < n; k++) assert_int_equal(key[k].index, before[k].key.index);
    for (size_t k = 1; k < n; k++) /* what is left of the words compares as the whole did */
      assert_int_equal(SortKeyCompare(&key[k - 1], &key[k]) != 0,
                       SortKeyCompare(&before[k - 1].key, &before[k].key) != 0);
    SortRecords(record, sizeof *record, key, n, &spare);
    for (size_t k = 0; k < n; k++) assert_string_equal(record[k].text, before[k].text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(KeysAndRecordsComeInOrder)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
