/* Keys of signed notes: Ed25519 verifiers and signers, with the names and key ids under which notes know them. */
#ifndef ARCHIPELAGO_LEDGER_KEY_H
#define ARCHIPELAGO_LEDGER_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/bytes.h"
#include "ledger/status.h"

typedef enum { LEDGER_KEY_ED25519 = 0x01, LEDGER_KEY_COSIGNATURE = 0x04 } LedgerKeyType;

enum { LEDGER_KEY_BYTES = 32, LEDGER_SIGNATURE_BYTES = 64 };

typedef struct LedgerVerifier_s *LedgerVerifier;
typedef struct LedgerSigner_s   *LedgerSigner;

/* First four bytes of SHA-256(name || 0x0A || type || public key), as a big-endian number. */
uint32_t LedgerKeyId(const char *name, LedgerKeyType type, const uint8_t public_key[LEDGER_KEY_BYTES]);

/* A verifier from its parts. LEDGER_INPUT for a name that no note may carry. */
LedgerStatus LedgerVerifierCreate(const char *name, LedgerKeyType type, const uint8_t public_key[LEDGER_KEY_BYTES],
                                  LedgerVerifier *verifier, LedgerError *error);

/* Another handle of the same verifier. */
LedgerStatus LedgerVerifierCopy(LedgerVerifier verifier, LedgerVerifier *copy, LedgerError *error);

/* A verifier from its string `name+hex8(keyid)+base64(type || public key)`; LEDGER_INPUT when malformed. */
LedgerStatus LedgerVerifierParse(const char *text, size_t length, LedgerVerifier *verifier, LedgerError *error);

/* A verifier from a file that holds its string and one newline, nothing else. */
LedgerStatus LedgerVerifierLoad(const char *path, LedgerVerifier *verifier, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerVerifierDestroy(LedgerVerifier *verifier);

/* Appends the verifier's string. */
LedgerStatus LedgerVerifierWrite(LedgerVerifier verifier, LedgerBytes *out, LedgerError *error);

const char   *LedgerVerifierName(LedgerVerifier verifier);
uint32_t      LedgerVerifierKeyId(LedgerVerifier verifier);
LedgerKeyType LedgerVerifierType(LedgerVerifier verifier);
bool          LedgerVerifierEqual(LedgerVerifier a, LedgerVerifier b);

/* True for one public key, whatever its names and types. */
bool LedgerVerifierSameKey(LedgerVerifier a, LedgerVerifier b);

/* LEDGER_FALSE unless the 64 bytes are this key's Ed25519 signature of the message. */
LedgerStatus LedgerVerifierCheck(LedgerVerifier verifier, const void *message, size_t size,
                                 const uint8_t signature[LEDGER_SIGNATURE_BYTES], LedgerError *error);

/* A new key from the system's random source; for a log, `name` is its origin. */
LedgerStatus LedgerSignerCreate(const char *name, LedgerSigner *signer, LedgerError *error);

/* The key of a seed (RFC 8032). */
LedgerStatus LedgerSignerFromSeed(const char *name, LedgerKeyType type, const uint8_t seed[LEDGER_KEY_BYTES],
                                  LedgerSigner *signer, LedgerError *error);

/* A key from its string `PRIVATE+KEY+name+hex8(keyid)+base64(0x01 || seed)`; LEDGER_INPUT when malformed. No message
   ever shows a part of the string. */
LedgerStatus LedgerSignerParse(const char *text, size_t length, LedgerSigner *signer, LedgerError *error);

/* A key from a file that holds its string and one newline; refused when group or others may read or write the file. */
LedgerStatus LedgerSignerLoad(const char *path, LedgerSigner *signer, LedgerError *error);

/* The same for a witness: the key comes back as a cosigner's (type 0x04). A witness's key file has the form of any other
   private key's, as other programs write it too. */
LedgerStatus LedgerSignerLoadWitness(const char *path, LedgerSigner *signer, LedgerError *error);

/* Writes a new file with mode 0600; LEDGER_INPUT when there is a file already. Only a type 0x01 key has a file form. */
LedgerStatus LedgerSignerSave(LedgerSigner signer, const char *path, LedgerError *error);

/* Loads the key, or makes and saves one under the given name when there is no such file. Of processes that do so at
   once all have the key of the first. LEDGER_INPUT when the key in the file has another name. */
LedgerStatus LedgerSignerLoadOrCreate(const char *path, const char *name, LedgerSigner *signer, LedgerError *error);

/* Wipes the secret. Takes NULL; sets the handle to NULL. */
void LedgerSignerDestroy(LedgerSigner *signer);

/* The public half; owned by the signer. */
LedgerVerifier LedgerSignerVerifier(LedgerSigner signer);

LedgerStatus LedgerSignerSign(LedgerSigner signer, const void *message, size_t size,
                              uint8_t signature[LEDGER_SIGNATURE_BYTES], LedgerError *error);

/* The same secret as a cosigner's key (type 0x04), or as a plain one. */
LedgerStatus LedgerSignerAs(LedgerSigner signer, LedgerKeyType type, LedgerSigner *other, LedgerError *error);

#endif
