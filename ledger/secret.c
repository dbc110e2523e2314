/* A region's secret: its file, and the blindings and salts derived from it. */
#include "ledger/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/bytes.h"
#include "ledger/file.h"
#include "ledger/text.h"

struct LedgerSecret_s {
  char        *name;
  uint8_t      bytes[LEDGER_SECRET_BYTES];
  EVP_MAC     *mac;
  EVP_MAC_CTX *keyed; /* HMAC-SHA-512 that has taken in the key */
};

enum { SECRET_FILE_MAX = 2048, SECRET_NAME_MAX = 1024 };

static const char prefix[] = "ARCHIPELAGO+SECRET+";
static const char domain[] = "archipelago/ledger/secret/v1\n";

static bool TakeKey(LedgerSecret s)
{
  char       digest[]     = "SHA512";
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                             OSSL_PARAM_construct_end()};
  s->mac                  = EVP_MAC_fetch(NULL, "HMAC", NULL);
  s->keyed                = s->mac ? EVP_MAC_CTX_new(s->mac) : NULL;
  return s->keyed && EVP_MAC_init(s->keyed, s->bytes, sizeof s->bytes, parameters);
}

LedgerStatus LedgerSecretFromBytes(const char *name, const uint8_t bytes[LEDGER_SECRET_BYTES], LedgerSecret *secret,
                                   LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerSecret s      = NULL;
  *secret             = NULL;
  if (!LedgerKeyNameValid(name, strlen(name)) || strlen(name) > SECRET_NAME_MAX) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "`%s` is no key name (a space, a plus sign, or not UTF-8)", name);
  }
  s = calloc(1, sizeof *s);
  if (!s) return LedgerNoMemory(error);
  memcpy(s->bytes, bytes, sizeof s->bytes);
  s->name = strdup(name);
  if (!s->name) {
    status = LedgerNoMemory(error);
  } else if (!TakeKey(s)) {
    status = LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL has no HMAC-SHA-512");
  } else {
    *secret = s;
    s       = NULL;
  }
  LedgerSecretDestroy(&s);
  return status;
}

LedgerStatus LedgerSecretCreate(const char *name, LedgerSecret *secret, LedgerError *error)
{
  LedgerStatus status;
  uint8_t      bytes[LEDGER_SECRET_BYTES];
  *secret = NULL;
  if (RAND_priv_bytes(bytes, sizeof bytes) != 1) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL has no random bytes for a secret");
  }
  status = LedgerSecretFromBytes(name, bytes, secret, error);
  OPENSSL_cleanse(bytes, sizeof bytes);
  return status;
}

LedgerStatus LedgerSecretParse(const char *text, size_t length, LedgerSecret *secret, LedgerError *error)
{
  LedgerStatus status;
  size_t       n = sizeof prefix - 1, size = 0;
  const char  *plus = NULL;
  char         name[SECRET_NAME_MAX + 1];
  uint8_t      bytes[LEDGER_SECRET_BYTES] = {0};
  *secret                                 = NULL;
  if (length < n || memcmp(text, prefix, n) != 0) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "is not a region's secret: `%s` expected at the start", prefix);
  }
  text += n;
  length -= n;
  plus = length ? memchr(text, '+', length) : NULL;
  if (!plus || plus - text > SECRET_NAME_MAX || !LedgerKeyNameValid(text, (size_t)(plus - text))) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "secret is not of the form %sNAME+BASE64", prefix);
  }
  n = (size_t)(plus - text);
  memcpy(name, text, n);
  name[n] = 0;
  if (!LedgerBase64Decode(plus + 1, length - n - 1, bytes, sizeof bytes, &size) || size != sizeof bytes) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "secret's last part is not the base64 of 32 bytes");
    goto out;
  }
  LEDGER_TRY(LedgerSecretFromBytes(name, bytes, secret, error));
out:
  OPENSSL_cleanse(bytes, sizeof bytes);
  return status;
}

/* Reads the open file into `text`; its permissions are those of the very file that is read. */
static LedgerStatus ReadPrivate(int fd, const char *path, char text[SECRET_FILE_MAX], size_t *size, LedgerError *error)
{
  struct stat about;
  ssize_t     got;
  *size = 0;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    return LedgerFail(error, LEDGER_INPUT, path, "is not a regular file");
  }
  if (about.st_mode & 077) {
    return LedgerFail(error, LEDGER_INPUT, path, "secret may be used by others (mode %04o); 0600 expected",
                      (unsigned)(about.st_mode & 07777));
  }
  while (*size < SECRET_FILE_MAX && (got = read(fd, text + *size, SECRET_FILE_MAX - *size)) != 0) {
    if (got < 0) return LedgerFail(error, LEDGER_INPUT, path, "cannot be read: %s", strerror(errno));
    *size += (size_t)got;
  }
  if (*size == 0 || *size == SECRET_FILE_MAX || text[*size - 1] != '\n') {
    return LedgerFail(error, LEDGER_INPUT, path, "is not one secret and a newline");
  }
  return LEDGER_OK;
}

