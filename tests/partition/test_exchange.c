/* Exchange between regions on 1 to 4 ranks: each side learns the other's values, and sums have the same bits everywhere. */
#include "partition/exchange.h"

#include "tests/support.h"

#define OK(call) assert_int_equal(call, 0)
#define REGIONS 5
#define ITEMS 7

static MPI_Comm world;
static PetscInt side_region[2 * ITEMS] = {0, 1, 1, 2, 4, 0, 2, 3, 3, 1, 0, 1, 4, 2};

/* Five regions dealt out to the ranks in turn. */
static struct _s_Partition Deal(PetscInt *rank)
{
  PetscMPIInt size;
  MPI_Comm_size(world, &size);
  for (PetscInt r = 0; r < REGIONS; r++) rank[r] = r % size;
  return (struct _s_Partition){.n_regions = REGIONS, .n_ranks = size, .rank = rank};
}

static PetscReal Value(PetscInt item, PetscInt side)
{
  return 1.0 / (3 + item) + 10 * side;
}

static void both_sides_learn_what_the_other_has(void **state)
{
  PetscInt            rank_of[REGIONS], n;
  struct _s_Partition p = Deal(rank_of);
  const PetscInt     *item;
  PetscReal           value[2 * ITEMS];
  PetscMPIInt         rank;
  PetscInt64          bytes;
  Exchange            x;

  (void)state;
  MPI_Comm_rank(world, &rank);
  OK(ExchangeCreate(world, &p, ITEMS, side_region, &x));
  OK(ExchangeItems(x, &n, &item));
  for (PetscInt round = 1; round < 3; round++) {
    for (PetscInt k = 0; k < 2 * n; k++) {
      const PetscInt at = 2 * item[k / 2] + k % 2;
      value[k]          = rank_of[side_region[at]] == rank ? round * Value(at / 2, at % 2) : -1;
    }
    OK(ExchangeSwap(x, value));
    for (PetscInt k = 0; k < 2 * n; k++) assert_true(value[k] == round * Value(item[k / 2], k % 2));
  }
  OK(ExchangeTakeBytes(x, &bytes));
  assert_int_equal(bytes, 2 * 2 * ITEMS * 8);
  OK(ExchangeDestroy(&x));
  assert_null(x);
  OK(ExchangeDestroy(&x));
}

/* 1e16 + 1 - 1e16 depends on the order: that of the regions. */
static void sums_are_made_in_region_order(void **state)
{
  const PetscReal     share[REGIONS] = {1e16, 1, -1e16, 1, 0.25};
  PetscInt            rank_of[REGIONS], local = 0;
  struct _s_Partition p = Deal(rank_of);
  PetscReal           partial[2 * REGIONS], sum[2], expected = 0;
  PetscMPIInt         rank;
  Exchange            x;

  (void)state;
  MPI_Comm_rank(world, &rank);
  OK(ExchangeCreate(world, &p, ITEMS, side_region, &x));
  for (PetscInt r = 0; r < REGIONS; r++) {
    expected += share[r];
    if (rank_of[r] != rank) continue;
    partial[2 * local]     = share[r];
    partial[2 * local + 1] = 1;
    local++;
  }
  OK(ExchangeSum(x, 2, partial, sum));
  assert_true(sum[0] == expected);
  assert_true(sum[1] == REGIONS);
  OK(ExchangeDestroy(&x));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_sides_learn_what_the_other_has),
      cmocka_unit_test(sums_are_made_in_region_order),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
