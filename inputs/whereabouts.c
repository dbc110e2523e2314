/* Where this rank is in its work. */
#include "inputs/whereabouts.h"

#include <string.h>
#include <unistd.h>

static Whereabouts  own    = {.ranks = 1, .window = -1, .host = "this machine"};
static Whereabouts *record = &own;
static FailedSolve  failed_solve;

static void Copy(char *to, size_t size, const char *from)
{
  size_t n = 0;

  for (; from && from[n] && n + 1 < size; n++) to[n] = from[n];
  to[n] = '\0';
}

void WhereaboutsPlace(Whereabouts *memory)
{
  *memory = *record;
  record  = memory;
}

void WhereaboutsRank(int rank, int ranks)
{
  char host[WHEREABOUTS_HOST];

  record->rank  = rank;
  record->ranks = ranks;
  if (gethostname(host, sizeof host)) return;
  host[sizeof host - 1] = '\0';
  Copy(record->host, sizeof record->host, host);
}

void WhereaboutsStage(const char *stage)
{
  Copy(record->stage, sizeof record->stage, stage);
}

void WhereaboutsWindow(long window)
{
  record->window = window;
  WhereaboutsRegion(NULL);
  failed_solve.failed = 0;
}

void WhereaboutsRegion(const char *name)
{
  Copy(record->region, sizeof record->region, name);
}

void WhereaboutsSolveFailed(const char *region, long iterations, double residual)
{
  Copy(failed_solve.region, sizeof failed_solve.region, region);
  failed_solve.iterations = iterations;
  failed_solve.residual   = residual;
  failed_solve.failed     = 1;
}

const Whereabouts *WhereaboutsNow(void)
{
  return record;
}

const FailedSolve *WhereaboutsFailedSolve(void)
{
  return &failed_solve;
}

void PlainText(char *text, size_t size, size_t *at, const char *word)
{
  for (; *word && *at + 1 < size; word++) text[(*at)++] = *word;
  if (size) text[*at < size ? *at : size - 1] = '\0';
}

void PlainNumber(char *text, size_t size, size_t *at, long number)
{
  char          digits[24];
  size_t        n    = sizeof digits;
  unsigned long rest = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;

  digits[--n] = '\0';
  do {
    digits[--n] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (number < 0) digits[--n] = '-';
  PlainText(text, size, at, digits + n);
}

void WhereaboutsText(const Whereabouts *here, char *text, size_t size)
{
  size_t at = 0;

  PlainText(text, size, &at, "rank ");
  PlainNumber(text, size, &at, here->rank);
  PlainText(text, size, &at, " of ");
  PlainNumber(text, size, &at, here->ranks);
  PlainText(text, size, &at, " on ");
  PlainText(text, size, &at, here->host);
  if (here->window >= 0) {
    PlainText(text, size, &at, ", window ");
    PlainNumber(text, size, &at, here->window);
  }
  if (here->stage[0]) {
    PlainText(text, size, &at, ", ");
    PlainText(text, size, &at, here->stage);
  }
  if (here->region[0]) {
    PlainText(text, size, &at, ", region ");
    PlainText(text, size, &at, here->region);
  }
}
