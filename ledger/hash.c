/* The hashes of the log's Merkle tree (RFC 6962, section 2.1). */

/* The low-level calls need no allocation and cannot fail, and a leaf costs little more than its compressions; through
   EVP the set-up of each digest would cost as much as the two or three compressions of a node. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/hash.h"

#include <openssl/sha.h>
#include <string.h>

#include "ledger/text.h"

LedgerHash LedgerHashEmpty(void)
{
  LedgerHash hash;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Final(hash.byte, &context);
  return hash;
}

LedgerHash LedgerHashLeaf(const void *entry, size_t size)
{
  const uint8_t prefix = 0x00;
  LedgerHash    hash;
  SHA256_CTX    context;
  SHA256_Init(&context);
  SHA256_Update(&context, &prefix, 1);
  if (size) SHA256_Update(&context, entry, size);
  SHA256_Final(hash.byte, &context);
  return hash;
}

LedgerHash LedgerHashNode(const LedgerHash *left, const LedgerHash *right)
{
  uint8_t    input[1 + 2 * LEDGER_HASH_BYTES];
  LedgerHash hash;
  SHA256_CTX context;
  input[0] = 0x01;
  memcpy(input + 1, left->byte, LEDGER_HASH_BYTES);
  memcpy(input + 1 + LEDGER_HASH_BYTES, right->byte, LEDGER_HASH_BYTES);
  SHA256_Init(&context);
  SHA256_Update(&context, input, sizeof input);
  SHA256_Final(hash.byte, &context);
  return hash;
}

bool LedgerHashEqual(const LedgerHash *a, const LedgerHash *b)
{
  return memcmp(a->byte, b->byte, LEDGER_HASH_BYTES) == 0;
}

void LedgerHashBase64(const LedgerHash *hash, char out[45])
{
  LedgerBase64Encode(hash->byte, LEDGER_HASH_BYTES, out);
}

void LedgerHashHex(const LedgerHash *hash, char out[65])
{
  LedgerHexEncode(hash->byte, LEDGER_HASH_BYTES, out);
}

bool LedgerHashParse(const char *text, size_t length, LedgerHash *hash)
{
  size_t size;
  return LedgerBase64Decode(text, length, hash->byte, LEDGER_HASH_BYTES, &size) && size == LEDGER_HASH_BYTES;
}
