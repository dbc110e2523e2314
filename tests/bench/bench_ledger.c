/* The ledger's speed beside OpenSSL's own, in one run on the ranks it is started on.

     [mpirun -n 2] bench_ledger [entries per rank, 2000000] [-disk FOLDER [entries, 200000]]

   Compressions of SHA-256 a second: OpenSSL over large buffers (SHA256_Update, and through EVP) is the limit; a root over
   entries of 200 bytes costs four compressions a leaf and two a node, about one node an entry. Each rank hashes its own
   block into a compact range; rank 0 merges them. Medians of rounds in turns, by processor time, so that a busy machine
   spoils less; the peak of resident memory. With -disk, rank 0 writes a log of 200-byte entries to FOLDER and verifies it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <mpi.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ledger/log.h"
#include "ledger/writer.h"

enum {
  ENTRY_BYTES       = 200,
  LEAF_COMPRESSIONS = 4,
  NODE_COMPRESSIONS = 2,
  BUFFER            = 1 << 20,
  LIMIT_ROUNDS      = 200,
  ROUNDS            = 7
};

static double Clock(clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double Processor(void)
{
  return Clock(CLOCK_PROCESS_CPUTIME_ID);
}

static void Check(LedgerStatus status, const LedgerError *error)
{
  if (status == LEDGER_OK) return;
  fprintf(stderr, "bench_ledger: %s\n", error->text);
  MPI_Abort(MPI_COMM_WORLD, (int)status);
}

/* Compressions a second of one core. */
static double LimitUpdate(const uint8_t *buffer)
{
  double     start = Processor();
  SHA256_CTX context;
  uint8_t    digest[32];
  SHA256_Init(&context);
  for (int k = 0; k < LIMIT_ROUNDS; k++) SHA256_Update(&context, buffer, BUFFER);
  SHA256_Final(digest, &context);
  return (double)LIMIT_ROUNDS * BUFFER / 64 / (Processor() - start);
}

static double LimitEvp(const uint8_t *buffer)
{
  double      start   = Processor();
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  uint8_t     digest[32];
  EVP_DigestInit_ex(context, EVP_sha256(), NULL);
  for (int k = 0; k < LIMIT_ROUNDS; k++) EVP_DigestUpdate(context, buffer, BUFFER);
  EVP_DigestFinal_ex(context, digest, NULL);
  EVP_MD_CTX_free(context);
  return (double)LIMIT_ROUNDS * BUFFER / 64 / (Processor() - start);
}

static int CompareDoubles(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double Median(double value[ROUNDS])
{
  qsort(value, ROUNDS, sizeof *value, CompareDoubles);
  return value[ROUNDS / 2];
}

static void MakeEntry(uint64_t k, uint8_t entry[ENTRY_BYTES])
{
  memcpy(entry, &k, sizeof k);
}

/* Hashes the block [start, start + n) and gives its range's bytes; returns processor seconds. */
static double HashBlock(uint64_t start, uint64_t n, uint8_t bytes[LEDGER_RANGE_MAX_BYTES], size_t *size)
{
  LedgerRange range              = NULL;
  LedgerError error              = {""};
  uint8_t     entry[ENTRY_BYTES] = {0};
  double      begin              = Processor();
  Check(LedgerRangeCreate(start, &range, &error), &error);
  for (uint64_t k = 0; k < n; k++) {
    MakeEntry(start + k, entry);
    Check(LedgerRangeAppendEntry(range, entry, sizeof entry, &error), &error);
  }
  *size = LedgerRangeWrite(range, bytes);
  LedgerRangeDestroy(&range);
  return Processor() - begin;
}

/* The root of all ranks' blocks, on rank 0. */
static void MergeRoot(int rank, int ranks, uint64_t n, const uint8_t *bytes, int size, LedgerHash *root)
{
  uint8_t     *all   = malloc((size_t)ranks * LEDGER_RANGE_MAX_BYTES);
  int         *sizes = calloc((size_t)ranks, sizeof *sizes);
  LedgerRange *range = calloc((size_t)ranks, sizeof(LedgerRange)), merged = NULL;
  uint8_t      own[LEDGER_RANGE_MAX_BYTES] = {0};
  LedgerError  error                       = {""};
  memcpy(own, bytes, (size_t)size);
  MPI_Gather(&size, 1, MPI_INT, sizes, 1, MPI_INT, 0, MPI_COMM_WORLD);
  MPI_Gather(own, LEDGER_RANGE_MAX_BYTES, MPI_BYTE, all, LEDGER_RANGE_MAX_BYTES, MPI_BYTE, 0, MPI_COMM_WORLD);
  if (rank == 0) {
    for (int k = 0; k < ranks; k++) {
      Check(LedgerRangeRead(all + (size_t)k * LEDGER_RANGE_MAX_BYTES, (size_t)sizes[k], &range[k], &error), &error);
    }
    Check(LedgerRangesMerge(range, (size_t)ranks, 0, n * (uint64_t)ranks, &merged, &error), &error);
    Check(LedgerRangeRoot(merged, root, &error), &error);
    LedgerRangeDestroy(&merged);
    for (int k = 0; k < ranks; k++) LedgerRangeDestroy(&range[k]);
  }
  free(all);
  free(sizes);
  free(range);
}

/* A barrier in which ranks that wait leave the processor to others. */
static void SleepUntilAllAreHere(void)
{
  MPI_Request request;
  int         done = 0;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  while (!done) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (!done) usleep(2000);
  }
}

