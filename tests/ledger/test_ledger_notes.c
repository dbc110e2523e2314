/* Signed notes, checkpoints, keys and cosignatures. */
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/text.h"
#include "tests/ledger/scratch.h"

static const char text[] = "first line\n\nthird line\n";

/* A note over `text` by the keys with fillers 1 to n. */
static LedgerBytes NoteBy(size_t n)
{
  LedgerSigner signer[LEDGER_NOTE_MAX_SIGNATURES];
  LedgerBytes  note  = {0};
  LedgerError  error = {""};
  for (size_t k = 0; k < n; k++) {
    char name[40];
    snprintf(name, sizeof name, "example.org/key%zu", k + 1);
    signer[k] = TestSigner(name, (uint8_t)(k + 1));
  }
  assert_ok(LedgerNoteSign(text, sizeof text - 1, signer, n, &note, &error), error);
  for (size_t k = 0; k < n; k++) LedgerSignerDestroy(&signer[k]);
  return note;
}

static LedgerStatus VerifyBytes(const void *bytes, size_t size, const LedgerVerifier *keys, size_t n, bool *signed_by)
{
  LedgerNote   note   = NULL;
  LedgerStatus status = LedgerNoteParse(bytes, size, NULL, &note, NULL);
  if (status == LEDGER_OK) status = LedgerNoteVerify(note, keys, n, NULL, signed_by, NULL, NULL);
  LedgerNoteDestroy(&note);
  return status;
}

static void NotesCarrySeveralSignatures(void **state)
{
  LedgerSigner   first = TestSigner("example.org/key1", 1), third = TestSigner("example.org/key3", 3);
  LedgerSigner   absent = TestSigner("example.org/key99", 99), impostor = TestSigner("example.org/key1", 2);
  LedgerVerifier keys[3] = {LedgerSignerVerifier(absent), LedgerSignerVerifier(third), LedgerSignerVerifier(first)};
  LedgerVerifier other   = LedgerSignerVerifier(impostor);
  bool           signed_by[3];
  LedgerBytes    note = NoteBy(16);
  (void)state;
  assert_int_equal(VerifyBytes(note.data, note.size, keys, 3, signed_by), LEDGER_OK);
  assert_false(signed_by[0]);
  assert_true(signed_by[1]);
  assert_true(signed_by[2]);
  assert_int_equal(VerifyBytes(note.data, note.size, keys, 1, signed_by), LEDGER_FALSE);
  assert_int_equal(VerifyBytes(note.data, note.size, &other, 1, signed_by), LEDGER_FALSE);
  LedgerBytesFree(&note);
  LedgerSignerDestroy(&first);
  LedgerSignerDestroy(&third);
  LedgerSignerDestroy(&absent);
  LedgerSignerDestroy(&impostor);
}

static void TheNumberOfSignaturesIsCapped(void **state)
{
  LedgerSigner   first = TestSigner("example.org/key1", 1);
  LedgerVerifier key   = LedgerSignerVerifier(first);
  LedgerBytes    note  = NoteBy(LEDGER_NOTE_MAX_SIGNATURES);
  LedgerError    error = {""};
  char           line[256];
  const char    *last;
  (void)state;
  assert_int_equal(VerifyBytes(note.data, note.size, &key, 1, NULL), LEDGER_OK);
  last = strrchr((char *)note.data, ' ');
  snprintf(line, sizeof line, "\xe2\x80\x94 example.org/one-more%s", last);
  assert_ok(LedgerBytesAppend(&note, line, strlen(line), &error), error);
  assert_int_equal(VerifyBytes(note.data, note.size, &key, 1, NULL), LEDGER_FALSE);
  LedgerBytesFree(&note);
  LedgerSignerDestroy(&first);
}

static void AnyChangedBitOfASignedNoteIsRefused(void **state)
{
  LedgerSigner   signer = TestSigner("example.org/key1", 1);
  LedgerVerifier key    = LedgerSignerVerifier(signer);
  LedgerBytes    note   = NoteBy(1);
  (void)state;
  for (size_t k = 0; k < 8 * note.size; k++) {
    note.data[k / 8] ^= (uint8_t)(1 << k % 8);
    assert_int_equal(VerifyBytes(note.data, note.size, &key, 1, NULL), LEDGER_FALSE);
    note.data[k / 8] ^= (uint8_t)(1 << k % 8);
  }
  for (size_t k = 0; k < note.size; k++) assert_int_equal(VerifyBytes(note.data, k, &key, 1, NULL), LEDGER_FALSE);
  LedgerBytesFree(&note);
  LedgerSignerDestroy(&signer);
}

