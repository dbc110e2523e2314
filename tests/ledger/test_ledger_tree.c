/* The Merkle tree: compact ranges, proofs and tile names against the plain definitions. */
#include <openssl/evp.h>

#include "ledger/proof.h"
#include "ledger/range.h"
#include "ledger/tile.h"
#include "ledger/tree.h"
#include "tests/ledger/scratch.h"

enum { LEAVES = 600 };

static LedgerHash leaf[LEAVES];

/* RFC 6962, section 2.1, word for word: the tree of leaves [start, end). */
static LedgerHash PlainRoot(uint64_t start, uint64_t end)
{
  LedgerHash left, right;
  uint64_t   k = 1;
  if (start == end) return LedgerHashEmpty();
  if (end - start == 1) return leaf[start];
  while (2 * k < end - start) k *= 2;
  left  = PlainRoot(start, start + k);
  right = PlainRoot(start + k, end);
  return LedgerHashNode(&left, &right);
}

static LedgerStatus PlainSubtree(void *context, unsigned height, uint64_t index, LedgerHash *root, LedgerError *error)
{
  (void)error;
  assert_true((index + 1) << height <= *(uint64_t *)context);
  *root = PlainRoot(index << height, (index + 1) << height);
  return LEDGER_OK;
}

static int SetUpLeaves(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < LEAVES; k++) {
    uint8_t entry[16];
    leaf[k] = LedgerHashLeaf(entry, TestEntry(k, entry));
  }
  return 0;
}

static LedgerRange RangeOf(uint64_t start, uint64_t end)
{
  LedgerRange range = NULL;
  LedgerError error = {""};
  assert_ok(LedgerRangeCreate(start, &range, &error), error);
  for (uint64_t k = start; k < end; k++) {
    uint8_t entry[16];
    assert_ok(LedgerRangeAppendEntry(range, entry, TestEntry(k, entry), &error), error);
  }
  return range;
}

/* Sends a range through its bytes. */
static LedgerRange Sent(LedgerRange range)
{
  uint8_t     bytes[LEDGER_RANGE_MAX_BYTES];
  LedgerRange back  = NULL;
  LedgerError error = {""};
  size_t      size  = LedgerRangeWrite(range, bytes);
  assert_int_equal(LedgerRangeRead(bytes, size - 1, &back, &error), LEDGER_FALSE);
  assert_ok(LedgerRangeRead(bytes, size, &back, &error), error);
  LedgerRangeDestroy(&range);
  return back;
}

/* Every entry length around the borders of blocks, against OpenSSL's one-shot digest. */
static void LeavesOfAnyLengthAreSha256(void **state)
{
  static uint8_t message[2000];
  (void)state;
  for (size_t k = 1; k < sizeof message; k++) message[k] = (uint8_t)(k * k >> 3);
  for (size_t size = 0; size < sizeof message; size++) {
    uint8_t    digest[LEDGER_HASH_BYTES];
    LedgerHash hash = LedgerHashLeaf(message + 1, size);
    assert_int_equal(EVP_Digest(message, 1 + size, digest, NULL, EVP_sha256(), NULL), 1);
    assert_memory_equal(hash.byte, digest, sizeof digest);
  }
}

static void AnyPartitionInAnyOrderGivesThePlainRoot(void **state)
{
  uint64_t random = 20240501;
  (void)state;
  for (int trial = 0; trial < 300; trial++) {
    uint64_t    size = NextRandom(&random) % LEAVES;
    LedgerRange part[64], merged = NULL;
    size_t      n     = 0;
    LedgerError error = {""};
    LedgerHash  root, plain = PlainRoot(0, size);
    for (uint64_t at = 0; at < size || n == 0;) {
      uint64_t end = n == 62 ? size : at + NextRandom(&random) % (size - at + 1);
      part[n++]    = Sent(RangeOf(at, end));
      at           = end;
    }
    for (size_t k = n; k > 1; k--) {
      size_t      j    = NextRandom(&random) % k;
      LedgerRange swap = part[j];
      part[j]          = part[k - 1];
      part[k - 1]      = swap;
    }
    assert_ok(LedgerRangesMerge(part, n, 0, size, &merged, &error), error);
    assert_ok(LedgerRangeRoot(merged, &root, &error), error);
    assert_memory_equal(root.byte, plain.byte, LEDGER_HASH_BYTES);
    LedgerRangeDestroy(&merged);
    for (size_t k = 0; k < n; k++) LedgerRangeDestroy(&part[k]);
  }
}

