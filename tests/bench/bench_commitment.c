/* Commitments, openings and the public check of a committed settlement, per second of one core:

     bench_commitment [-entries 20000] [-repeat 3]

   beside OpenSSL's own multiplications of points on the same machine. By processor time; the best repetition counts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "market/committed.h"
#include "market/committed_check.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENTRY_BYTES = 192, INTERVALS = 24 };

typedef struct {
  size_t          n, repeat;
  LedgerPedersen  pedersen;
  LedgerSecret    secret;
  LedgerHash      run;
  uint8_t        *bytes; /* [n][ENTRY_BYTES] */
  CommittedBytes *entry, *record;
  CommittedBlock  block;
} Bench;

static double Now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void Must(bool held, const char *what)
{
  if (held) return;
  fprintf(stderr, "bench_commitment: %s failed\n", what);
  exit(1);
}

/* Best of the repetitions of n things, in things per second. */
static double Rate(Bench *b, size_t n, void (*work)(Bench *))
{
  double best = 0.0;

  for (size_t k = 0; k < b->repeat; k++) {
    double start = Now(), rate;
    work(b);
    rate = (double)n / (Now() - start);
    if (rate > best) best = rate;
  }
  return best;
}

/* OpenSSL alone */

static EC_GROUP *group;
static EC_POINT *point, *second;
static BIGNUM   *value, *blinding;
static BN_CTX   *context;

enum { PLAIN = 4000 };

static void PlainOpen(void)
{
  static const char h[] = LEDGER_SECOND_GENERATOR_HEX;

  group    = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  context  = BN_CTX_new();
  point    = EC_POINT_new(group);
  second   = EC_POINT_new(group);
  value    = BN_new();
  blinding = BN_new();
  Must(EC_POINT_hex2point(group, h, second, context) != NULL, "second generator");
  Must(BN_rand(value, 60, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) && BN_rand_range(blinding, EC_GROUP_get0_order(group)),
       "random numbers");
}

static void PlainClose(void)
{
  BN_free(value), BN_free(blinding);
  EC_POINT_free(point), EC_POINT_free(second);
  BN_CTX_free(context);
  EC_GROUP_free(group);
}

static void PlainGenerator(Bench *b)
{
  (void)b;
  for (int k = 0; k < PLAIN; k++) Must(EC_POINT_mul(group, point, blinding, NULL, NULL, context), "k G");
}

static void PlainPoint(Bench *b)
{
  (void)b;
  for (int k = 0; k < PLAIN; k++) Must(EC_POINT_mul(group, point, NULL, second, blinding, context), "k P");
}

static void PlainCommitment(Bench *b)
{
  uint8_t out[LEDGER_POINT_BYTES];

  (void)b;
  for (int k = 0; k < PLAIN; k++) {
    Must(EC_POINT_mul(group, point, value, second, blinding, context), "v G + r H");
    Must(EC_POINT_point2oct(group, point, POINT_CONVERSION_COMPRESSED, out, sizeof out, context) == sizeof out,
         "point");
  }
}

/* What a committed settlement does */

static void Prepare(Bench *b)
{
  MarketError error;

  b->bytes  = calloc(b->n, ENTRY_BYTES);
  b->entry  = calloc(b->n, sizeof *b->entry);
  b->record = calloc(b->n, sizeof *b->record);
  Must(b->bytes && b->entry && b->record, "memory");
  for (size_t i = 0; i < b->n; i++) {
    size_t          t     = i * INTERVALS / b->n;
    int64_t         sign  = i % 2 ? -1 : 1;
    SettlementEntry entry = {.kind             = SETTLEMENT_CONGESTION,
                             .interval         = (uint32_t)t,
                             .interval_seconds = 3600,
                             .participant      = 1,
                             .sequence         = (uint32_t)i,
                             .quantity_wh      = sign * (int64_t)(i / 2 * 7919 + 1),
                             .amount           = sign * (int64_t)(i / 2 * 104729 + 1),
                             .study            = EntryTextOf("demo"),
                             .policy           = EntryTextOf("base"),
                             .currency         = EntryTextOf("EUR"),
                             .region_name      = EntryTextOf("city"),
                             .participant_name = EntryTextOf("participant"),
                             .asset            = EntryTextOf("rooftop")};
    b->entry[i].bytes     = b->bytes + i * ENTRY_BYTES;
    Must(SettlementEntryEncode(&entry, b->bytes + i * ENTRY_BYTES, ENTRY_BYTES, &b->entry[i].size, &error) == MARKET_OK,
         "entry");
  }
}

