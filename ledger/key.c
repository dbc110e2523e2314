/* Keys of signed notes. */
#include "ledger/key.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/file.h"
#include "ledger/text.h"

struct LedgerVerifier_s {
  char         *name;
  uint32_t      id;
  LedgerKeyType type;
  uint8_t       public_key[LEDGER_KEY_BYTES];
  EVP_PKEY     *key;
};

struct LedgerSigner_s {
  LedgerVerifier verifier;
  uint8_t        seed[LEDGER_KEY_BYTES];
  EVP_PKEY      *key;
};

enum { KEY_FILE_MAX = 4096 };

static const char private_prefix[] = "PRIVATE+KEY+";

uint32_t LedgerKeyId(const char *name, LedgerKeyType type, const uint8_t public_key[LEDGER_KEY_BYTES])
{
  uint8_t     digest[EVP_MAX_MD_SIZE] = {0};
  uint8_t     head[2]                 = {'\n', (uint8_t)type};
  EVP_MD_CTX *context                 = EVP_MD_CTX_new();
  if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL)) {
    EVP_DigestUpdate(context, name, strlen(name));
    EVP_DigestUpdate(context, head, sizeof head);
    EVP_DigestUpdate(context, public_key, LEDGER_KEY_BYTES);
    EVP_DigestFinal_ex(context, digest, NULL);
  }
  EVP_MD_CTX_free(context);
  return LedgerGetU32(digest);
}

static bool TypeValid(int type)
{
  return type == LEDGER_KEY_ED25519 || type == LEDGER_KEY_COSIGNATURE;
}

LedgerStatus LedgerVerifierCreate(const char *name, LedgerKeyType type, const uint8_t public_key[LEDGER_KEY_BYTES],
                                  LedgerVerifier *verifier, LedgerError *error)
{
  LedgerVerifier v = NULL;
  *verifier        = NULL;
  if (!LedgerKeyNameValid(name, strlen(name)) || !TypeValid(type)) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "`%s` is no key name (a space, a plus sign, or not UTF-8)", name);
  }
  v = calloc(1, sizeof *v);
  if (!v) return LedgerNoMemory(error);
  v->type = type;
  v->id   = LedgerKeyId(name, type, public_key);
  v->name = strdup(name);
  v->key  = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, LEDGER_KEY_BYTES);
  memcpy(v->public_key, public_key, LEDGER_KEY_BYTES);
  if (!v->name || !v->key) {
    LedgerVerifierDestroy(&v);
    return LedgerNoMemory(error);
  }
  *verifier = v;
  return LEDGER_OK;
}

LedgerStatus LedgerVerifierCopy(LedgerVerifier verifier, LedgerVerifier *copy, LedgerError *error)
{
  return LedgerVerifierCreate(verifier->name, verifier->type, verifier->public_key, copy, error);
}

void LedgerVerifierDestroy(LedgerVerifier *verifier)
{
  if (!*verifier) return;
  EVP_PKEY_free((*verifier)->key);
  free((*verifier)->name);
  free(*verifier);
  *verifier = NULL;
}

/* Splits `name+hex8+base64(type || 32 bytes)`; the caller frees *name. */
static LedgerStatus SplitKey(const char *text, size_t length, char **name, uint32_t *id, uint8_t body[33],
                             LedgerError *error)
{
  const char *plus = length ? memchr(text, '+', length) : NULL;
  size_t      n    = plus ? (size_t)(plus - text) : 0;
  size_t      size = 0;
  uint8_t     hex[4];
  *name = NULL;
  if (!plus || length < n + 10 || text[n + 9] != '+') {
    return LedgerFail(error, LEDGER_INPUT, NULL, "key is not of the form name+8 hexadecimal digits+base64");
  }
  if (!LedgerKeyNameValid(text, n)) return LedgerFail(error, LEDGER_INPUT, NULL, "key has no valid name");
  if (!LedgerHexDecode(text + n + 1, 8, false, hex, sizeof hex)) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "key id is not 8 lower-case hexadecimal digits");
  }
  if (!LedgerBase64Decode(text + n + 10, length - n - 10, body, 33, &size) || size != 33) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "key's last part is not the base64 of 33 bytes");
  }
  *name = strndup(text, n);
  *id   = LedgerGetU32(hex);
  return *name ? LEDGER_OK : LedgerNoMemory(error);
}

