/* How a system runs, hour by hour, and its way into the page: few bytes, no more numbers than can be seen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report_impl.h"

enum { LEVELS = 32767, MISSING = -32768 };

/* A load of a watt makes the mean of prices a plain one where there is no demand. */
static const double LEAST_WEIGHT = 1e-6;

PetscErrorCode TextListFind(TextList *list, const char *text, PetscInt *position)
{
  PetscFunctionBeginUser;
  for (*position = 0; *position < list->n; (*position)++)
    if (!strcmp(list->text[*position], text)) PetscFunctionReturn(0);
  PetscCall(PetscRealloc((size_t)(list->n + 1) * sizeof *list->text, &list->text));
  PetscCall(PetscStrallocpy(text, &list->text[list->n++]));
  PetscFunctionReturn(0);
}

PetscErrorCode TextListDestroy(TextList *list)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < list->n; k++) PetscCall(PetscFree(list->text[k]));
  PetscCall(PetscFree(list->text));
  list->n = 0;
  PetscFunctionReturn(0);
}

json_t *TextListJson(const TextList *list)
{
  json_t *array = json_array();

  for (PetscInt k = 0; k < list->n; k++) json_array_append_new(array, JsonText(list->text[k]));
  return array;
}

PetscErrorCode OperationCreate(PetscInt n, PetscInt n_periods, Operation *operation)
{
  Operation op;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(operation));
  op            = *operation;
  op->n         = n;
  op->n_periods = n_periods;
  op->step      = 1;
  PetscCall(PetscCalloc1(n_periods + 1, &op->first));
  PetscCall(PetscCalloc1(n_periods, &op->period));
  PetscCall(PetscCalloc2(n, &op->time, n, &op->hours));
  op->first[n_periods] = n;
  PetscFunctionReturn(0);
}

PetscErrorCode OperationDestroy(Operation *operation)
{
  Operation op = *operation;

  PetscFunctionBeginUser;
  if (!op) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < op->n_series; k++) PetscCall(PetscFree(op->series[k].value));
  for (PetscInt p = 0; p < op->n_periods; p++) PetscCall(PetscFree(op->period[p]));
  PetscCall(PetscFree(op->series));
  PetscCall(PetscFree2(op->time, op->hours));
  PetscCall(PetscFree(op->period));
  PetscCall(PetscFree(op->first));
  PetscCall(TextListDestroy(&op->carriers));
  PetscCall(TextListDestroy(&op->regions));
  PetscCall(TextListDestroy(&op->technologies));
  PetscCall(PetscFree(*operation));
  PetscFunctionReturn(0);
}

static PetscErrorCode Find(Operation op, Series key, double **value)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < op->n_series; k++) {
    const Series *s = &op->series[k];
    if (s->kind != key.kind || s->carrier != key.carrier || s->region != key.region || s->technology != key.technology)
      continue;
    *value = s->value;
    PetscFunctionReturn(0);
  }
  PetscCall(PetscRealloc((size_t)(op->n_series + 1) * sizeof *op->series, &op->series));
  PetscCall(PetscCalloc1(op->n, &key.value));
  op->series[op->n_series++] = key;
  *value                     = key.value;
  PetscFunctionReturn(0);
}

PetscErrorCode OperationSeries(Operation op, SeriesKind kind, const char *carrier, const char *region,
                               const char *technology, double **value)
{
  Series key = {.kind = kind, .region = -1};

  PetscFunctionBeginUser;
  PetscCall(TextListFind(&op->carriers, carrier, &key.carrier));
  if (region) PetscCall(TextListFind(&op->regions, region, &key.region));
  PetscCall(TextListFind(&op->technologies, technology, &key.technology));
  PetscCall(Find(op, key, value));
  PetscFunctionReturn(0);
}

