/* Pedersen commitments: where the second generator comes from, that commitments are what OpenSSL computes in another
   way, that they add up as their values do, and that points and scalars have one spelling each. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/commitment.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "ledger/bytes.h"
#include "ledger/text.h"
#include "tests/ledger/scratch.h"

enum { CASES = 200 };

static const char order_hex[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

static LedgerPedersen pedersen;
static EC_GROUP      *group;
static BN_CTX        *context;
static LedgerError    error;
static uint64_t       seed = 20300621;

static int SetUp(void **state)
{
  (void)state;
  group   = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  context = BN_CTX_new();
  return group && context && LedgerPedersenCreate(&pedersen, &error) == LEDGER_OK ? 0 : -1;
}

static int TearDown(void **state)
{
  (void)state;
  LedgerPedersenDestroy(&pedersen);
  LedgerPedersenDestroy(&pedersen); /* takes NULL */
  BN_CTX_free(context);
  EC_GROUP_free(group);
  return 0;
}

static LedgerScalar RandomScalar(void)
{
  LedgerScalar scalar;
  uint8_t      wide[LEDGER_WIDE_BYTES];
  for (size_t k = 0; k < sizeof wide; k += 8) LedgerPutU64(wide + k, NextRandom(&seed));
  assert_ok(LedgerScalarReduce(pedersen, wide, &scalar, &error), error);
  return scalar;
}

/* Values of every size, and the ends of the range. */
static int64_t RandomValue(size_t k)
{
  static const int64_t ends[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_MIN + 1};
  if (k < sizeof ends / sizeof *ends) return ends[k];
  return (int64_t)NextRandom(&seed) >> (NextRandom(&seed) % 64);
}

static LedgerPoint Commit(int64_t value, const LedgerScalar *blinding)
{
  LedgerPoint point;
  assert_ok(LedgerPedersenCommit(pedersen, 1, &value, blinding, &point, &error), error);
  return point;
}

static LedgerScalar Scalar(const char *hex)
{
  LedgerScalar scalar;
  assert_true(LedgerHexDecode(hex, strlen(hex), false, scalar.byte, sizeof scalar.byte));
  return scalar;
}

static LedgerPoint Point(const char *hex)
{
  LedgerPoint point;
  assert_true(LedgerHexDecode(hex, strlen(hex), false, point.byte, sizeof point.byte));
  return point;
}

static const LedgerScalar zero = {{0}};

/* The definition once more, with nothing but SHA-256 and the curve's equation from OpenSSL. */
static void SecondGeneratorIsTheFirstPointOfItsString(void **state)
{
  char        text[256], hex[2 * LEDGER_POINT_BYTES + 1] = "";
  LedgerPoint h;
  uint32_t    counter;
  EC_POINT   *point = EC_POINT_new(group);
  BIGNUM     *p = BN_new(), *x = BN_new(), *y = BN_new();
  (void)state;
  assert_int_equal(EC_GROUP_get_curve(group, p, NULL, NULL, context), 1);
  for (counter = 0;; counter++) {
    size_t  n = strlen(LEDGER_SECOND_GENERATOR_STRING);
    uint8_t digest[32];
    memcpy(text, LEDGER_SECOND_GENERATOR_STRING, n);
    LedgerPutU32((uint8_t *)text + n, counter);
    assert_true(EVP_Q_digest(NULL, "SHA256", NULL, text, n + 4, digest, NULL));
    BN_bin2bn(digest, sizeof digest, x);
    if (BN_cmp(x, p) < 0 && EC_POINT_set_compressed_coordinates(group, point, x, 0, context)) break;
  }
  assert_int_equal(EC_POINT_get_affine_coordinates(group, point, x, y, context), 1);
  assert_false(BN_is_odd(y));
  assert_int_equal(EC_POINT_point2oct(group, point, POINT_CONVERSION_COMPRESSED, h.byte, sizeof h.byte, context),
                   sizeof h.byte);
  LedgerHexEncode(h.byte, sizeof h.byte, hex);
  assert_string_equal(hex, LEDGER_SECOND_GENERATOR_HEX);
  assert_int_equal(counter, 0); /* as the header says */

  assert_ok(LedgerPedersenSecondGenerator(pedersen, &h, &counter, &error), error);
  LedgerHexEncode(h.byte, sizeof h.byte, hex);
  assert_string_equal(hex, LEDGER_SECOND_GENERATOR_HEX);
  assert_int_equal(counter, 0);
  EC_POINT_free(point);
  BN_free(p), BN_free(x), BN_free(y);
}

