/* The hashes of the log's Merkle tree (RFC 6962, section 2.1). */

/* The low-level calls need no allocation and cannot fail, and a leaf costs little more than its compressions; through
   EVP the set-up of each digest would cost as much as the two or three compressions of a node. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/hash.h"

#include <endian.h>
#include <openssl/sha.h>
#include <string.h>

#include "ledger/text.h"

enum { BLOCK_BYTES = 64, SHORT_BLOCKS = 8, LENGTH_BYTES = 8, NODE_MESSAGE = 2 * BLOCK_BYTES, NODE_BATCH = 4 };

/* The first 32 bits of the fractional parts of the square roots of the first eight primes (FIPS 180-4, 5.3.3). */
static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

typedef uint32_t Words __attribute__((vector_size(16)));

/* The state's words as big-endian bytes, four at a time: stored in pieces, they would have to leave the processor's store
   buffer before the next hash could load them whole. */
static inline void PutState(const uint32_t state[8], LedgerHash *hash)
{
  for (size_t k = 0; k < 2; k++) {
    Words w;
    memcpy(&w, state + 4 * k, sizeof w);
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
      w = (w << 24) | ((w & 0xff00) << 8) | ((w >> 8) & 0xff00) | (w >> 24);
    }
    memcpy(hash->byte + 16 * k, &w, sizeof w);
  }
}

static inline void PutBigEndian64(uint8_t out[8], uint64_t value)
{
  value = htobe64(value);
  memcpy(out, &value, sizeof value);
}

LedgerHash LedgerHashEmpty(void)
{
  LedgerHash hash;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Final(hash.byte, &context);
  return hash;
}

/* SHA-256 of a message that lies in whole blocks with its padding. All blocks are compressed in one call, without the
   streaming calls' copying and set-up, which count for messages of a few blocks. */
static inline void HashBlocks(const uint8_t *message, size_t bytes, LedgerHash *hash)
{
  SHA256_CTX context;
  /* What SHA256_Init sets, but for the buffer of a block's beginning, which whole blocks do not use. */
  memcpy(context.h, initial, sizeof initial);
  context.Nl = context.Nh = 0;
  context.num             = 0;
  context.md_len          = SHA256_DIGEST_LENGTH;
  SHA256_Update(&context, message, bytes);
  PutState(context.h, hash);
}

/* Size of a message with its padding (FIPS 180-4, section 5.1.1). */
static inline size_t PaddedSize(size_t size)
{
  return (size + LENGTH_BYTES) / BLOCK_BYTES * BLOCK_BYTES + BLOCK_BYTES;
}

/* Writes the padding of a message of `size` bytes that is yet to be put in front of it. What it clears has sizes that the
   compiler knows and so small that it stores zeros (and no string instruction, which costs more than a node's padding);
   the message overwrites what is too much. */
static inline void Pad(uint8_t *message, size_t size, size_t padded)
{
  if (padded > BLOCK_BYTES) memset(message + padded - 2 * BLOCK_BYTES, 0, BLOCK_BYTES);
  memset(message + padded - BLOCK_BYTES, 0, BLOCK_BYTES);
  message[size] = 0x80;
  PutBigEndian64(message + padded - LENGTH_BYTES, 8 * (uint64_t)size);
}

static LedgerHash HashLong(const void *entry, size_t size)
{
  LedgerHash hash;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, "", 1);
  SHA256_Update(&context, entry, size);
  SHA256_Final(hash.byte, &context);
  return hash;
}

LedgerHash LedgerHashLeaf(const void *entry, size_t size)
{
  uint8_t    message[SHORT_BLOCKS * BLOCK_BYTES];
  size_t     padded = PaddedSize(1 + size);
  LedgerHash hash;
  if (size > sizeof message || padded > sizeof message) return HashLong(entry, size);
  Pad(message, 1 + size, padded);
  message[0] = 0x00;
  if (size) memcpy(message + 1, entry, size);
  HashBlocks(message, padded, &hash);
  return hash;
}

LedgerHash LedgerHashNode(const LedgerHash *left, const LedgerHash *right)
{
  const LedgerHash children[2] = {*left, *right};
  LedgerHash       hash;
  LedgerHashNodes(children, 1, &hash);
  return hash;
}

void LedgerHashNodes(const LedgerHash *children, size_t n, LedgerHash *parents)
{
  /* Several messages are laid out before the first is hashed: a processor that has just stored bytes waits to load them
     again in other widths. */
  uint8_t message[NODE_BATCH][NODE_MESSAGE];
  size_t  batch = n < NODE_BATCH ? n : NODE_BATCH;
  for (size_t j = 0; j < batch; j++) {
    Pad(message[j], 1 + 2 * LEDGER_HASH_BYTES, NODE_MESSAGE);
    message[j][0] = 0x01;
  }
  for (size_t k = 0; k < n; k += batch) {
    if (batch > n - k) batch = n - k;
    for (size_t j = 0; j < batch; j++) memcpy(message[j] + 1, children + 2 * (k + j), 2 * sizeof *children);
    for (size_t j = 0; j < batch; j++) HashBlocks(message[j], NODE_MESSAGE, parents + k + j);
  }
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
