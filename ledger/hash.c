/* The hashes of the log's Merkle tree (RFC 6962, section 2.1). */

/* The low-level calls need no allocation and cannot fail, and a leaf costs little more than its compressions; through
   EVP the set-up of each digest would cost as much as the two or three compressions of a node. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/hash.h"

#include <openssl/sha.h>
#include <string.h>

#include "ledger/bytes.h"
#include "ledger/text.h"

enum { BLOCK_BYTES = 64, SHORT_BLOCKS = 8, LENGTH_BYTES = 8 };

LedgerHash LedgerHashEmpty(void)
{
  LedgerHash hash;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Final(hash.byte, &context);
  return hash;
}

/* SHA-256 of a short message that lies in whole blocks with room for its padding (FIPS 180-4, section 5.1.1). Compressing
   the blocks directly spares the copying of the streaming calls, which counts for messages of a few blocks. */
static LedgerHash HashShort(uint8_t message[SHORT_BLOCKS * BLOCK_BYTES], size_t size)
{
  size_t     end = (size + LENGTH_BYTES) / BLOCK_BYTES * BLOCK_BYTES + BLOCK_BYTES;
  LedgerHash hash;
  SHA256_CTX context;
  message[size] = 0x80;
  memset(message + size + 1, 0, end - LENGTH_BYTES - size - 1);
  LedgerPutU64(message + end - LENGTH_BYTES, 8 * (uint64_t)size);
  SHA256_Init(&context);
  for (size_t at = 0; at < end; at += BLOCK_BYTES) SHA256_Transform(&context, message + at);
  for (size_t k = 0; k < LEDGER_HASH_BYTES / 4; k++) LedgerPutU32(hash.byte + 4 * k, context.h[k]);
  return hash;
}

LedgerHash LedgerHashLeaf(const void *entry, size_t size)
{
  uint8_t    message[SHORT_BLOCKS * BLOCK_BYTES];
  LedgerHash hash;
  SHA256_CTX context;
  message[0] = 0x00;
  if (size + 2 + LENGTH_BYTES <= sizeof message) { /* prefix, entry, the padding's first byte and the length */
    if (size) memcpy(message + 1, entry, size);
    return HashShort(message, 1 + size);
  }
  SHA256_Init(&context);
  SHA256_Update(&context, message, 1);
  SHA256_Update(&context, entry, size);
  SHA256_Final(hash.byte, &context);
  return hash;
}

LedgerHash LedgerHashNode(const LedgerHash *left, const LedgerHash *right)
{
  uint8_t message[SHORT_BLOCKS * BLOCK_BYTES];
  message[0] = 0x01;
  memcpy(message + 1, left->byte, LEDGER_HASH_BYTES);
  memcpy(message + 1 + LEDGER_HASH_BYTES, right->byte, LEDGER_HASH_BYTES);
  return HashShort(message, 1 + 2 * LEDGER_HASH_BYTES);
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
