/* A region's secret: what is derived from it, and its file. */
#include "ledger/secret.h"

#include <openssl/hmac.h>

#include "ledger/bytes.h"
#include "tests/ledger/scratch.h"

static LedgerPedersen pedersen;
static LedgerError    error;
static char           scratch[256], path[512];

static const uint8_t key[LEDGER_SECRET_BYTES] = {1, 2, 3, 250, 251, 252};

static int SetUp(void **state)
{
  (void)state;
  ScratchCreate(scratch);
  snprintf(path, sizeof path, "%s/region.secret", scratch);
  return LedgerPedersenCreate(&pedersen, &error) == LEDGER_OK ? 0 : -1;
}

static int TearDown(void **state)
{
  (void)state;
  LedgerPedersenDestroy(&pedersen);
  ScratchRemove(scratch);
  return 0;
}

static LedgerSecret Secret(void)
{
  LedgerSecret secret = NULL;
  assert_ok(LedgerSecretFromBytes("city", key, &secret, &error), error);
  return secret;
}

static LedgerSecretInput Input(void)
{
  LedgerSecretInput input = {.position = 0x0102030405060708, .quantity = -2, .amount = INT64_MIN};
  memset(input.run.byte, 0xA5, sizeof input.run.byte);
  return input;
}

/* The bytes of the header's formula, one by one. */
static void DerivedValueIsTheHmacOfItsEncoding(void **state)
{
  static const char head[]                                      = "archipelago/ledger/secret/v1\n";
  LedgerSecret      secret                                      = Secret();
  LedgerSecretInput input                                       = Input();
  uint8_t           message[sizeof head - 1 + 32 + 1 + 24 + 32] = {0}, *p = message, expected[64], value[64];
  unsigned          size = 0;
  LedgerScalar      blinding, reduced;
  LedgerHash        salt;
  (void)state;
  memcpy(p, head, sizeof head - 1), p += sizeof head - 1;
  memset(p, 0xA5, 32), p += 32;
  *p++ = 2;
  for (uint8_t k = 1; k <= 8; k++) *p++ = k;
  memset(p, 0xFF, 7), p[7] = 0xFE, p += 8;
  p[0] = 0x80;
  assert_non_null(HMAC(EVP_sha512(), key, sizeof key, message, sizeof message, expected, &size));
  assert_int_equal(size, 64);
  for (int twice = 0; twice < 2; twice++) { /* the keyed state is as good the second time */
    assert_ok(LedgerSecretDerive(secret, LEDGER_FIELD_AMOUNT, &input, value, &error), error);
    assert_memory_equal(value, expected, 64);
  }
  assert_ok(LedgerScalarReduce(pedersen, expected, &reduced, &error), error);
  assert_ok(LedgerSecretBlinding(secret, pedersen, LEDGER_FIELD_AMOUNT, &input, &blinding, &error), error);
  assert_memory_equal(blinding.byte, reduced.byte, 32);
  assert_ok(LedgerSecretSalt(secret, LEDGER_FIELD_AMOUNT, &input, &salt, &error), error);
  assert_memory_equal(salt.byte, expected, 32);
  LedgerSecretDestroy(&secret);
}

static void EveryInputChangesTheValue(void **state)
{
  LedgerSecret      secret = Secret(), other = NULL;
  LedgerSecretInput input[8];
  LedgerSecretField field[8];
  uint8_t           changed[LEDGER_SECRET_BYTES], value[9][64];
  (void)state;
  for (size_t k = 0; k < 8; k++) input[k] = Input(), field[k] = LEDGER_FIELD_QUANTITY;
  field[1] = LEDGER_FIELD_AMOUNT;
  input[2].run.byte[31] ^= 1;
  input[3].position ^= UINT64_C(1) << 63;
  input[4].quantity++;
  input[5].amount++;
  input[6].content.byte[0] = 1;
  input[7].quantity        = input[0].amount; /* one is not taken for the other */
  input[7].amount          = input[0].quantity;
  for (size_t k = 0; k < 8; k++) assert_ok(LedgerSecretDerive(secret, field[k], &input[k], value[k], &error), error);
  memcpy(changed, key, sizeof key);
  changed[31] ^= 0x80;
  assert_ok(LedgerSecretFromBytes("city", changed, &other, &error), error);
  assert_ok(LedgerSecretDerive(other, field[0], &input[0], value[8], &error), error);
  for (size_t k = 0; k < 9; k++)
    for (size_t j = 0; j < k; j++) assert_memory_not_equal(value[k], value[j], 32);
  LedgerSecretDestroy(&secret);
  LedgerSecretDestroy(&other);
}

