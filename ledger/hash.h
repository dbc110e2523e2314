/* The hashes of the log's Merkle tree (RFC 6962, section 2.1). */
#ifndef ARCHIPELAGO_LEDGER_HASH_H
#define ARCHIPELAGO_LEDGER_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEDGER_HASH_BYTES = 32 };

typedef struct {
  uint8_t byte[LEDGER_HASH_BYTES];
} LedgerHash;

/* Root of the tree without leaves: SHA-256 of nothing. */
LedgerHash LedgerHashEmpty(void);

/* SHA-256(0x00 || entry). */
LedgerHash LedgerHashLeaf(const void *entry, size_t size);

/* SHA-256(0x01 || left || right). */
LedgerHash LedgerHashNode(const LedgerHash *left, const LedgerHash *right);

/* The same for `n` pairs of neighbours, quicker than one by one: parents[k] over children[2k] and children[2k + 1]. The
   two arrays may begin at one place. */
void LedgerHashNodes(const LedgerHash *children, size_t n, LedgerHash *parents);

bool LedgerHashEqual(const LedgerHash *a, const LedgerHash *b);

/* Text forms of a hash, each with its final zero. */
void LedgerHashBase64(const LedgerHash *hash, char out[45]);
void LedgerHashHex(const LedgerHash *hash, char out[65]);

/* False unless the text is the canonical base64 of 32 bytes. */
bool LedgerHashParse(const char *text, size_t length, LedgerHash *hash);

#endif
