/* Soft limits on the command line, on the screen and in documents. */
#include "jobs/soft.h"

#include <stdlib.h>
#include <string.h>

static void FailClass(Job job, const char *command, const char *name)
{
  char   all[256] = "";
  size_t used     = 0;

  for (int k = 0; k < SOFT_LIMITS; k++)
    used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", k ? ", " : "", SoftLimitName((SoftLimit)k));
  JobFail(job, JOB_INPUT, "%s: --soft has the class %.40s, expected one of %s", command, name, all);
}

/* One CLASS=PRICE. */
static void ParseItem(Job job, const char *command, char *item, PetscReal *price)
{
  char     *value = strchr(item, '='), *end;
  SoftLimit limit;
  double    number;

  if (!value) {
    JobFail(job, JOB_INPUT, "%s: --soft has %.60s, expected CLASS=PRICE such as branch_rating=500", command, item);
    return;
  }
  *value++ = '\0';
  limit    = SoftLimitFind(item);
  number   = strtod(value, &end);
  if (limit == SOFT_LIMITS)
    FailClass(job, command, item);
  else if (end == value || *end || !(number >= SoftLimitLowestPrice() && number <= SoftLimitHighestPrice(limit)))
    JobFail(job, JOB_INPUT, "%s: --soft %s is %.40s, expected a price from %g to %g (%s)", command, item, value,
            (double)SoftLimitLowestPrice(), (double)SoftLimitHighestPrice(limit), SoftLimitPriceUnit(limit));
  else
    price[limit] = number;
}

void SoftParse(Job job, const char *command, const char *text, PetscReal *price)
{
  char copy[512], *save = NULL;
  int  n = 0;

  if (!text) return;
  if (strlen(text) >= sizeof copy) {
    JobFail(job, JOB_INPUT, "%s: --soft is too long, expected CLASS=PRICE[,CLASS=PRICE...]", command);
    return;
  }
  strcpy(copy, text);
  for (char *item = strtok_r(copy, ",", &save); item; item = strtok_r(NULL, ",", &save), n++)
    ParseItem(job, command, item, price);
  if (!n) JobFail(job, JOB_INPUT, "%s: --soft is %s, expected CLASS=PRICE[,CLASS=PRICE...]", command, text);
}

void SoftPrint(const PetscReal *price, const Evaluation *evaluation, FILE *stream)
{
  for (int k = 0; k < SOFT_LIMITS; k++)
    if (price[k] > 0 && evaluation->soft_excess[k] > 1e-6)
      fprintf(stream, "exceeded    %s by %.6g %s in all, at %g %s\n", SoftLimitName((SoftLimit)k),
              evaluation->soft_excess[k], SoftLimitExcessUnit((SoftLimit)k), price[k],
              SoftLimitPriceUnit((SoftLimit)k));
  if (evaluation->simultaneous)
    fprintf(stream, "storage     charges and discharges at once in %d intervals\n", (int)evaluation->simultaneous);
}

json_t *SoftToJson(const PetscReal *price, const PetscReal *excess)
{
  json_t *object = NULL;

  for (int k = 0; k < SOFT_LIMITS; k++) {
    json_t *row;
    if (!(price[k] > 0)) continue;
    if (!object) object = json_object();
    row = json_object();
    JsonPut(row, "excess", JsonReal(excess[k]));
    JsonPut(row, "unit", json_string(SoftLimitExcessUnit((SoftLimit)k)));
    JsonPut(row, "price", JsonReal(price[k]));
    JsonPut(row, "price_unit", json_string(SoftLimitPriceUnit((SoftLimit)k)));
    JsonPut(object, SoftLimitName((SoftLimit)k), row);
  }
  return object;
}
