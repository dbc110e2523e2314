/* A region's secret: the key file from which all its blindings and salts come, so that they can be made again by its
   holder and guessed by nobody else. */
#ifndef ARCHIPELAGO_LEDGER_SECRET_H
#define ARCHIPELAGO_LEDGER_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/commitment.h"
#include "ledger/hash.h"
#include "ledger/status.h"

enum { LEDGER_SECRET_BYTES = 32 };

typedef struct LedgerSecret_s *LedgerSecret;

/* A new secret from the system's random source. LEDGER_INPUT for a name that no key may carry. */
LedgerStatus LedgerSecretCreate(const char *name, LedgerSecret *secret, LedgerError *error);

/* The secret of given bytes. */
LedgerStatus LedgerSecretFromBytes(const char *name, const uint8_t bytes[LEDGER_SECRET_BYTES], LedgerSecret *secret,
                                   LedgerError *error);

/* A secret from its string `ARCHIPELAGO+SECRET+name+base64(32 bytes)`; LEDGER_INPUT when malformed. No message ever
   shows a part of the string. */
LedgerStatus LedgerSecretParse(const char *text, size_t length, LedgerSecret *secret, LedgerError *error);

/* A secret from a file that holds its string and one newline; refused when group or others may read or write it. */
LedgerStatus LedgerSecretLoad(const char *path, LedgerSecret *secret, LedgerError *error);

/* Writes a new file with mode 0600; LEDGER_INPUT when there is a file already. */
LedgerStatus LedgerSecretSave(LedgerSecret secret, const char *path, LedgerError *error);

/* Loads the secret, or makes and saves one under the given name when there is no such file. Of processes that do
   so at once all have the secret of the first. LEDGER_INPUT when the secret in the file has another name. */
LedgerStatus LedgerSecretLoadOrCreate(const char *path, const char *name, LedgerSecret *secret, LedgerError *error);

/* Wipes the secret. Takes NULL; sets the handle to NULL. */
void LedgerSecretDestroy(LedgerSecret *secret);

const char *LedgerSecretName(LedgerSecret secret);

/* What a derived value is for. The numbers are those of the encoding. */
typedef enum {
  LEDGER_FIELD_QUANTITY = 1, /* blinding of a quantity */
  LEDGER_FIELD_AMOUNT   = 2, /* blinding of an amount */
  LEDGER_FIELD_ENTRY    = 3, /* salt of an entry's hash */
  LEDGER_FIELD_NAME     = 4, /* salt of the name in one entry */
  LEDGER_FIELD_ACCOUNT  = 5, /* salt of a registered account */
  LEDGER_FIELD_RECORD   = 6, /* salt of a hidden record, or of a window's stored inputs */
  LEDGER_FIELD_RUN      = 7  /* salt of what a run is, whose digest is the run's id */
} LedgerSecretField;

/* What a value is derived from. A run's positions never repeat within a field. */
typedef struct {
  LedgerHash run; /* the run's id */
  uint64_t   position;
  int64_t    quantity, amount; /* 0 where there is none */
  LedgerHash content;          /* SHA-256 of the bytes that are hidden, for the fields 5 and 6; zero otherwise */
} LedgerSecretInput;

/* HMAC-SHA-512 with the secret as its key over
     "archipelago/ledger/secret/v1" || 0x0A || run || field (u8) || position (u64) || quantity (i64) || amount (i64)
     || content,
   integers big endian. */
LedgerStatus LedgerSecretDerive(LedgerSecret secret, LedgerSecretField field, const LedgerSecretInput *input,
                                uint8_t value[LEDGER_WIDE_BYTES], LedgerError *error);

/* The 64 bytes modulo the order of P-256. */
LedgerStatus LedgerSecretBlinding(LedgerSecret secret, LedgerPedersen pedersen, LedgerSecretField field,
                                  const LedgerSecretInput *input, LedgerScalar *blinding, LedgerError *error);

/* The first 32 of the 64 bytes. */
LedgerStatus LedgerSecretSalt(LedgerSecret secret, LedgerSecretField field, const LedgerSecretInput *input,
                              LedgerHash *salt, LedgerError *error);

#endif
