/* Certificates that lie in storages between two windows. */
#ifndef ARCHIPELAGO_MARKET_GRANULAR_STATE_H
#define ARCHIPELAGO_MARKET_GRANULAR_STATE_H

#include "market/granular_event.h"

typedef struct {
  uint8_t certificate[GRANULAR_DIGEST_BYTES];
  int64_t first, last; /* Wh that were charged */
} GranularStored;

/* What one participant's certificates in one storage are, oldest first. */
typedef struct {
  EntryText       storage, owner;
  size_t          n;
  GranularStored *stored; /* [n] */
} GranularInventory;

/* Start from {0}. */
typedef struct {
  size_t             n;
  GranularInventory *inventory; /* [n], ascending by storage and owner as bytes, none of them empty */
} GranularState;

/* Nothing stored is no bytes at all. */
void GranularStateWrite(const GranularState *state, MarketBytes *bytes);
/* Strict: what is accepted writes the very same bytes. Texts point into `bytes`. MALFORMED also when ranges of one
   certificate overlap. */
MarketStatus GranularStateRead(const uint8_t *bytes, size_t size, GranularState *state, MarketError *error);
void         GranularStateFree(GranularState *state);

#endif
