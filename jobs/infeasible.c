/* What an infeasible problem lacks. */
#include "jobs/infeasible.h"

#include <math.h>

#include "jobs/format.h"
#include "jobs/job.h"

enum { MOST_LINES = 24 };

/* Megawatts that lack in an hour (unserved and spilled power counted alike); the hour's number of rows through `rows`. */
static PetscReal HourShortage(const OpfResult *result, PetscInt hour, PetscReal *spilled)
{
  PetscReal sum = 0;

  *spilled = 0;
  for (PetscInt k = 0; k < result->n_shortages; k++) {
    if (result->shortage[k].hour != hour) continue;
    if (result->shortage[k].mw > 0)
      sum += result->shortage[k].mw;
    else
      *spilled -= result->shortage[k].mw;
  }
  return sum;
}

/* Hours with a shortage, and the worst of them. */
static PetscInt CountHours(const OpfResult *result, PetscInt *worst, PetscReal *most, PetscReal *spilled)
{
  PetscInt  hours = 0, last = -2;
  PetscReal spill;

  *worst = -1;
  *most = *spilled = 0;
  for (PetscInt k = 0; k < result->n_shortages; k++) {
    PetscReal sum;
    if (result->shortage[k].hour == last) continue;
    last = result->shortage[k].hour;
    hours++;
    sum = HourShortage(result, last, &spill);
    if (spill > *spilled) *spilled = spill;
    if (sum <= *most) continue;
    *most  = sum;
    *worst = last;
  }
  return hours;
}

void InfeasibleHeadline(const OpfResult *result, PetscReal step_hours, char *text, size_t size)
{
  PetscInt  worst, hours;
  PetscReal most, spilled;

  hours   = CountHours(result, &worst, &most, &spilled);
  text[0] = '\0';
  if (!hours) return;
  if (most <= 0) {
    snprintf(text, size, "%s too much", FormatPower(spilled).text);
  } else if (hours == 1) {
    snprintf(text, size, "%s short", FormatPower(most).text);
  } else {
    snprintf(text, size, "%s short over %g hours, at worst %s", FormatEnergy(result->shortage_mwh).text,
             (double)hours * step_hours, FormatPower(most).text);
  }
}

static void ViewShortage(Network net, Partition partition, const Shortage *s, PetscInt first_hour, FILE *stream)
{
  fputs("  ", stream);
  if (first_hour >= 0 && s->hour >= 0) fprintf(stream, "hour %d, ", (int)(first_hour + s->hour));
  if (partition && partition->n_regions > 1 && s->region >= 0)
    fprintf(stream, "region %s, ", partition->name[s->region]);
  if (s->bus >= 0) fprintf(stream, "bus %d %s: ", (int)net->bus.number[s->bus], net->bus.name[s->bus]);
  if (s->mw > 0)
    fprintf(stream, "%s cannot be served", FormatPower(s->mw).text);
  else if (s->mw < 0)
    fprintf(stream, "%s cannot be taken", FormatPower(-s->mw).text);
  if (fabs(s->mvar) > 1e-6)
    fprintf(stream, "%s%s Mvar %s", s->mw != 0 ? ", " : "", FormatNumber(fabs(s->mvar)).text,
            s->mvar > 0 ? "lacking" : "too much");
  fputc('\n', stream);
}

void InfeasibleView(Network net, Partition partition, const OpfResult *result, PetscInt first_hour, FILE *stream)
{
  PetscInt shown = 0;

  for (PetscInt k = 0; k < result->n_shortages && shown < MOST_LINES; k++, shown++)
    ViewShortage(net, partition, &result->shortage[k], first_hour, stream);
  if (result->n_shortages > shown) fprintf(stream, "  and %d more\n", (int)(result->n_shortages - shown));
  for (PetscInt k = 0; k < result->n_binding && k < MOST_LINES; k++) {
    const BindingLimit *b = &result->binding[k];
    fputs("  binding: ", stream);
    if (first_hour >= 0 && b->hour >= 0) fprintf(stream, "hour %d, ", (int)(first_hour + b->hour));
    fprintf(stream, "%s\n", b->text);
  }
}

void InfeasibleToJson(Network net, Partition partition, const OpfResult *result, json_t *object)
{
  PetscInt  worst;
  PetscReal most, spilled;
  json_t   *list = json_array();

  CountHours(result, &worst, &most, &spilled);
  JsonPut(object, "shortage_mw", JsonReal(most));
  JsonPut(object, "shortage_mwh", JsonReal(result->shortage_mwh));
  for (PetscInt k = 0; k < result->n_shortages; k++) {
    const Shortage *s   = &result->shortage[k];
    json_t         *row = json_object();
    JsonPut(row, "hour", json_integer(s->hour));
    JsonPut(row, "region", partition && s->region >= 0 ? json_string(partition->name[s->region]) : json_null());
    JsonPut(row, "bus", s->bus >= 0 ? json_integer(net->bus.number[s->bus]) : json_null());
    JsonPut(row, "mw", JsonReal(s->mw));
    JsonPut(row, "mvar", JsonReal(s->mvar));
    json_array_append_new(list, row);
  }
  JsonPut(object, "shortages", list);
  list = json_array();
  for (PetscInt k = 0; k < result->n_binding; k++) {
    const BindingLimit *b   = &result->binding[k];
    json_t             *row = json_object();
    JsonPut(row, "limit", json_string(b->text));
    JsonPut(row, "hour", json_integer(b->hour));
    JsonPut(row, "region", partition && b->region >= 0 ? json_string(partition->name[b->region]) : json_null());
    JsonPut(row, "shadow_price", JsonReal(b->price));
    json_array_append_new(list, row);
  }
  JsonPut(object, "binding_limits", list);
}
