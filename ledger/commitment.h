/* Pedersen commitments on the curve P-256: C = v G + r H. C hides v as long as r is secret and uniform, and nobody can
   open C to a second value without knowing the discrete logarithm of H to the base G; commitments add up as their values
   do. (T. P. Pedersen, Non-Interactive and Information-Theoretic Secure Verifiable Secret Sharing, CRYPTO '91.) */
#ifndef ARCHIPELAGO_LEDGER_COMMITMENT_H
#define ARCHIPELAGO_LEDGER_COMMITMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/hash.h"
#include "ledger/status.h"

enum { LEDGER_POINT_BYTES = 33, LEDGER_SCALAR_BYTES = 32, LEDGER_WIDE_BYTES = 64 };

/* A point of the curve: 0x02 or 0x03 (y even or odd) and x, big endian and below the field's prime (SEC 1, section
   2.3.3, compressed); 33 zero bytes for the point at infinity. There is no other spelling. */
typedef struct {
  uint8_t byte[LEDGER_POINT_BYTES];
} LedgerPoint;

/* A number below the group's order, big endian. */
typedef struct {
  uint8_t byte[LEDGER_SCALAR_BYTES];
} LedgerScalar;

/* H comes from nobody's choice: for counter = 0, 1, 2, ... let x = SHA-256(string || counter as u32, big endian); H is
   the point with the first x that is below the field's prime and on the curve, y even. The counter is 0. */
#define LEDGER_SECOND_GENERATOR_STRING "archipelago/ledger/pedersen/P-256/second-generator/v1"
#define LEDGER_SECOND_GENERATOR_HEX "024794866ef5645c9e0943f374de533d55fea17e818cf412b97996d3f3eeb1a7d5"

/* The two generators with their tables. */
typedef struct LedgerPedersen_s *LedgerPedersen;

/* Takes some milliseconds; one is enough for a process (a handle may not be used by two threads at once). */
LedgerStatus LedgerPedersenCreate(LedgerPedersen *pedersen, LedgerError *error);
/* Takes NULL; sets the handle to NULL. */
void LedgerPedersenDestroy(LedgerPedersen *pedersen);

/* point[i] = value[i] G + blinding[i] H for i < n; a negative value v counts as order - |v|. A blinding that is not
   below the order is LEDGER_INPUT. Many at a time cost less each than one. */
LedgerStatus LedgerPedersenCommit(LedgerPedersen pedersen, size_t n, const int64_t *value, const LedgerScalar *blinding,
                                  LedgerPoint *point, LedgerError *error);

/* H as its definition gives it, with the counter. */
LedgerStatus LedgerPedersenSecondGenerator(LedgerPedersen pedersen, LedgerPoint *h, uint32_t *counter,
                                           LedgerError *error);

/* The spelling is canonical; whether the point is on the curve is not looked at. */
bool LedgerPointWellFormed(const LedgerPoint *point);
bool LedgerPointInfinite(const LedgerPoint *point);
bool LedgerPointEqual(const LedgerPoint *a, const LedgerPoint *b);

/* LEDGER_FALSE unless the bytes are the canonical form of a point of the curve, or of infinity. */
LedgerStatus LedgerPointCheck(LedgerPedersen pedersen, const LedgerPoint *point, LedgerError *error);

/* LEDGER_FALSE for a summand that is no point. */
LedgerStatus LedgerPointAdd(LedgerPedersen pedersen, const LedgerPoint *a, const LedgerPoint *b, LedgerPoint *sum,
                            LedgerError *error);

/* Below the order. */
bool LedgerScalarValid(const LedgerScalar *scalar);
/* Modulo the order; both valid. */
LedgerStatus LedgerScalarAdd(LedgerPedersen pedersen, const LedgerScalar *a, const LedgerScalar *b, LedgerScalar *sum,
                             LedgerError *error);
/* 64 bytes, big endian, modulo the order: the bias of the remainder is below 2^-256. */
LedgerStatus LedgerScalarReduce(LedgerPedersen pedersen, const uint8_t wide[LEDGER_WIDE_BYTES], LedgerScalar *scalar,
                                LedgerError *error);

/* A sum of commitments and of values in the clear, of any number of summands below 2^63. */
typedef struct LedgerPointSum_s *LedgerPointSum;

LedgerStatus LedgerPointSumCreate(LedgerPedersen pedersen, LedgerPointSum *sum, LedgerError *error);
void         LedgerPointSumDestroy(LedgerPointSum *sum);
/* LEDGER_FALSE for what is no point; the sum is then unchanged. */
LedgerStatus LedgerPointSumAdd(LedgerPointSum sum, const LedgerPoint *point, LedgerError *error);
/* Adds value G. */
void LedgerPointSumAddValue(LedgerPointSum sum, int64_t value);
/* LEDGER_OK when the sum is blinding x H, that is when the values in it add up to zero modulo the order; LEDGER_FALSE
   otherwise. */
LedgerStatus LedgerPointSumCheck(LedgerPointSum sum, const LedgerScalar *blinding, LedgerError *error);

/* SHA-256(domain || salt || bytes); the domain's final zero is not hashed. With a secret, uniform salt it says nothing
   of the bytes, and nobody finds other bytes for it. */
LedgerHash LedgerSaltedHash(const char *domain, const LedgerHash *salt, const void *bytes, size_t size);

#endif