static void GeneratorsAreTheCommitmentsOfOne(void **state)
{
  LedgerScalar one = {{0}};
  LedgerPoint  g   = Commit(1, &zero), h;
  uint8_t      bytes[LEDGER_POINT_BYTES];
  (void)state;
  one.byte[LEDGER_SCALAR_BYTES - 1] = 1;
  h                                 = Commit(0, &one);
  assert_int_equal(EC_POINT_point2oct(group, EC_GROUP_get0_generator(group), POINT_CONVERSION_COMPRESSED, bytes,
                                      sizeof bytes, context),
                   sizeof bytes);
  assert_memory_equal(g.byte, bytes, sizeof bytes);
  assert_true(LedgerPointEqual(&h, &(LedgerPoint[]){Point(LEDGER_SECOND_GENERATOR_HEX)}[0]));
  assert_false(LedgerPointEqual(&g, &h));
}

/* v G + r H in one call of OpenSSL without tables, with order - |v| for a negative v. */
static LedgerPoint Plainly(int64_t value, const LedgerScalar *blinding)
{
  LedgerPoint bytes = Point(LEDGER_SECOND_GENERATOR_HEX);
  EC_POINT   *h = EC_POINT_new(group), *sum = EC_POINT_new(group);
  BIGNUM     *v = BN_new(), *r = BN_bin2bn(blinding->byte, sizeof blinding->byte, NULL);
  uint8_t     size[8];
  LedgerPutU64(size, value < 0 ? -(uint64_t)value : (uint64_t)value);
  BN_bin2bn(size, sizeof size, v);
  if (value < 0) BN_sub(v, EC_GROUP_get0_order(group), v);
  assert_int_equal(EC_POINT_oct2point(group, h, bytes.byte, sizeof bytes.byte, context), 1);
  assert_int_equal(EC_POINT_mul(group, sum, v, h, r, context), 1);
  memset(bytes.byte, 0, sizeof bytes.byte);
  if (!EC_POINT_is_at_infinity(group, sum))
    EC_POINT_point2oct(group, sum, POINT_CONVERSION_COMPRESSED, bytes.byte, sizeof bytes.byte, context);
  EC_POINT_free(h), EC_POINT_free(sum);
  BN_free(v), BN_free(r);
  return bytes;
}

static void CommitmentsAreWhatOpenSslComputesPlainly(void **state)
{
  int64_t      value[CASES];
  LedgerScalar blinding[CASES];
  LedgerPoint  point[CASES];
  (void)state;
  for (size_t k = 0; k < CASES; k++) {
    value[k]    = RandomValue(k);
    blinding[k] = k % 7 == 3 ? zero : RandomScalar();
  }
  assert_ok(LedgerPedersenCommit(pedersen, CASES, value, blinding, point, &error), error);
  for (size_t k = 0; k < CASES; k++) {
    LedgerPoint plain = Plainly(value[k], &blinding[k]), one = Commit(value[k], &blinding[k]);
    assert_memory_equal(point[k].byte, plain.byte, sizeof plain.byte);
    assert_memory_equal(one.byte, plain.byte, sizeof plain.byte);
    assert_ok(LedgerPointCheck(pedersen, &point[k], &error), error);
  }
}