LedgerStatus LedgerSecretLoad(const char *path, LedgerSecret *secret, LedgerError *error)
{
  LedgerStatus status;
  LedgerError  inner = {""};
  char         text[SECRET_FILE_MAX];
  size_t       size = 0;
  int          fd   = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  *secret           = NULL;
  if (fd < 0) return LedgerFail(error, LEDGER_INPUT, path, "secret cannot be opened: %s", strerror(errno));
  LEDGER_TRY(ReadPrivate(fd, path, text, &size, error));
  status = LedgerSecretParse(text, size - 1, secret, &inner);
  if (status != LEDGER_OK) LedgerErrorSet(error, path, "%s", inner.text);
out:
  close(fd);
  OPENSSL_cleanse(text, sizeof text);
  return status;
}

LedgerStatus LedgerSecretSave(LedgerSecret secret, const char *path, LedgerError *error)
{
  LedgerStatus status;
  char         text[SECRET_FILE_MAX];
  int          length = snprintf(text, sizeof text, "%s%s+", prefix, secret->name);
  LedgerBase64Encode(secret->bytes, sizeof secret->bytes, text + length);
  length += (int)LedgerBase64Length(sizeof secret->bytes);
  text[length++] = '\n';
  status         = LedgerFileCreateSecret(path, "secret", text, (size_t)length, error);
  OPENSSL_cleanse(text, sizeof text);
  return status;
}

LedgerStatus LedgerSecretLoadOrCreate(const char *path, const char *name, LedgerSecret *secret, LedgerError *error)
{
  LedgerStatus status;
  *secret = NULL;
  if (access(path, F_OK) != 0 && errno == ENOENT) {
    LEDGER_TRY(LedgerSecretCreate(name, secret, error));
    status = LedgerSecretSave(*secret, path, error);
    if (status == LEDGER_OK || access(path, F_OK) != 0) goto out;
    LedgerSecretDestroy(secret); /* another process was first: its secret counts */
    if (error) error->text[0] = 0;
  }
  LEDGER_TRY(LedgerSecretLoad(path, secret, error));
  if (strcmp((*secret)->name, name) != 0) {
    status = LedgerFail(error, LEDGER_INPUT, path, "is the secret of `%s`; `%s` expected", (*secret)->name, name);
  }
out:
  if (status != LEDGER_OK) LedgerSecretDestroy(secret);
  return status;
}

void LedgerSecretDestroy(LedgerSecret *secret)
{
  if (!*secret) return;
  EVP_MAC_CTX_free((*secret)->keyed);
  EVP_MAC_free((*secret)->mac);
  OPENSSL_cleanse((*secret)->bytes, LEDGER_SECRET_BYTES);
  free((*secret)->name);
  free(*secret);
  *secret = NULL;
}

const char *LedgerSecretName(LedgerSecret secret)
{
  return secret->name;
}

LedgerStatus LedgerSecretDerive(LedgerSecret secret, LedgerSecretField field, const LedgerSecretInput *input,
                                uint8_t value[LEDGER_WIDE_BYTES], LedgerError *error)
{
  enum { HEAD = sizeof domain - 1, RUN = HEAD + LEDGER_HASH_BYTES };
  LedgerStatus status = LEDGER_OK;
  size_t       size   = 0;
  uint8_t      message[RUN + 1 + 3 * 8 + LEDGER_HASH_BYTES];
  memcpy(message, domain, HEAD);
  memcpy(message + HEAD, input->run.byte, LEDGER_HASH_BYTES);
  message[RUN] = (uint8_t)field;
  LedgerPutU64(message + RUN + 1, input->position);
  LedgerPutU64(message + RUN + 9, (uint64_t)input->quantity);
  LedgerPutU64(message + RUN + 17, (uint64_t)input->amount);
  memcpy(message + RUN + 25, input->content.byte, LEDGER_HASH_BYTES);
  if (!EVP_MAC_init(secret->keyed, NULL, 0, NULL) || !EVP_MAC_update(secret->keyed, message, sizeof message) ||
      !EVP_MAC_final(secret->keyed, value, &size, LEDGER_WIDE_BYTES) || size != LEDGER_WIDE_BYTES) {
    status = LedgerFail(error, LEDGER_INTERNAL, NULL, "OpenSSL's HMAC-SHA-512 failed");
  }
  OPENSSL_cleanse(message, sizeof message);
  return status;
}

LedgerStatus LedgerSecretBlinding(LedgerSecret secret, LedgerPedersen pedersen, LedgerSecretField field,
                                  const LedgerSecretInput *input, LedgerScalar *blinding, LedgerError *error)
{
  LedgerStatus status;
  uint8_t      value[LEDGER_WIDE_BYTES];
  LEDGER_TRY(LedgerSecretDerive(secret, field, input, value, error));
  LEDGER_TRY(LedgerScalarReduce(pedersen, value, blinding, error));
out:
  OPENSSL_cleanse(value, sizeof value);
  return status;
}

LedgerStatus LedgerSecretSalt(LedgerSecret secret, LedgerSecretField field, const LedgerSecretInput *input,
                              LedgerHash *salt, LedgerError *error)
{
  uint8_t      value[LEDGER_WIDE_BYTES];
  LedgerStatus status = LedgerSecretDerive(secret, field, input, value, error);
  if (status == LEDGER_OK) memcpy(salt->byte, value, sizeof salt->byte);
  OPENSSL_cleanse(value, sizeof value);
  return status;
}