static void CosignaturesCarryTheirTime(void **state)
{
  LedgerSigner   plain = TestSigner("example.org/witness", 4), witness = NULL, log = TestSigner("example.org/key1", 1);
  LedgerBytes    bytes = NoteBy(1), line = {0};
  LedgerNote     note  = NULL;
  LedgerError    error = {""};
  LedgerVerifier keys[2];
  bool           signed_by[2];
  uint64_t       seconds[2];
  (void)state;
  assert_ok(LedgerSignerAs(plain, LEDGER_KEY_COSIGNATURE, &witness, &error), error);
  keys[0] = LedgerSignerVerifier(witness);
  keys[1] = LedgerSignerVerifier(log);
  assert_int_not_equal(LedgerVerifierKeyId(keys[0]), LedgerVerifierKeyId(LedgerSignerVerifier(plain)));
  assert_ok(LedgerNoteParse(bytes.data, bytes.size, NULL, &note, &error), error);
  assert_int_equal(LedgerNoteCosign(note, plain, 1700000000, &line, NULL), LEDGER_INTERNAL);
  assert_ok(LedgerNoteCosign(note, witness, 1700000000, &line, &error), error);
  assert_ok(LedgerBytesAppend(&bytes, line.data, line.size, &error), error);
  LedgerNoteDestroy(&note);
  assert_ok(LedgerNoteParse(bytes.data, bytes.size, NULL, &note, &error), error);
  assert_ok(LedgerNoteVerify(note, keys, 2, NULL, signed_by, seconds, &error), error);
  assert_true(signed_by[0] && signed_by[1]);
  assert_int_equal(seconds[0], 1700000000);
  assert_int_equal(seconds[1], 0);
  assert_int_equal(LedgerNoteGetSignature(note, 1).size, 72);
  LedgerNoteDestroy(&note);
  bytes.data[bytes.size - 20] ^= 1;
  assert_int_equal(VerifyBytes(bytes.data, bytes.size, keys, 2, NULL), LEDGER_FALSE);
  LedgerBytesFree(&bytes);
  LedgerBytesFree(&line);
  LedgerSignerDestroy(&plain);
  LedgerSignerDestroy(&witness);
  LedgerSignerDestroy(&log);
}

static void KeyNamesHaveNoSpaceAndNoPlus(void **state)
{
  const char *bad[] = {"",
                       "a b",
                       "a+b",
                       "a\tb",
                       "a\xc2\xa0"
                       "b",
                       "a\xe2\x80\xa8"
                       "b",
                       "a\xe3\x80\x80",
                       "\xff",
                       "\xc0\xaf",
                       "\xed\xa0\x80",
                       "a\xe2\x80"};
  (void)state;
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) assert_false(LedgerKeyNameValid(bad[k], strlen(bad[k])));
  assert_true(LedgerKeyNameValid("example.org/\xc3\xa9t\xc3\xa9", 15));
}

static void KeysReadBackAndSecretsStayPrivate(void **state)
{
  char         folder[256], path[300];
  LedgerSigner signer = NULL, again = NULL;
  LedgerError  error = {""};
  struct stat  about;
  (void)state;
  ScratchCreate(folder);
  snprintf(path, sizeof path, "%s/key", folder);
  assert_ok(LedgerSignerLoadOrCreate(path, TEST_ORIGIN, &signer, &error), error);
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0600);
  assert_ok(LedgerSignerLoadOrCreate(path, TEST_ORIGIN, &again, &error), error);
  assert_true(LedgerVerifierEqual(LedgerSignerVerifier(signer), LedgerSignerVerifier(again)));
  LedgerSignerDestroy(&again);
  assert_int_equal(LedgerSignerLoadOrCreate(path, "another.name", &again, &error), LEDGER_INPUT);
  assert_int_equal(LedgerSignerSave(signer, path, &error), LEDGER_INPUT);
  assert_int_equal(chmod(path, 0640), 0);
  assert_int_equal(LedgerSignerLoad(path, &again, &error), LEDGER_INPUT);
  assert_non_null(strstr(error.text, "0640"));
  assert_null(again);
  LedgerSignerDestroy(&signer);
  ScratchRemove(folder);
}

static LedgerStatus ParseText(const char *body)
{
  LedgerCheckpoint checkpoint;
  LedgerStatus     status = LedgerCheckpointParse(body, strlen(body), NULL, &checkpoint, NULL);
  LedgerCheckpointFree(&checkpoint);
  return status;
}

#define ROOT_LINE "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void CheckpointsAreReadStrictly(void **state)
{
  const char *good[] = {"o\n0\n" ROOT_LINE "\n",
                        "an origin with spaces\n9223372036854775807\n" ROOT_LINE "\nextension\n"};
  const char *bad[]  = {"",
                        "\n0\n" ROOT_LINE "\n",
                        "o\n00\n" ROOT_LINE "\n",
                        "o\n-1\n" ROOT_LINE "\n",
                        "o\n+1\n" ROOT_LINE "\n",
                        "o\n1 \n" ROOT_LINE "\n",
                        "o\n9223372036854775808\n" ROOT_LINE "\n",
                        "o\n99999999999999999999\n" ROOT_LINE "\n",
                        "o\n0\n" ROOT_LINE,
                        "o\n0\n" ROOT_LINE "\n\n",
                        "o\n0\n" ROOT_LINE "\nx",
                        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
                        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==\n",
                        "o\n0\n47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                        "o\r\n0\n" ROOT_LINE "\n"};
  (void)state;
  for (size_t k = 0; k < sizeof good / sizeof *good; k++) assert_int_equal(ParseText(good[k]), LEDGER_OK);
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    if (ParseText(bad[k]) != LEDGER_FALSE) fail_msg("accepted: %s", bad[k]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(NotesCarrySeveralSignatures),         cmocka_unit_test(TheNumberOfSignaturesIsCapped),
      cmocka_unit_test(AnyChangedBitOfASignedNoteIsRefused), cmocka_unit_test(CosignaturesCarryTheirTime),
      cmocka_unit_test(KeyNamesHaveNoSpaceAndNoPlus),        cmocka_unit_test(KeysReadBackAndSecretsStayPrivate),
      cmocka_unit_test(CheckpointsAreReadStrictly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