LedgerStatus LedgerVerifierParse(const char *text, size_t length, LedgerVerifier *verifier, LedgerError *error)
{
  LedgerStatus status;
  uint8_t      body[33];
  uint32_t     id   = 0;
  char        *name = NULL;
  *verifier         = NULL;
  LEDGER_TRY(SplitKey(text, length, &name, &id, body, error));
  if (!TypeValid(body[0])) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "key type 0x%02x; 0x01 (Ed25519) or 0x04 (cosignature) expected",
                        body[0]);
    goto out;
  }
  LEDGER_TRY(LedgerVerifierCreate(name, (LedgerKeyType)body[0], body + 1, verifier, error));
  if ((*verifier)->id != id) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "key id %08" PRIx32 " does not belong to this key (%08" PRIx32 ")",
                        id, (*verifier)->id);
  }
out:
  free(name);
  if (status != LEDGER_OK) LedgerVerifierDestroy(verifier);
  return status;
}

/* Puts a file's name in front of a message. */
static LedgerStatus InFile(LedgerStatus status, const char *path, LedgerError *error)
{
  LedgerError inner;
  if (status == LEDGER_OK || !error) return status;
  inner = *error;
  return LedgerFail(error, status, path, "%s", inner.text);
}

LedgerStatus LedgerVerifierLoad(const char *path, LedgerVerifier *verifier, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  bytes = {0};
  *verifier          = NULL;
  LEDGER_TRY(LedgerFileRead(path, KEY_FILE_MAX, LEDGER_INPUT, &bytes, error));
  if (!bytes.size || bytes.data[bytes.size - 1] != '\n') {
    status = LedgerFail(error, LEDGER_INPUT, path, "is not one verifier key and a newline");
    goto out;
  }
  LEDGER_TRY(InFile(LedgerVerifierParse((char *)bytes.data, bytes.size - 1, verifier, error), path, error));
out:
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus LedgerVerifierWrite(LedgerVerifier verifier, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  uint8_t      body[1 + LEDGER_KEY_BYTES];
  body[0] = (uint8_t)verifier->type;
  memcpy(body + 1, verifier->public_key, LEDGER_KEY_BYTES);
  LEDGER_TRY(LedgerBytesPrint(out, error, "%s+%08" PRIx32 "+", verifier->name, verifier->id));
  LEDGER_TRY(LedgerBytesAppendBase64(out, body, sizeof body, error));
out:
  return status;
}

const char *LedgerVerifierName(LedgerVerifier verifier)
{
  return verifier->name;
}

uint32_t LedgerVerifierKeyId(LedgerVerifier verifier)
{
  return verifier->id;
}

LedgerKeyType LedgerVerifierType(LedgerVerifier verifier)
{
  return verifier->type;
}

bool LedgerVerifierEqual(LedgerVerifier a, LedgerVerifier b)
{
  return a->type == b->type && strcmp(a->name, b->name) == 0 &&
         memcmp(a->public_key, b->public_key, LEDGER_KEY_BYTES) == 0;
}

bool LedgerVerifierSameKey(LedgerVerifier a, LedgerVerifier b)
{
  return memcmp(a->public_key, b->public_key, LEDGER_KEY_BYTES) == 0;
}

LedgerStatus LedgerVerifierCheck(LedgerVerifier verifier, const void *message, size_t size,
                                 const uint8_t signature[LEDGER_SIGNATURE_BYTES], LedgerError *error)
{
  LedgerStatus status  = LEDGER_OK;
  EVP_MD_CTX  *context = EVP_MD_CTX_new();
  if (!context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, verifier->key) != 1) {
    status = LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL cannot verify Ed25519 signatures");
  } else if (EVP_DigestVerify(context, signature, LEDGER_SIGNATURE_BYTES, message, size) != 1) {
    status = LedgerFail(error, LEDGER_FALSE, NULL, "signature by %s (key id %08" PRIx32 ") is wrong", verifier->name,
                        verifier->id);
  }
  EVP_MD_CTX_free(context);
  return status;
}

