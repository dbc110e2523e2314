/* Records of a log that hides names and amounts: the committed form of a settlement entry, the registration of an
   account, and a record of which only a salted hash is public. docs/privacy.md gives the bytes one by one. */
#ifndef ARCHIPELAGO_MARKET_COMMITTED_RECORD_H
#define ARCHIPELAGO_MARKET_COMMITTED_RECORD_H

#include "ledger/commitment.h"
#include "market/bytes.h"

/* What a salted hash is of: the first bytes that are hashed. */
#define COMMITTED_DOMAIN_ENTRY "archipelago/committed/entry/v1\n"     /* a settlement entry's bytes */
#define COMMITTED_DOMAIN_NAME "archipelago/committed/name/v1\n"       /* the participant's name in one entry */
#define COMMITTED_DOMAIN_ACCOUNT "archipelago/committed/account/v1\n" /* a registered participant's name */
#define COMMITTED_DOMAIN_RECORD "archipelago/committed/record/v1\n"   /* any other record's bytes */

typedef enum {
  COMMITTED_HIDDEN = 1, /* hashes and commitments */
  COMMITTED_CLEAR  = 2  /* the entry itself: an operator's account, its commitments have blinding zero */
} CommittedForm;

enum {
  COMMITTED_HEAD_SIZE   = 27,
  COMMITTED_HIDDEN_SIZE = COMMITTED_HEAD_SIZE + 2 * LEDGER_HASH_BYTES + 2 * LEDGER_POINT_BYTES,
  COMMITTED_RECORD_MAX  = COMMITTED_HEAD_SIZE + ENTRY_SIZE_MAX
};

/* Bytes that live elsewhere: a record of the log, an encoded settlement entry. */
typedef struct {
  const uint8_t *bytes;
  size_t         size;
} CommittedBytes;

/* Record type 6. What is in the clear in either form says where the entry counts. */
typedef struct {
  CommittedForm   form;
  uint32_t        window, region, interval, interval_seconds; /* as in the entry */
  int64_t         window_start;
  LedgerHash      entry_hash, name_hash; /* hidden: salted hashes of the entry and of its participant's name */
  LedgerPoint     quantity, amount;      /* hidden: commitments to Wh and to millionths of the currency */
  const uint8_t  *bytes;                 /* clear: the settlement entry ... */
  size_t          size;
  SettlementEntry entry; /* ... and what it says; set by CommittedRecordRead */
} CommittedRecord;

/* An operator's account: its name begins with '@'. */
bool CommittedNameIsOperator(EntryText name);

void CommittedRecordWrite(const CommittedRecord *record, MarketBytes *bytes);

/* Strict: what is accepted writes the very same bytes. Points have the canonical spelling and are not infinity, which
   would hide nothing; whether they are on the curve is left to whoever adds or opens them. Any failure is
   MARKET_MALFORMED. `bytes` and `entry` point into what was read. */
MarketStatus CommittedRecordRead(const uint8_t *bytes, size_t size, CommittedRecord *record, MarketError *error);

/* Record type 8: an account of the run, registered before the first window. */
typedef struct {
  CommittedForm form;
  LedgerHash    hash; /* hidden: salted hash of a participant's name */
  EntryText     name; /* clear: an operator's account; in a public run any */
} AccountRecord;

void         AccountRecordWrite(const AccountRecord *record, MarketBytes *bytes);
MarketStatus AccountRecordRead(const uint8_t *bytes, size_t size, AccountRecord *record, MarketError *error);

/* Record type 10: stands for a private record (a contract, a certificate event) by its salted hash. */
typedef struct {
  LedgerHash hash;
} HiddenRecord;

void         HiddenRecordWrite(const HiddenRecord *record, MarketBytes *bytes);
MarketStatus HiddenRecordRead(const uint8_t *bytes, size_t size, HiddenRecord *record, MarketError *error);

/* Reports what the ledger said under the market's status: LEDGER_FALSE is `refused`. */
MarketStatus MarketFromLedger(LedgerStatus status, MarketStatus refused, const LedgerError *ledger, MarketError *error);

#endif
