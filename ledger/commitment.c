/* Pedersen commitments on P-256, with OpenSSL's arithmetic. */

/* OpenSSL multiplies a group's generator in a sixth of the time of any other point, by tables that it makes itself; a
   group whose generator is H has them too. The calls that this and a shared inversion need have no successor yet. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/commitment.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/bytes.h"
#include "ledger/text.h"

enum { BATCH = 64 }; /* points whose coordinates share one inversion */

struct LedgerPedersen_s {
  EC_GROUP    *g, *h; /* the curve with generator G, and with generator H */
  BN_CTX      *context;
  BIGNUM      *number, *other;
  BIGNUM      *prime, *a, *b; /* of the curve's equation y^2 = x^3 + a x + b */
  BIGNUM      *root;          /* (prime + 1) / 4: a square's root is this power of it */
  BN_MONT_CTX *field;
  EC_POINT    *point, *addend;
  EC_POINT    *batch[BATCH];
};

struct LedgerPointSum_s {
  LedgerPedersen pedersen;
  EC_POINT      *point;
  __int128       clear;
};

/* The prime of the field and the order of the group (SP 800-186, section 3.2.1.3). */
static const uint8_t prime[LEDGER_SCALAR_BYTES] = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
                                                   0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
                                                   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t order[LEDGER_SCALAR_BYTES] = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                                                   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                                                   0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};

#define LedgerNoArithmetic(error) LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL's arithmetic on P-256 failed")

/* Sets `status` and leaves for `out` when a call to OpenSSL fails. */
#define ARITHMETIC(call)                  \
  do {                                    \
    if (!(call)) {                        \
      status = LedgerNoArithmetic(error); \
      goto out;                           \
    }                                     \
  } while (0)

static void Wipe(LedgerPedersen p)
{
  BN_clear(p->number);
  BN_clear(p->other);
}

/* What square roots in the field take. */
static bool PrepareField(LedgerPedersen p)
{
  p->prime = BN_new();
  p->a     = BN_new();
  p->b     = BN_new();
  p->root  = BN_new();
  p->field = BN_MONT_CTX_new();
  return p->prime && p->a && p->b && p->root && p->field &&
         EC_GROUP_get_curve(p->g, p->prime, p->a, p->b, p->context) &&
         BN_MONT_CTX_set(p->field, p->prime, p->context) && BN_copy(p->root, p->prime) && BN_add_word(p->root, 1) &&
         BN_rshift(p->root, p->root, 2);
}

/* Moves the second group's generator to H and has its table made. */
static bool UseSecondGenerator(LedgerPedersen p)
{
  LedgerPoint h;
  if (!LedgerHexDecode(LEDGER_SECOND_GENERATOR_HEX, 2 * LEDGER_POINT_BYTES, false, h.byte, sizeof h.byte)) return false;
  return EC_POINT_oct2point(p->g, p->point, h.byte, sizeof h.byte, p->context) &&
         EC_GROUP_set_generator(p->h, p->point, EC_GROUP_get0_order(p->g), BN_value_one()) &&
         EC_GROUP_precompute_mult(p->h, p->context);
}

LedgerStatus LedgerPedersenCreate(LedgerPedersen *pedersen, LedgerError *error)
{
  LedgerPedersen p    = calloc(1, sizeof *p);
  bool           made = true;
  *pedersen           = NULL;
  if (!p) return LedgerNoMemory(error);
  p->g       = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  p->h       = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  p->context = BN_CTX_new();
  p->number  = BN_new();
  p->other   = BN_new();
  made       = p->g && p->h && p->context && p->number && p->other && PrepareField(p);
  if (made) made = (p->point = EC_POINT_new(p->g)) && (p->addend = EC_POINT_new(p->g));
  for (size_t k = 0; made && k < BATCH; k++) made = (p->batch[k] = EC_POINT_new(p->g)) != NULL;
  if (!made || !UseSecondGenerator(p)) {
    LedgerPedersenDestroy(&p);
    return LedgerNoArithmetic(error);
  }
  *pedersen = p;
  return LEDGER_OK;
}