static void CommitmentsAddUpAsTheirValuesDo(void **state)
{
  (void)state;
  for (size_t k = 0; k < CASES; k++) {
    int64_t      a = RandomValue(k), b = RandomValue(CASES - 1 - k), c;
    LedgerScalar r = RandomScalar(), s = RandomScalar(), t;
    LedgerPoint  p = Commit(a, &r), q = Commit(b, &s), sum, expected;
    if (__builtin_add_overflow(a, b, &c)) continue;
    assert_ok(LedgerScalarAdd(pedersen, &r, &s, &t, &error), error);
    assert_ok(LedgerPointAdd(pedersen, &p, &q, &sum, &error), error);
    expected = Commit(c, &t);
    assert_memory_equal(sum.byte, expected.byte, sizeof sum.byte);
    expected = Commit(c == INT64_MAX ? c - 1 : c + 1, &t);
    assert_false(LedgerPointEqual(&sum, &expected));
  }
}

static void ASumHoldsWhenItsValuesSumToZero(void **state)
{
  (void)state;
  for (size_t n = 0; n < 24; n++) {
    LedgerPointSum sum;
    LedgerScalar   total = zero;
    __int128       left  = 0;
    assert_ok(LedgerPointSumCreate(pedersen, &sum, &error), error);
    for (size_t k = 0; k < n; k++) {
      int64_t      value    = k == 0 && n > 3 ? INT64_MIN : (int64_t)NextRandom(&seed) >> 6;
      LedgerScalar blinding = RandomScalar();
      LedgerPoint  point    = Commit(value, &blinding);
      assert_ok(LedgerPointSumAdd(sum, &point, &error), error);
      assert_ok(LedgerScalarAdd(pedersen, &total, &blinding, &total, &error), error);
      left -= value;
    }
    while (left) { /* what is left goes to accounts in the clear, each an int64 */
      int64_t value = left > INT64_MAX ? INT64_MAX : left < INT64_MIN ? INT64_MIN : (int64_t)left;
      LedgerPointSumAddValue(sum, value);
      left -= value;
    }
    assert_ok(LedgerPointSumCheck(sum, &total, &error), error);
    LedgerPointSumAddValue(sum, 1);
    assert_int_equal(LedgerPointSumCheck(sum, &total, &error), LEDGER_FALSE);
    LedgerPointSumAddValue(sum, -1);
    total.byte[LEDGER_SCALAR_BYTES - 1] ^= 1;
    assert_int_equal(LedgerPointSumCheck(sum, &total, &error), LEDGER_FALSE);
    LedgerPointSumDestroy(&sum);
  }
}

static void PointsHaveOneSpelling(void **state)
{
  static const char *const bad[] = {
      "044794866ef5645c9e0943f374de533d55fea17e818cf412b97996d3f3eeb1a7d5", /* no such form */
      "004794866ef5645c9e0943f374de533d55fea17e818cf412b97996d3f3eeb1a7d5", /* neither infinity nor a point */
      "020000000000000000000000000000000000000000000000000000000000000001", /* no y */
      "02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", /* x = p, would be 0 */
      "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", /* x > p */
      "010000000000000000000000000000000000000000000000000000000000000000", /* no infinity */
      "000000000000000000000000000000000000000000000000000000000000000001"};
  LedgerPoint infinity = Commit(0, &zero), sum, h = Point(LEDGER_SECOND_GENERATOR_HEX), minus;
  (void)state;
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    LedgerPoint point = Point(bad[k]);
    assert_int_equal(LedgerPointCheck(pedersen, &point, &error), LEDGER_FALSE);
    assert_int_equal(LedgerPointAdd(pedersen, &point, &infinity, &sum, &error), LEDGER_FALSE);
    assert_int_equal(LedgerPointWellFormed(&point), k == 2); /* which only the curve refuses */
  }
  assert_true(LedgerPointInfinite(&infinity));
  assert_ok(LedgerPointCheck(pedersen, &infinity, &error), error);
  minus         = h;
  minus.byte[0] = 0x03;
  assert_ok(LedgerPointAdd(pedersen, &h, &minus, &sum, &error), error);
  assert_true(LedgerPointInfinite(&sum));
  assert_ok(LedgerPointAdd(pedersen, &h, &infinity, &sum, &error), error);
  assert_true(LedgerPointEqual(&sum, &h));
}