static void Commit(Bench *b)
{
  enum { N = 64 };
  static int64_t      v[N];
  static LedgerScalar r[N];
  static LedgerPoint  c[N];

  for (size_t k = 0; k < N; k++) {
    v[k] = (int64_t)k * 1000003 - 30000000;
    memset(r[k].byte, (int)k + 1, LEDGER_SCALAR_BYTES);
  }
  for (size_t done = 0; done < b->n; done += N)
    Must(LedgerPedersenCommit(b->pedersen, N, v, r, c, NULL) == LEDGER_OK, "commitment");
}

static void MakeBlock(Bench *b)
{
  CommittedBlockDestroy(&b->block);
  Must(CommittedBlockCreate(b->pedersen, b->secret, &b->run, 0, b->n, b->entry, &b->block, NULL) == MARKET_OK, "block");
}

static void CheckPublicly(Bench *b)
{
  WindowRecord   window = {.intervals = INTERVALS, .interval_seconds = 3600, .regions = 1};
  CommittedCheck check  = NULL;
  MarketBytes    bytes  = {0};

  Must(CommittedCheckCreate(b->pedersen, &window, &check, NULL) == MARKET_OK, "check");
  for (size_t i = 0; i < b->n; i++)
    Must(CommittedCheckRecord(check, i, b->record[i], NULL) == MARKET_OK, "check of a record");
  for (size_t k = 0; k < b->block->sums.n; k++) {
    bytes.size = 0;
    ClosingWrite(&b->block->sums.closing[k], &bytes);
    Must(CommittedCheckClosing(check, b->n + k, (CommittedBytes){bytes.data, bytes.size}, NULL) == MARKET_OK,
         "closing");
  }
  Must(CommittedCheckEnd(check, NULL) == MARKET_OK, "end of the check");
  CommittedCheckDestroy(&check);
  MarketBytesFree(&bytes);
}

static void CheckOpenings(Bench *b)
{
  Must(WitnessCheckOpenings(b->pedersen, 0, 0, 0, b->n, b->record, b->block->n_openings, b->block->opening, NULL) ==
           MARKET_OK,
       "openings");
}

static void Report(const char *what, double rate, double unit)
{
  printf("%-58s %9.0f /s %8.2f us %7.2f\n", what, rate, 1e6 / rate, rate / unit);
}

int main(int argc, char **argv)
{
  Bench  b = {.n = 20000, .repeat = 3};
  double start, tables, plain;

  for (int k = 1; k + 1 < argc; k += 2) {
    if (!strcmp(argv[k], "-entries")) b.n = strtoull(argv[k + 1], NULL, 10);
    if (!strcmp(argv[k], "-repeat")) b.repeat = strtoull(argv[k + 1], NULL, 10);
  }
  b.n = b.n / (2 * INTERVALS) * (2 * INTERVALS); /* pairs of opposite amounts stay in one interval */
  Must(b.n && b.repeat, "reading of the options");
  start = Now();
  Must(LedgerPedersenCreate(&b.pedersen, NULL) == LEDGER_OK, "tables");
  tables = Now() - start;
  Must(LedgerSecretFromBytes("city", b.run.byte, &b.secret, NULL) == LEDGER_OK, "secret");
  Prepare(&b);
  PlainOpen();
  plain = Rate(&b, PLAIN, PlainCommitment);
  printf("%zu entries; ratios to OpenSSL's v G + r H in one call, compressed\n", b.n);
  Report("OpenSSL EC_POINT_mul, k G", Rate(&b, PLAIN, PlainGenerator), plain);
  Report("OpenSSL EC_POINT_mul, k P", Rate(&b, PLAIN, PlainPoint), plain);
  Report("OpenSSL EC_POINT_mul, v G + r H", plain, plain);
  Report("commitments", Rate(&b, (b.n + 63) / 64 * 64, Commit), plain);
  Report("entries committed (2 commitments, 2 hashes, sorted, summed)", Rate(&b, b.n, MakeBlock), plain);
  for (size_t i = 0; i < b.n; i++) b.record[i] = b.block->leaf[i].record;
  Report("records checked publicly", Rate(&b, b.n, CheckPublicly), plain);
  Report("openings checked by a witness (2 commitments each)", Rate(&b, b.n, CheckOpenings), plain);
  printf("tables of the two generators: %.1f ms, once\n", 1e3 * tables);
  PlainClose();
  CommittedBlockDestroy(&b.block);
  LedgerSecretDestroy(&b.secret);
  LedgerPedersenDestroy(&b.pedersen);
  free(b.bytes), free(b.entry), free(b.record);
  return 0;
}