/* Leaves wait in a range to be hashed together; whoever looks at it in between sees all, and it goes on as before. */
static void ARangeMayBeReadAtAnyTime(void **state)
{
  uint64_t random = 4242;
  (void)state;
  for (int trial = 0; trial < 60; trial++) {
    LedgerRange quick = NULL, slow = NULL, copy = NULL;
    LedgerError error = {""};
    uint64_t    start = trial % 3 ? NextRandom(&random) % 100 : 0;
    uint8_t     a[LEDGER_RANGE_MAX_BYTES], b[LEDGER_RANGE_MAX_BYTES], entry[16];
    assert_ok(LedgerRangeCreate(start, &quick, &error), error);
    assert_ok(LedgerRangeCreate(start, &slow, &error), error);
    for (uint64_t k = start; k < start + 300; k++) {
      LedgerHash hash = LedgerHashLeaf(entry, TestEntry(k, entry));
      assert_ok(LedgerRangeAppendLeaf(quick, &hash, &error), error);
      assert_ok(LedgerRangeAppendSubtree(slow, 0, &hash, &error), error);
      assert_int_equal(LedgerRangeEnd(quick), k + 1);
      if (NextRandom(&random) % 40) continue;
      assert_int_equal(LedgerRangeWrite(quick, a), LedgerRangeWrite(slow, b));
      assert_memory_equal(a, b, LedgerRangeWrite(slow, b));
      if (NextRandom(&random) % 2) continue;
      assert_ok(LedgerRangeRead(a, LedgerRangeWrite(quick, a), &copy, &error), error);
      LedgerRangeDestroy(&quick);
      quick = copy;
    }
    assert_int_equal(LedgerRangeWrite(quick, a), LedgerRangeWrite(slow, b));
    assert_memory_equal(a, b, LedgerRangeWrite(slow, b));
    LedgerRangeDestroy(&quick);
    LedgerRangeDestroy(&slow);
  }
}

static void MergingIsAssociative(void **state)
{
  uint64_t random = 77;
  (void)state;
  for (int trial = 0; trial < 200; trial++) {
    uint64_t    cut[4];
    LedgerRange a, b, c, bc, again;
    LedgerError error = {""};
    uint8_t     left[LEDGER_RANGE_MAX_BYTES], right[LEDGER_RANGE_MAX_BYTES];
    size_t      size;
    cut[0] = NextRandom(&random) % LEAVES;
    for (int k = 1; k < 4; k++) cut[k] = cut[k - 1] + NextRandom(&random) % (LEAVES - cut[k - 1] + 1);
    a  = RangeOf(cut[0], cut[1]);
    b  = RangeOf(cut[1], cut[2]);
    c  = RangeOf(cut[2], cut[3]);
    bc = RangeOf(cut[1], cut[2]);
    assert_ok(LedgerRangeMerge(bc, c, &error), error);
    again = RangeOf(cut[0], cut[1]);
    assert_ok(LedgerRangeMerge(again, bc, &error), error);
    assert_ok(LedgerRangeMerge(a, b, &error), error);
    assert_ok(LedgerRangeMerge(a, c, &error), error);
    size = LedgerRangeWrite(a, left);
    assert_int_equal(LedgerRangeWrite(again, right), size);
    assert_memory_equal(left, right, size);
    LedgerRangeDestroy(&a);
    LedgerRangeDestroy(&b);
    LedgerRangeDestroy(&c);
    LedgerRangeDestroy(&bc);
    LedgerRangeDestroy(&again);
  }
}

static void GapsAndOverlapsAreNamed(void **state)
{
  const uint64_t blocks[][4] = {{0, 10, 12, 20}, {0, 12, 10, 20}, {1, 10, 10, 20}, {0, 10, 10, 19}, {0, 10, 10, 21}};
  const char *expected[] = {"[10, 12) are in no block", "[10, 12) are in more than one block", "[0, 1) are in no block",
                            "[19, 20) are in no block", "end at leaf 21; 20 expected"};
  (void)state;
  for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
    LedgerRange part[2] = {RangeOf(blocks[k][2], blocks[k][3]), RangeOf(blocks[k][0], blocks[k][1])}, merged = NULL;
    LedgerError error = {""};
    assert_int_equal(LedgerRangesMerge(part, 2, 0, 20, &merged, &error), LEDGER_FALSE);
    assert_null(merged);
    if (!strstr(error.text, expected[k])) fail_msg("`%s` does not say `%s`", error.text, expected[k]);
    LedgerRangeDestroy(&part[0]);
    LedgerRangeDestroy(&part[1]);
  }
}

static void InclusionProofsHoldForTheirLeafOnly(void **state)
{
  (void)state;
  for (uint64_t size = 1; size <= 70; size++) {
    LedgerHash root = PlainRoot(0, size);
    for (uint64_t index = 0; index < size; index++) {
      LedgerProof proof;
      LedgerError error = {""};
      assert_ok(LedgerInclusionMake(index, size, PlainSubtree, &size, &proof, &error), error);
      assert_ok(LedgerInclusionCheck(index, size, &leaf[index], &proof, &root, &error), error);
      assert_int_equal(LedgerInclusionCheck(index, size, &leaf[index + 70], &proof, &root, NULL), LEDGER_FALSE);
      if (size > 1) {
        assert_int_equal(LedgerInclusionCheck((index + 1) % size, size, &leaf[index], &proof, &root, NULL),
                         LEDGER_FALSE);
      }
      for (size_t k = 0; k < proof.n; k++) {
        LedgerProof wrong = proof;
        wrong.hash[k].byte[k % 32] ^= 1;
        assert_int_equal(LedgerInclusionCheck(index, size, &leaf[index], &wrong, &root, NULL), LEDGER_FALSE);
      }
      proof.hash[proof.n++] = root;
      assert_int_equal(LedgerInclusionCheck(index, size, &leaf[index], &proof, &root, NULL), LEDGER_FALSE);
    }
  }
}