static void ScalarsAreBelowTheOrder(void **state)
{
  LedgerScalar last = Scalar(order_hex), one = {{0}}, sum, ends[2];
  uint8_t      wide[LEDGER_WIDE_BYTES] = {0};
  int64_t      value                   = 5;
  LedgerPoint  point;
  (void)state;
  assert_false(LedgerScalarValid(&last));
  assert_int_equal(LedgerPedersenCommit(pedersen, 1, &value, &last, &point, &error), LEDGER_INPUT);
  one.byte[31] = 1;
  assert_int_equal(LedgerScalarAdd(pedersen, &last, &one, &sum, &error), LEDGER_INPUT);
  last.byte[31]--;
  assert_true(LedgerScalarValid(&last));
  assert_ok(LedgerScalarAdd(pedersen, &last, &one, &sum, &error), error);
  assert_memory_equal(sum.byte, zero.byte, sizeof zero.byte);
  ends[0] = Scalar(order_hex);
  memcpy(wide + 32, ends[0].byte, 32); /* the order itself */
  assert_ok(LedgerScalarReduce(pedersen, wide, &sum, &error), error);
  assert_memory_equal(sum.byte, zero.byte, sizeof zero.byte);
  memset(wide, 0xFF, sizeof wide); /* 2^512 - 1, checked with BN */
  assert_ok(LedgerScalarReduce(pedersen, wide, &sum, &error), error);
  {
    BIGNUM *number = BN_bin2bn(wide, sizeof wide, NULL), *rest = BN_new();
    assert_int_equal(BN_mod(rest, number, EC_GROUP_get0_order(group), context), 1);
    assert_int_equal(BN_bn2binpad(rest, ends[1].byte, 32), 32);
    assert_memory_equal(sum.byte, ends[1].byte, 32);
    BN_free(number), BN_free(rest);
  }
}

/* The argument against wrapping round: fewer than 2^64 values of 64 bits cannot reach the order, so a sum that is zero
   modulo the order is zero. Its ingredients: the order's size, and that only one integer in that range is a multiple. */
static void SumsOf64BitValuesCannotReachTheOrder(void **state)
{
  BIGNUM *largest = BN_new(), *order = BN_bin2bn(Scalar(order_hex).byte, 32, NULL);
  (void)state;
  assert_int_equal(BN_cmp(order, EC_GROUP_get0_order(group)), 0);
  assert_int_equal(BN_is_prime_ex(order, BN_prime_checks, context, NULL), 1);
  BN_one(largest);
  assert_int_equal(BN_lshift(largest, largest, 64 + 63), 1); /* 2^64 values, each at most 2^63 in size */
  assert_true(BN_cmp(largest, order) < 0);
  assert_int_equal(BN_num_bits(order), 256);
  BN_free(largest), BN_free(order);
}

static void SaltedHashIsSha256OfItsParts(void **state)
{
  uint8_t    text[2 + LEDGER_HASH_BYTES + 3] = {'a', 'b'}, digest[32];
  LedgerHash salt, hash;
  (void)state;
  memset(salt.byte, 0x5A, sizeof salt.byte);
  memset(text + 2, 0x5A, sizeof salt.byte);
  memcpy(text + 2 + LEDGER_HASH_BYTES, "xyz", 3);
  hash = LedgerSaltedHash("ab", &salt, "xyz", 3);
  assert_true(EVP_Q_digest(NULL, "SHA256", NULL, text, sizeof text, digest, NULL));
  assert_memory_equal(hash.byte, digest, sizeof digest);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(SecondGeneratorIsTheFirstPointOfItsString),
      cmocka_unit_test(GeneratorsAreTheCommitmentsOfOne),
      cmocka_unit_test(CommitmentsAreWhatOpenSslComputesPlainly),
      cmocka_unit_test(CommitmentsAddUpAsTheirValuesDo),
      cmocka_unit_test(ASumHoldsWhenItsValuesSumToZero),
      cmocka_unit_test(PointsHaveOneSpelling),
      cmocka_unit_test(ScalarsAreBelowTheOrder),
      cmocka_unit_test(SumsOf64BitValuesCannotReachTheOrder),
      cmocka_unit_test(SaltedHashIsSha256OfItsParts),
  };
  return cmocka_run_group_tests(tests, SetUp, TearDown);
}