static double Max(double own)
{
  double max;
  MPI_Allreduce(&own, &max, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return max;
}

static LedgerStatus DiskSource(void *context, uint64_t k, const void **entry, size_t *size, LedgerError *error)
{
  (void)error;
  MakeEntry(k, context);
  *entry = context;
  *size  = ENTRY_BYTES;
  return LEDGER_OK;
}

/* Writing a log against verifying it, by the wall clock (writing waits for the disk) and by processor time. */
static void Disk(const char *folder, uint64_t n)
{
  LedgerSigner    signer                 = NULL;
  LedgerLog       log                    = NULL;
  LedgerError     error                  = {""};
  uint8_t         seed[LEDGER_KEY_BYTES] = {1};
  uint8_t         entry[ENTRY_BYTES]     = {0};
  LedgerLogCounts counts;
  struct rusage   usage;
  double          wall[2], processor[2];
  Check(LedgerSignerFromSeed("example.org/bench", LEDGER_KEY_ED25519, seed, &signer, &error), &error);
  wall[0]      = Clock(CLOCK_MONOTONIC);
  processor[0] = Processor();
  Check(LedgerLogWrite(folder, "example.org/bench", signer, 0, n, DiskSource, entry, NULL, NULL, &error), &error);
  wall[0]      = Clock(CLOCK_MONOTONIC) - wall[0];
  processor[0] = Processor() - processor[0];
  wall[1]      = Clock(CLOCK_MONOTONIC);
  processor[1] = Processor();
  Check(LedgerLogOpen(folder, NULL, &log, &error), &error);
  Check(LedgerLogVerify(log, &counts, &error), &error);
  wall[1]      = Clock(CLOCK_MONOTONIC) - wall[1];
  processor[1] = Processor() - processor[1];
  LedgerLogClose(&log);
  LedgerSignerDestroy(&signer);
  printf("write     %.3f s (processor %.3f s) for %llu entries\n", wall[0], processor[0], (unsigned long long)n);
  getrusage(RUSAGE_SELF, &usage);
  printf("verify    %.3f s (processor %.3f s): %.2f of writing (processor %.2f)\n", wall[1], processor[1],
         wall[1] / wall[0], processor[1] / processor[0]);
  printf("memory    %.0f MB peak with the log\n", (double)usage.ru_maxrss / 1024);
}

/* The limit and one rank's rate, in turns, because the processor's own rate drifts; returns the block's seconds. */
static double Alone(const uint8_t *buffer, uint64_t n, double compressions)
{
  double  update[ROUNDS], evp[ROUNDS], seconds[ROUNDS], share[ROUNDS], alone;
  uint8_t bytes[LEDGER_RANGE_MAX_BYTES];
  size_t  size;
  for (int k = 0; k < ROUNDS; k++) {
    update[k]  = LimitUpdate(buffer);
    seconds[k] = HashBlock(0, n, bytes, &size);
    evp[k]     = LimitEvp(buffer);
    share[k]   = compressions / seconds[k] / ((update[k] + evp[k]) / 2);
  }
  alone = Median(seconds);
  printf("limit     %.2f million compressions/s (through EVP %.2f)\n", Median(update) / 1e6, Median(evp) / 1e6);
  printf("root      %.2f million compressions/s on one rank, %.1f %% of the limit before and behind it; %.2f million "
         "entries/s\n",
         compressions / alone / 1e6, 100 * Median(share), (double)n / alone / 1e6);
  return alone;
}

int main(int argc, char **argv)
{
  int           rank, ranks;
  uint64_t      n      = 2000000;
  const char   *folder = NULL;
  uint64_t      n_disk = 200000;
  uint8_t      *buffer, bytes[LEDGER_RANGE_MAX_BYTES];
  size_t        size;
  LedgerHash    root;
  double        alone = 0, together, compressions, seconds[ROUNDS];
  struct rusage usage;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  for (int k = 1; k < argc; k++) {
    if (strcmp(argv[k], "-disk") == 0 && k + 1 < argc) {
      folder = argv[++k];
      if (k + 1 < argc) n_disk = strtoull(argv[++k], NULL, 10);
    } else {
      n = strtoull(argv[k], NULL, 10);
    }
  }
  buffer = calloc(1, BUFFER);
  if (!buffer || !n) MPI_Abort(MPI_COMM_WORLD, 1);
  compressions = (double)n * LEAF_COMPRESSIONS + (double)(n - 1) * NODE_COMPRESSIONS;
  if (rank == 0) alone = Alone(buffer, n, compressions);
  SleepUntilAllAreHere();
  for (int k = 0; k < ROUNDS; k++) seconds[k] = Max(HashBlock((uint64_t)rank * n, n, bytes, &size));
  together = Median(seconds);
  MergeRoot(rank, ranks, n, bytes, (int)size, &root);
  getrusage(RUSAGE_SELF, &usage);
  if (rank == 0) {
    char text[45];
    LedgerHashBase64(&root, text);
    printf("together  %.2f million entries/s on %d ranks, %.2f times one rank's; %llu entries, root %s\n",
           (double)n * ranks / together / 1e6, ranks, alone * ranks / together,
           (unsigned long long)(n * (uint64_t)ranks), text);
    printf("memory    %.0f MB peak on rank 0\n", (double)usage.ru_maxrss / 1024);
    if (folder) Disk(folder, n_disk);
  }
  free(buffer);
  MPI_Finalize();
  return 0;
}