static void ConsistencyProofsHoldForTheirTreesOnly(void **state)
{
  (void)state;
  for (uint64_t size = 1; size <= 66; size++) {
    LedgerHash root = PlainRoot(0, size);
    for (uint64_t old = 0; old <= size; old++) {
      LedgerProof proof;
      LedgerError error    = {""};
      LedgerHash  old_root = PlainRoot(0, old), other = PlainRoot(1, old + 1);
      assert_ok(LedgerConsistencyMake(old, size, PlainSubtree, &size, &proof, &error), error);
      assert_ok(LedgerConsistencyCheck(old, size, &proof, &old_root, &root, &error), error);
      if (old) assert_int_equal(LedgerConsistencyCheck(old, size, &proof, &other, &root, NULL), LEDGER_FALSE);
      if (old) assert_int_equal(LedgerConsistencyCheck(old, size, &proof, &old_root, &leaf[99], NULL), LEDGER_FALSE);
      for (size_t k = 0; k < proof.n; k++) {
        LedgerProof wrong = proof;
        wrong.hash[k].byte[31 - k % 32] ^= 128;
        assert_int_equal(LedgerConsistencyCheck(old, size, &wrong, &old_root, &root, NULL), LEDGER_FALSE);
      }
    }
  }
}

/* Counts files per level of a log of 70,000 entries: width 256, or the partial width. */
static void LayoutOf70000EntriesIsThePublishedOne(void **state)
{
  const uint64_t size   = 70000;
  const unsigned full[] = {273, 1, 0}, partial[] = {112, 17, 1};
  (void)state;
  for (int level = 0; level < 3; level++) {
    unsigned count = 0;
    while (LedgerTileWidth(size, level, count) == LEDGER_TILE_WIDTH) count++;
    assert_int_equal(count, full[level]);
    assert_int_equal(LedgerTileWidth(size, level, count), partial[level]);
    assert_int_equal(LedgerTileWidth(size, level, count + 1), 0);
  }
  assert_int_equal(LedgerTileWidth(size, LEDGER_TILE_BUNDLE, 273), 112);
  assert_int_equal(LedgerTileWidth(size, 3, 0), 0);
  assert_int_equal(LedgerTileWidth(256, 0, 1), 0);
  assert_int_equal(LedgerTileWidth(256, 1, 0), 1);
}

static void TileNamesReadBack(void **state)
{
  uint64_t random = 5;
  (void)state;
  for (int trial = 0; trial < 2000; trial++) {
    LedgerTile tile = {(int)(NextRandom(&random) % 65) - 1, 0, 1 + (unsigned)(NextRandom(&random) % 256)}, back;
    char       path[LEDGER_TILE_PATH_MAX];
    tile.index = NextRandom(&random) >> (NextRandom(&random) % 60 + 4);
    if (tile.index > 999999999999999999u) continue;
    LedgerTilePath(&tile, path);
    assert_true(LedgerTileParse(path, &back));
    assert_int_equal(back.level, tile.level);
    assert_int_equal(back.index, tile.index);
    assert_int_equal(back.width, tile.width);
  }
  assert_false(LedgerTileParse("tile/0/x000/001", &(LedgerTile){0}));
  assert_false(LedgerTileParse("tile/0/001.p/0", &(LedgerTile){0}));
  assert_false(LedgerTileParse("tile/0/001.p/05", &(LedgerTile){0}));
  assert_false(LedgerTileParse("tile/00/001", &(LedgerTile){0}));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(LeavesOfAnyLengthAreSha256),
      cmocka_unit_test(AnyPartitionInAnyOrderGivesThePlainRoot),
      cmocka_unit_test(ARangeMayBeReadAtAnyTime),
      cmocka_unit_test(MergingIsAssociative),
      cmocka_unit_test(GapsAndOverlapsAreNamed),
      cmocka_unit_test(InclusionProofsHoldForTheirLeafOnly),
      cmocka_unit_test(ConsistencyProofsHoldForTheirTreesOnly),
      cmocka_unit_test(LayoutOf70000EntriesIsThePublishedOne),
      cmocka_unit_test(TileNamesReadBack),
  };
  return cmocka_run_group_tests(tests, SetUpLeaves, NULL);
}