PetscErrorCode OperationAddPrice(Operation op, const char *carrier, const char *region, const double *price,
                                 const double *demand)
{
  double *sum[2], *weight[2];

  PetscFunctionBeginUser;
  for (int all = 0; all < 2; all++) {
    PetscCall(OperationSeries(op, SERIES_PRICE, carrier, all ? NULL : region, "", &sum[all]));
    PetscCall(OperationSeries(op, SERIES_WEIGHT, carrier, all ? NULL : region, "", &weight[all]));
    for (PetscInt t = 0; t < op->n; t++) {
      const double w = (demand ? fabs(demand[t]) : 0) + LEAST_WEIGHT;
      if (!isfinite(price[t])) continue;
      sum[all][t] += w * price[t];
      weight[all][t] += w;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode DividePrices(Operation op)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < op->n_series; k++) {
    Series  key = op->series[k];
    double *weight;
    if (key.kind != SERIES_PRICE) continue;
    key.kind = SERIES_WEIGHT;
    PetscCall(Find(op, key, &weight));
    for (PetscInt t = 0; t < op->n; t++) key.value[t] = weight[t] > 0 ? key.value[t] / weight[t] : NAN;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode OperationFinish(Operation op)
{
  const PetscInt n = op->n_series;

  PetscFunctionBeginUser;
  PetscCall(DividePrices(op));
  for (PetscInt k = 0; k < n; k++) {
    Series  key  = op->series[k];
    double *from = key.value, *sum;
    if (key.kind == SERIES_PRICE || key.kind == SERIES_WEIGHT || key.region < 0) continue;
    if (!strcmp(op->technologies.text[key.technology], "exchange")) continue; /* within the whole it cancels */
    key.region = -1;
    PetscCall(Find(op, key, &sum));
    for (PetscInt t = 0; t < op->n; t++) sum[t] += from[t];
  }
  PetscFunctionReturn(0);
}

PetscInt OperationThinning(Operation op, PetscInt count, PetscInt budget)
{
  static const PetscInt steps[] = {1, 2, 3, 4, 6, 12, 24, 48, 168};
  const size_t          n       = sizeof steps / sizeof steps[0];

  for (size_t k = 0; k < n; k++)
    if ((double)op->n / (double)steps[k] * (double)count <= (double)budget) return steps[k];
  return steps[n - 1];
}

static double Mean(const double *value, PetscInt n)
{
  double   sum   = 0;
  PetscInt count = 0;

  for (PetscInt k = 0; k < n; k++) {
    if (!isfinite(value[k])) continue;
    sum += value[k];
    count++;
  }
  return count ? sum / (double)count : NAN;
}

static void Base64(const unsigned char *bytes, size_t n, char *text)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  for (size_t k = 0; k < n; k += 3) {
    const unsigned b = (unsigned)bytes[k] << 16 | (k + 1 < n ? (unsigned)bytes[k + 1] << 8 : 0u) |
                       (k + 2 < n ? (unsigned)bytes[k + 2] : 0u);
    *text++ = letters[b >> 18];
    *text++ = letters[b >> 12 & 63];
    *text++ = k + 1 < n ? letters[b >> 6 & 63] : '=';
    *text++ = k + 2 < n ? letters[b & 63] : '=';
  }
  *text = '\0';
}

json_t *SeriesEncode(const double *value, PetscInt n, PetscInt thin)
{
  const size_t   m     = (size_t)((n + thin - 1) / thin);
  unsigned char *bytes = malloc(2 * m + 1);
  char          *text  = malloc(4 * (2 * m + 2) / 3 + 4);
  double         most = 0, *mean = malloc((m + 1) * sizeof *mean);
  json_t        *out = json_object();

  for (size_t k = 0; k < m; k++) {
    const PetscInt at = (PetscInt)k * thin;
    mean[k]           = Mean(value + at, PetscMin(thin, n - at));
    if (isfinite(mean[k])) most = fmax(most, fabs(mean[k]));
  }
  for (size_t k = 0; k < m; k++) {
    const int q      = !isfinite(mean[k]) ? MISSING : most > 0 ? (int)lround(mean[k] / most * LEVELS) : 0;
    bytes[2 * k]     = (unsigned char)(q & 255);
    bytes[2 * k + 1] = (unsigned char)(q >> 8 & 255);
  }
  Base64(bytes, 2 * m, text);
  JsonPut(out, "most", JsonReal(most));
  JsonPut(out, "thin", json_integer(thin));
  JsonPut(out, "data", json_string(text));
  free(bytes);
  free(text);
  free(mean);
  return out;
}