static void ASecretSurvivesItsFile(void **state)
{
  LedgerSecret      made = NULL, read = NULL, again = NULL;
  LedgerSecretInput input = Input();
  struct stat       about;
  uint8_t           a[64], b[64];
  (void)state;
  umask(0);
  assert_ok(LedgerSecretLoadOrCreate(path, "city", &made, &error), error);
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0600);
  assert_ok(LedgerSecretLoadOrCreate(path, "city", &read, &error), error);
  assert_string_equal(LedgerSecretName(read), "city");
  assert_ok(LedgerSecretDerive(made, LEDGER_FIELD_ENTRY, &input, a, &error), error);
  assert_ok(LedgerSecretDerive(read, LEDGER_FIELD_ENTRY, &input, b, &error), error);
  assert_memory_equal(a, b, 64);

  assert_int_equal(LedgerSecretLoadOrCreate(path, "shore", &again, &error), LEDGER_INPUT);
  assert_non_null(strstr(error.text, "is the secret of `city`; `shore` expected"));
  assert_null(again);
  assert_int_equal(LedgerSecretSave(made, path, &error), LEDGER_INPUT); /* never overwritten */
  chmod(path, 0640);
  assert_int_equal(LedgerSecretLoad(path, &again, &error), LEDGER_INPUT);
  assert_non_null(strstr(error.text, "secret may be used by others (mode 0640); 0600 expected"));
  unlink(path);

  assert_ok(LedgerSecretLoadOrCreate(path, "city", &again, &error), error); /* another one, from the random source */
  assert_ok(LedgerSecretDerive(again, LEDGER_FIELD_ENTRY, &input, b, &error), error);
  assert_memory_not_equal(a, b, 32);
  unlink(path);
  LedgerSecretDestroy(&made), LedgerSecretDestroy(&read), LedgerSecretDestroy(&again);
}

static void RefuseFile(const char *text, const char *message)
{
  LedgerSecret secret = NULL;
  WriteWhole(path, text, strlen(text));
  chmod(path, 0600);
  assert_int_equal(LedgerSecretLoad(path, &secret, &error), LEDGER_INPUT);
  if (!strstr(error.text, message)) fail_msg("'%s' does not contain '%s'", error.text, message);
  assert_null(strstr(error.text, "AQID")); /* no part of a secret */
  assert_null(secret);
  unlink(path);
}

#define GOOD "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

static void FilesThatAreNoSecretAreRefused(void **state)
{
  LedgerSecret secret = NULL;
  char         text[128];
  (void)state;
  snprintf(text, sizeof text, "ARCHIPELAGO+SECRET+city+%s\n", GOOD);
  WriteWhole(path, text, strlen(text));
  chmod(path, 0600);
  assert_ok(LedgerSecretLoad(path, &secret, &error), error);
  LedgerSecretDestroy(&secret);
  assert_int_equal(LedgerSecretParse(text, strlen(text), &secret, &error),
                   LEDGER_INPUT); /* the newline is the file's */
  unlink(path);
  assert_int_equal(LedgerSecretLoad(path, &secret, &error), LEDGER_INPUT);
  assert_int_equal(LedgerSecretLoad(scratch, &secret, &error), LEDGER_INPUT);
  RefuseFile("", "is not one secret and a newline");
  RefuseFile("ARCHIPELAGO+SECRET+city+" GOOD, "is not one secret and a newline");
  RefuseFile("PRIVATE+KEY+city+" GOOD "\n", "`ARCHIPELAGO+SECRET+` expected at the start");
  RefuseFile("ARCHIPELAGO+SECRET+" GOOD "\n", "not of the form");
  RefuseFile("ARCHIPELAGO+SECRET++" GOOD "\n", "not of the form");
  RefuseFile("ARCHIPELAGO+SECRET+a b+" GOOD "\n", "not of the form");
  RefuseFile("ARCHIPELAGO+SECRET+city+" GOOD " \n", "base64 of 32 bytes");
  RefuseFile("ARCHIPELAGO+SECRET+city+AQID\n", "base64 of 32 bytes");
  RefuseFile("ARCHIPELAGO+SECRET+city+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyF=\n", "base64 of 32 bytes");
  assert_int_equal(LedgerSecretFromBytes("two words", key, &secret, &error), LEDGER_INPUT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(DerivedValueIsTheHmacOfItsEncoding),
      cmocka_unit_test(EveryInputChangesTheValue),
      cmocka_unit_test(ASecretSurvivesItsFile),
      cmocka_unit_test(FilesThatAreNoSecretAreRefused),
  };
  return cmocka_run_group_tests(tests, SetUp, TearDown);
}