void LedgerPedersenDestroy(LedgerPedersen *pedersen)
{
  LedgerPedersen p = *pedersen;
  if (!p) return;
  for (size_t k = 0; k < BATCH; k++) EC_POINT_clear_free(p->batch[k]);
  EC_POINT_clear_free(p->point);
  EC_POINT_clear_free(p->addend);
  BN_clear_free(p->number);
  BN_clear_free(p->other);
  BN_free(p->prime);
  BN_free(p->a);
  BN_free(p->b);
  BN_free(p->root);
  BN_MONT_CTX_free(p->field);
  BN_CTX_free(p->context);
  EC_GROUP_free(p->g);
  EC_GROUP_free(p->h);
  free(p);
  *pedersen = NULL;
}

bool LedgerScalarValid(const LedgerScalar *scalar)
{
  return memcmp(scalar->byte, order, sizeof order) < 0;
}

bool LedgerPointInfinite(const LedgerPoint *point)
{
  static const LedgerPoint infinity = {{0}};
  return LedgerPointEqual(point, &infinity);
}

bool LedgerPointEqual(const LedgerPoint *a, const LedgerPoint *b)
{
  return memcmp(a->byte, b->byte, LEDGER_POINT_BYTES) == 0;
}

bool LedgerPointWellFormed(const LedgerPoint *point)
{
  if (point->byte[0] == 0x02 || point->byte[0] == 0x03) return memcmp(point->byte + 1, prime, sizeof prime) < 0;
  return LedgerPointInfinite(point);
}

/* The point with this x and a y that is odd or even; false when there is none. OpenSSL's own decompression takes half as
   long again: it does not use that the prime is 3 modulo 4. A y that is no root of x^3 + a x + b does not get past
   EC_POINT_set_affine_coordinates, which checks that the point is on the curve. */
static bool Decompress(LedgerPedersen p, const uint8_t x[LEDGER_SCALAR_BYTES], bool odd, EC_POINT *point)
{
  BIGNUM *number = p->number, *y = p->other;
  return BN_bin2bn(x, LEDGER_SCALAR_BYTES, number) && BN_mod_sqr(y, number, p->prime, p->context) &&
         BN_mod_add_quick(y, y, p->a, p->prime) && BN_mod_mul(y, y, number, p->prime, p->context) &&
         BN_mod_add_quick(y, y, p->b, p->prime) && BN_mod_exp_mont(y, y, p->root, p->prime, p->context, p->field) &&
         ((bool)BN_is_odd(y) == odd || BN_sub(y, p->prime, y)) &&
         EC_POINT_set_affine_coordinates(p->g, point, number, y, p->context);
}

static LedgerStatus ReadPoint(LedgerPedersen p, const LedgerPoint *bytes, EC_POINT *point, LedgerError *error)
{
  if (!LedgerPointWellFormed(bytes)) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "point is not in compressed form: 0x02 or 0x03 and x below the prime");
  }
  if (LedgerPointInfinite(bytes)) {
    return EC_POINT_set_to_infinity(p->g, point) ? LEDGER_OK : LedgerNoArithmetic(error);
  }
  if (!Decompress(p, bytes->byte + 1, bytes->byte[0] == 0x03, point)) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "point is not on the curve P-256");
  }
  return LEDGER_OK;
}

static bool WritePoint(LedgerPedersen p, const EC_POINT *point, LedgerPoint *bytes)
{
  if (EC_POINT_is_at_infinity(p->g, point)) {
    memset(bytes->byte, 0, sizeof bytes->byte);
    return true;
  }
  return EC_POINT_point2oct(p->g, point, POINT_CONVERSION_COMPRESSED, bytes->byte, sizeof bytes->byte, p->context) ==
         sizeof bytes->byte;
}

/* The same for a point whose third projective coordinate is one already: no inversion, which would take longer than the
   rest of a commitment's writing. */
static bool WriteAffine(LedgerPedersen p, const EC_POINT *point, LedgerPoint *bytes)
{
  if (EC_POINT_is_at_infinity(p->g, point)) return WritePoint(p, point, bytes);
  if (!EC_POINT_get_Jprojective_coordinates_GFp(p->g, point, p->number, p->other, NULL, p->context)) return false;
  bytes->byte[0] = BN_is_odd(p->other) ? 0x03 : 0x02;
  return BN_bn2binpad(p->number, bytes->byte + 1, LEDGER_SCALAR_BYTES) == LEDGER_SCALAR_BYTES;
}

