/* Processes that all want the first key, or the first secret, of a folder at once: each has the one that is in the file. */
#include <dirent.h>
#include <sys/wait.h>

#include "ledger/secret.h"
#include "tests/ledger/scratch.h"

enum { PROCESSES = 24, ROUNDS = 25 };

/* Loads or makes what is in `path`; held tells one key from another. */
typedef LedgerStatus (*Taking)(const char *path, uint8_t held[64], LedgerError *error);

static LedgerStatus TakeKey(const char *path, uint8_t held[64], LedgerError *error)
{
  LedgerSigner signer = NULL;
  LedgerStatus status = LedgerSignerLoadOrCreate(path, TEST_ORIGIN, &signer, error);
  if (status == LEDGER_OK) status = LedgerSignerSign(signer, "a", 1, held, error);
  LedgerSignerDestroy(&signer);
  return status;
}

static LedgerStatus TakeSecret(const char *path, uint8_t held[64], LedgerError *error)
{
  LedgerSecretInput input  = {.position = 3};
  LedgerSecret      secret = NULL;
  LedgerStatus      status = LedgerSecretLoadOrCreate(path, "city", &secret, error);
  if (status == LEDGER_OK) status = LedgerSecretDerive(secret, LEDGER_FIELD_ENTRY, &input, held, error);
  LedgerSecretDestroy(&secret);
  return status;
}

/* Waits for the gate to be closed by the parent, takes, and tells what it holds. */
static void Child(Taking take, const char *path, int gate, int out)
{
  LedgerError error    = {""};
  uint8_t     held[64] = {0};
  char        nothing;
  if (read(gate, &nothing, 1) != 0) _exit(2);
  if (take(path, held, &error) != LEDGER_OK || error.text[0]) {
    fprintf(stderr, "%s\n", error.text);
    _exit(3);
  }
  _exit(write(out, held, sizeof held) == sizeof held ? 0 : 4);
}

static int Files(const char *folder)
{
  DIR *directory = opendir(folder);
  int  n         = 0;
  assert_non_null(directory);
  for (struct dirent *entry; (entry = readdir(directory));)
    n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(directory);
  return n;
}

static void AllHaveTheSame(Taking take)
{
  char        folder[256], path[300];
  uint8_t     first[64], held[64];
  int         gate[2], told[2], exit_status;
  LedgerError error = {""};
  ScratchCreate(folder);
  snprintf(path, sizeof path, "%s/file", folder);
  assert_int_equal(pipe(gate), 0);
  assert_int_equal(pipe(told), 0);
  for (int k = 0; k < PROCESSES; k++) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) continue;
    close(gate[1]);
    Child(take, path, gate[0], told[1]);
  }
  close(gate[1]);
  for (int k = 0; k < PROCESSES; k++) {
    assert_true(wait(&exit_status) > 0);
    assert_true(WIFEXITED(exit_status));
    assert_int_equal(WEXITSTATUS(exit_status), 0);
  }
  assert_ok(take(path, first, &error), error);
  for (int k = 0; k < PROCESSES; k++) {
    assert_int_equal(read(told[0], held, sizeof held), sizeof held);
    assert_memory_equal(held, first, sizeof held);
  }
  assert_int_equal(Files(folder), 1); /* nothing temporary is left */
  close(gate[0]);
  close(told[0]);
  close(told[1]);
  ScratchRemove(folder);
}

static void KeysOfProcessesThatStartTogether(void **state)
{
  (void)state;
  for (int k = 0; k < ROUNDS; k++) AllHaveTheSame(TakeKey);
}

static void SecretsOfProcessesThatStartTogether(void **state)
{
  (void)state;
  for (int k = 0; k < ROUNDS; k++) AllHaveTheSame(TakeSecret);
}

/* A file, a folder or a link of that name stays as it is, and nothing temporary is left. */
static void NothingIsReplaced(void **state)
{
  char         folder[256], path[300];
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7), other = NULL;
  LedgerError  error = {""};
  LedgerBytes  bytes;
  (void)state;
  ScratchCreate(folder);
  snprintf(path, sizeof path, "%s/file", folder);
  WriteWhole(path, "mine\n", 5);
  assert_int_equal(LedgerSignerSave(signer, path, &error), LEDGER_INPUT);
  assert_non_null(strstr(error.text, "private key cannot be made: File exists"));
  bytes = ReadWhole(path);
  assert_int_equal(bytes.size, 5);
  LedgerBytesFree(&bytes);
  unlink(path);
  assert_int_equal(symlink("nowhere", path), 0);
  assert_int_equal(LedgerSignerLoadOrCreate(path, TEST_ORIGIN, &other, &error), LEDGER_INPUT);
  assert_null(other);
  assert_int_equal(Files(folder), 1);
  snprintf(path, sizeof path, "%s/absent/file", folder);
  assert_int_equal(LedgerSignerSave(signer, path, &error), LEDGER_INPUT);
  assert_non_null(strstr(error.text, "absent/file: private key cannot be made: No such file or directory"));
  LedgerSignerDestroy(&signer);
  ScratchRemove(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(KeysOfProcessesThatStartTogether),
      cmocka_unit_test(SecretsOfProcessesThatStartTogether),
      cmocka_unit_test(NothingIsReplaced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