LedgerStatus LedgerSignerFromSeed(const char *name, LedgerKeyType type, const uint8_t seed[LEDGER_KEY_BYTES],
                                  LedgerSigner *signer, LedgerError *error)
{
  LedgerStatus status;
  LedgerSigner s    = calloc(1, sizeof *s);
  size_t       size = LEDGER_KEY_BYTES;
  uint8_t      public_key[LEDGER_KEY_BYTES];
  *signer = NULL;
  if (!s) return LedgerNoMemory(error);
  memcpy(s->seed, seed, LEDGER_KEY_BYTES);
  s->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, LEDGER_KEY_BYTES);
  if (!s->key || EVP_PKEY_get_raw_public_key(s->key, public_key, &size) != 1 || size != LEDGER_KEY_BYTES) {
    status = LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL cannot make an Ed25519 key");
    goto out;
  }
  LEDGER_TRY(LedgerVerifierCreate(name, type, public_key, &s->verifier, error));
  *signer = s;
  s       = NULL;
out:
  LedgerSignerDestroy(&s);
  return status;
}

LedgerStatus LedgerSignerCreate(const char *name, LedgerSigner *signer, LedgerError *error)
{
  LedgerStatus status;
  uint8_t      seed[LEDGER_KEY_BYTES];
  *signer = NULL;
  if (RAND_priv_bytes(seed, sizeof seed) != 1) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL has no random bytes for a key");
  }
  status = LedgerSignerFromSeed(name, LEDGER_KEY_ED25519, seed, signer, error);
  OPENSSL_cleanse(seed, sizeof seed);
  return status;
}

LedgerStatus LedgerSignerParse(const char *text, size_t length, LedgerSigner *signer, LedgerError *error)
{
  LedgerStatus status;
  size_t       n    = sizeof private_prefix - 1;
  char        *name = NULL;
  uint32_t     id   = 0;
  uint8_t      body[33];
  *signer = NULL;
  if (length < n || memcmp(text, private_prefix, n) != 0) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "is not a private key: `%s` expected at the start", private_prefix);
  }
  LEDGER_TRY(SplitKey(text + n, length - n, &name, &id, body, error));
  if (body[0] != LEDGER_KEY_ED25519) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "private key of type 0x%02x; 0x01 expected", body[0]);
    goto out;
  }
  LEDGER_TRY(LedgerSignerFromSeed(name, LEDGER_KEY_ED25519, body + 1, signer, error));
  if ((*signer)->verifier->id != id) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "key id does not belong to this private key");
    LedgerSignerDestroy(signer);
  }
out:
  OPENSSL_cleanse(body, sizeof body);
  free(name);
  return status;
}