LedgerStatus LedgerPointCheck(LedgerPedersen pedersen, const LedgerPoint *point, LedgerError *error)
{
  return ReadPoint(pedersen, point, pedersen->point, error);
}

LedgerStatus LedgerPointAdd(LedgerPedersen p, const LedgerPoint *a, const LedgerPoint *b, LedgerPoint *sum,
                            LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(ReadPoint(p, a, p->point, error));
  LEDGER_TRY(ReadPoint(p, b, p->addend, error));
  ARITHMETIC(EC_POINT_add(p->g, p->point, p->point, p->addend, p->context) && WritePoint(p, p->point, sum));
out:
  return status;
}

/* point = value G, the value given by its size and its sign. */
static bool MultiplyG(LedgerPedersen p, const uint8_t *size, size_t bytes, bool negative, EC_POINT *point)
{
  return BN_bin2bn(size, (int)bytes, p->number) && EC_POINT_mul(p->g, point, p->number, NULL, NULL, p->context) &&
         (!negative || EC_POINT_invert(p->g, point, p->context));
}

static bool MultiplyH(LedgerPedersen p, const LedgerScalar *scalar, EC_POINT *point)
{
  return BN_bin2bn(scalar->byte, sizeof scalar->byte, p->number) &&
         EC_POINT_mul(p->h, point, p->number, NULL, NULL, p->context);
}

static bool CommitOne(LedgerPedersen p, int64_t value, const LedgerScalar *blinding, EC_POINT *point)
{
  uint8_t size[8];
  bool    done;
  LedgerPutU64(size, value < 0 ? -(uint64_t)value : (uint64_t)value);
  done = MultiplyG(p, size, sizeof size, value < 0, p->addend) && MultiplyH(p, blinding, point) &&
         EC_POINT_add(p->g, point, point, p->addend, p->context);
  OPENSSL_cleanse(size, sizeof size);
  return done;
}

LedgerStatus LedgerPedersenCommit(LedgerPedersen p, size_t n, const int64_t *value, const LedgerScalar *blinding,
                                  LedgerPoint *point, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  for (size_t start = 0; start < n; start += BATCH) {
    size_t count = n - start < BATCH ? n - start : BATCH;
    for (size_t k = 0; k < count; k++) {
      if (!LedgerScalarValid(&blinding[start + k])) {
        status = LedgerFail(error, LEDGER_INPUT, NULL, "blinding is not below the order of P-256");
        goto out;
      }
      ARITHMETIC(CommitOne(p, value[start + k], &blinding[start + k], p->batch[k]));
    }
    ARITHMETIC(EC_POINTs_make_affine(p->g, count, p->batch, p->context));
    for (size_t k = 0; k < count; k++) ARITHMETIC(WriteAffine(p, p->batch[k], &point[start + k]));
  }
out:
  Wipe(p);
  return status;
}

LedgerStatus LedgerPedersenSecondGenerator(LedgerPedersen p, LedgerPoint *h, uint32_t *counter, LedgerError *error)
{
  uint8_t text[sizeof LEDGER_SECOND_GENERATOR_STRING - 1 + 4] = LEDGER_SECOND_GENERATOR_STRING;
  h->byte[0]                                                  = 0x02;
  for (*counter = 0; *counter < 256; ++*counter) {
    LedgerPutU32(text + sizeof text - 4, *counter);
    SHA256(text, sizeof text, h->byte + 1);
    if (LedgerPointCheck(p, h, NULL) == LEDGER_OK) return LEDGER_OK;
  }
  return LedgerNoArithmetic(error);
}

LedgerStatus LedgerScalarAdd(LedgerPedersen p, const LedgerScalar *a, const LedgerScalar *b, LedgerScalar *sum,
                             LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  if (!LedgerScalarValid(a) || !LedgerScalarValid(b)) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "scalar is not below the order of P-256");
  }
  ARITHMETIC(BN_bin2bn(a->byte, sizeof a->byte, p->number) && BN_bin2bn(b->byte, sizeof b->byte, p->other));
  ARITHMETIC(BN_mod_add_quick(p->number, p->number, p->other, EC_GROUP_get0_order(p->g)));
  ARITHMETIC(BN_bn2binpad(p->number, sum->byte, sizeof sum->byte) == sizeof sum->byte);
out:
  Wipe(p);
  return status;
}

LedgerStatus LedgerScalarReduce(LedgerPedersen p, const uint8_t wide[LEDGER_WIDE_BYTES], LedgerScalar *scalar,
                                LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  ARITHMETIC(BN_bin2bn(wide, LEDGER_WIDE_BYTES, p->other));
  ARITHMETIC(BN_nnmod(p->number, p->other, EC_GROUP_get0_order(p->g), p->context));
  ARITHMETIC(BN_bn2binpad(p->number, scalar->byte, sizeof scalar->byte) == sizeof scalar->byte);
out:
  Wipe(p);
  return status;
}

LedgerStatus LedgerPointSumCreate(LedgerPedersen pedersen, LedgerPointSum *sum, LedgerError *error)
{
  LedgerPointSum s = calloc(1, sizeof *s);
  *sum             = NULL;
  if (!s) return LedgerNoMemory(error);
  s->pedersen = pedersen;
  s->point    = EC_POINT_new(pedersen->g); /* infinity */
  if (!s->point) {
    LedgerPointSumDestroy(&s);
    return LedgerNoMemory(error);
  }
  *sum = s;
  return LEDGER_OK;
}

void LedgerPointSumDestroy(LedgerPointSum *sum)
{
  if (!*sum) return;
  EC_POINT_clear_free((*sum)->point);
  free(*sum);
  *sum = NULL;
}

LedgerStatus LedgerPointSumAdd(LedgerPointSum sum, const LedgerPoint *point, LedgerError *error)
{
  LedgerPedersen p      = sum->pedersen;
  LedgerStatus   status = ReadPoint(p, point, p->addend, error);
  if (status != LEDGER_OK) return status;
  return EC_POINT_add(p->g, sum->point, sum->point, p->addend, p->context) ? LEDGER_OK : LedgerNoArithmetic(error);
}

void LedgerPointSumAddValue(LedgerPointSum sum, int64_t value)
{
  sum->clear += value;
}

LedgerStatus LedgerPointSumCheck(LedgerPointSum sum, const LedgerScalar *blinding, LedgerError *error)
{
  LedgerStatus      status = LEDGER_OK;
  LedgerPedersen    p      = sum->pedersen;
  unsigned __int128 size   = sum->clear < 0 ? -(unsigned __int128)sum->clear : (unsigned __int128)sum->clear;
  uint8_t           bytes[16];
  if (!LedgerScalarValid(blinding)) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "sum of the blindings is not below the order of P-256");
  }
  LedgerPutU64(bytes, (uint64_t)(size >> 64));
  LedgerPutU64(bytes + 8, (uint64_t)size);
  ARITHMETIC(MultiplyG(p, bytes, sizeof bytes, sum->clear < 0, p->addend));
  ARITHMETIC(EC_POINT_add(p->g, p->addend, p->addend, sum->point, p->context));
  ARITHMETIC(MultiplyH(p, blinding, p->point));
  if (EC_POINT_cmp(p->g, p->addend, p->point, p->context) != 0) {
    status = LedgerFail(error, LEDGER_FALSE, NULL,
                        "commitments do not add up to the stated blinding times the second generator: their values "
                        "do not sum to zero, or the stated blinding is wrong");
  }
out:
  return status;
}

LedgerHash LedgerSaltedHash(const char *domain, const LedgerHash *salt, const void *bytes, size_t size)
{
  LedgerHash hash;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, domain, strlen(domain));
  SHA256_Update(&context, salt->byte, sizeof salt->byte);
  if (size) SHA256_Update(&context, bytes, size);
  SHA256_Final(hash.byte, &context);
  OPENSSL_cleanse(&context, sizeof context);
  return hash;
}