LedgerStatus LedgerSignerLoad(const char *path, LedgerSigner *signer, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  bytes = {0};
  *signer            = NULL;
  LEDGER_TRY(LedgerFileReadSecret(path, KEY_FILE_MAX, &bytes, error));
  if (!bytes.size || bytes.data[bytes.size - 1] != '\n') {
    status = LedgerFail(error, LEDGER_INPUT, path, "is not one private key and a newline");
    goto out;
  }
  LEDGER_TRY(InFile(LedgerSignerParse((char *)bytes.data, bytes.size - 1, signer, error), path, error));
out:
  if (bytes.data) OPENSSL_cleanse(bytes.data, bytes.size);
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus LedgerSignerLoadWitness(const char *path, LedgerSigner *signer, LedgerError *error)
{
  LedgerStatus status;
  LedgerSigner plain = NULL;
  *signer            = NULL;
  LEDGER_TRY(LedgerSignerLoad(path, &plain, error));
  LEDGER_TRY(LedgerSignerAs(plain, LEDGER_KEY_COSIGNATURE, signer, error));
out:
  LedgerSignerDestroy(&plain);
  return status;
}

LedgerStatus LedgerSignerSave(LedgerSigner signer, const char *path, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  uint8_t      body[1 + LEDGER_KEY_BYTES];
  LedgerBytes  text = {0};
  if (signer->verifier->type != LEDGER_KEY_ED25519) {
    return LedgerFail(error, LEDGER_INTERNAL, path, "only a plain Ed25519 key has a file form");
  }
  body[0] = LEDGER_KEY_ED25519;
  memcpy(body + 1, signer->seed, LEDGER_KEY_BYTES);
  LEDGER_TRY(LedgerBytesPrint(&text, error, "%s%s+%08" PRIx32 "+", private_prefix, signer->verifier->name,
                              signer->verifier->id));
  LEDGER_TRY(LedgerBytesAppendBase64(&text, body, sizeof body, error));
  LEDGER_TRY(LedgerBytesAppend(&text, "\n", 1, error));
  LEDGER_TRY(LedgerFileCreateSecret(path, "private key", text.data, text.size, error));
out:
  OPENSSL_cleanse(body, sizeof body);
  if (text.data) OPENSSL_cleanse(text.data, text.size);
  LedgerBytesFree(&text);
  return status;
}

LedgerStatus LedgerSignerLoadOrCreate(const char *path, const char *name, LedgerSigner *signer, LedgerError *error)
{
  LedgerStatus status;
  *signer = NULL;
  if (access(path, F_OK) != 0 && errno == ENOENT) {
    LEDGER_TRY(LedgerSignerCreate(name, signer, error));
    status = LedgerSignerSave(*signer, path, error);
    if (status == LEDGER_OK || access(path, F_OK) != 0) goto out;
    LedgerSignerDestroy(signer); /* another process was first: its key counts */
    if (error) error->text[0] = 0;
  }
  LEDGER_TRY(LedgerSignerLoad(path, signer, error));
  if (strcmp((*signer)->verifier->name, name) != 0) {
    status =
        LedgerFail(error, LEDGER_INPUT, path, "is the key of `%s`; `%s` expected", (*signer)->verifier->name, name);
  }
out:
  if (status != LEDGER_OK) LedgerSignerDestroy(signer);
  return status;
}

void LedgerSignerDestroy(LedgerSigner *signer)
{
  if (!*signer) return;
  EVP_PKEY_free((*signer)->key);
  LedgerVerifierDestroy(&(*signer)->verifier);
  OPENSSL_cleanse((*signer)->seed, LEDGER_KEY_BYTES);
  free(*signer);
  *signer = NULL;
}

LedgerVerifier LedgerSignerVerifier(LedgerSigner signer)
{
  return signer->verifier;
}

LedgerStatus LedgerSignerSign(LedgerSigner signer, const void *message, size_t size,
                              uint8_t signature[LEDGER_SIGNATURE_BYTES], LedgerError *error)
{
  LedgerStatus status  = LEDGER_OK;
  size_t       length  = LEDGER_SIGNATURE_BYTES;
  EVP_MD_CTX  *context = EVP_MD_CTX_new();
  if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) != 1 ||
      EVP_DigestSign(context, signature, &length, message, size) != 1 || length != LEDGER_SIGNATURE_BYTES) {
    status = LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL cannot sign");
  }
  EVP_MD_CTX_free(context);
  return status;
}

LedgerStatus LedgerSignerAs(LedgerSigner signer, LedgerKeyType type, LedgerSigner *other, LedgerError *error)
{
  return LedgerSignerFromSeed(signer->verifier->name, type, signer->seed, other, error);
}
