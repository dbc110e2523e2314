/* What an infeasible problem lacks: in a sentence, on a screen, in a document. */
#include "jobs/infeasible.h"

#include <math.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/job.h"

/* Lines of each part on a screen; a document has everything. */
enum { MOST_SUMS = 5, MOST_REGIONS = 5, MOST_BUSES = 8, MOST_LIMITS = 6, TEXT = 320 };

/* What a region, or all of them, lacks and has too much of. */
typedef struct {
  PetscInt  region, hours, worst; /* hours with a shortage, and the worst of them, -1: none */
  PetscReal most, spilled, mvar;  /* MW short and spilled, Mvar lacking or too much, each in its worst hour */
  PetscReal mwh;
} Lack;

/* Sums over a region (-1: all), hour by hour; shortages are sorted by hour. */
static Lack LackOf(const OpfResult *result, PetscInt region, PetscReal step_hours)
{
  Lack lack = {.region = region, .worst = -1};

  for (PetscInt k = 0; k < result->n_shortages;) {
    const PetscInt hour     = result->shortage[k].hour;
    PetscReal      short_mw = 0, spilled = 0, mvar = 0;
    PetscBool      any = PETSC_FALSE;

    for (; k < result->n_shortages && result->shortage[k].hour == hour; k++) {
      const Shortage *s = &result->shortage[k];
      if (region >= 0 && s->region != region) continue;
      any = PETSC_TRUE;
      short_mw += fmax(s->mw, 0);
      spilled += fmax(-s->mw, 0);
      mvar += fabs(s->mvar);
    }
    if (!any) continue;
    lack.hours++;
    lack.mwh += step_hours * short_mw;
    lack.spilled = fmax(lack.spilled, spilled);
    lack.mvar    = fmax(lack.mvar, mvar);
    if (short_mw > lack.most || lack.worst < 0) {
      lack.most  = short_mw;
      lack.worst = hour;
    }
  }
  return lack;
}

/* Amount of a sum with its unit. */
static Short Amount(const Certificate *c, PetscReal value)
{
  Short text = FormatPower(value);

  if (c->kind == CERTIFICATE_ENERGY || c->kind == CERTIFICATE_FINAL_ENERGY) return FormatEnergy(value);
  if (c->kind == CERTIFICATE_REACTIVE) snprintf(text.text, sizeof text.text, "%.40s Mvar", FormatNumber(value).text);
  return text;
}

static const char *LackVerb(const Certificate *c)
{
  const PetscBool several = (PetscBool)(strncmp(c->name, "buses ", 6) == 0);
  if (c->kind == CERTIFICATE_SURPLUS) return several ? "have too much by" : "has too much by";
  return several ? "lack" : "lacks";
}

void InfeasibleHeadline(const OpfResult *result, PetscReal step_hours, char *text, size_t size)
{
  const Lack         lack = LackOf(result, -1, step_hours);
  const Certificate *sum  = result->certificate;

  text[0] = '\0';
  if (lack.most > 1e-6 && lack.hours == 1)
    snprintf(text, size, "%s short", FormatPower(lack.most).text);
  else if (lack.most > 1e-6)
    snprintf(text, size, "%s short over %g hours, at worst %s", FormatEnergy(lack.mwh).text,
             (double)lack.hours * step_hours, FormatPower(lack.most).text);
  else if (lack.spilled > 1e-6)
    snprintf(text, size, "%s too much", FormatPower(lack.spilled).text);
  else if (lack.mvar > 1e-6)
    snprintf(text, size, "%s Mvar cannot be balanced", FormatNumber(lack.mvar).text);
  else if (result->n_excess > 0)
    snprintf(text, size, "%s", result->excess[0].text);
  else if (result->n_certificates > 0)
    snprintf(text, size, "%s %s %s", sum->name, LackVerb(sum), Amount(sum, sum->amount).text);
}

static const char *Plural(PetscInt n)
{
  return n == 1 ? "" : "s";
}

/* What comes over the ties, as a clause. */
static void TieClause(const Certificate *c, const char *noun, char *text, size_t size)
{
  text[0] = '\0';
  if (c->ties == 1)
    snprintf(text, size, ", %s at most %.40s over one tie", noun, Amount(c, c->imports).text);
  else if (c->ties > 1)
    snprintf(text, size, ", %s at most %.40s over %d ties, all at their limits", noun, Amount(c, c->imports).text,
             (int)c->ties);
}

/* A sum in words: "region 2 lacks 312.4 MW at hour 0: demand 1904 MW, generation at most 1391 MW, ...". */
static void DescribeSum(const Certificate *c, const char *when, char *text, size_t size)
{
  const char *short_of[]  = {"demand", "forced in", "reactive demand", "short without storage"};
  const char *local[]     = {"generation at most", "demand and losses at most", "sources at most", ""};
  char        storage[64] = "", ties[128];

  if (c->kind == CERTIFICATE_FINAL_ENERGY) {
    snprintf(text, size, "%s cannot hold the %s it must%s: at most %s, %s too little", c->name,
             Amount(c, c->needed).text, when, Amount(c, c->local).text, Amount(c, c->amount).text);
  } else if (c->kind == CERTIFICATE_RAMP) {
    snprintf(text, size, "%s cannot be at %s%s: its ramp takes it to %s only", c->name, Amount(c, c->needed).text, when,
             Amount(c, c->local).text);
  } else if (c->kind == CERTIFICATE_ENERGY) {
    snprintf(text, size, "%s lacks %s up to%s: %s %s, storage can give %s by then", c->name, Amount(c, c->amount).text,
             *when ? when + 3 : " the end", short_of[c->kind], Amount(c, c->needed).text, Amount(c, c->storage).text);
  } else {
    TieClause(c, c->kind == CERTIFICATE_SURPLUS ? "exports" : "imports", ties, sizeof ties);
    if (c->storage > 0) snprintf(storage, sizeof storage, ", storage at most %.40s", Amount(c, c->storage).text);
    snprintf(text, size, "%s %s %s%s: %s %s, %s %s%s%s", c->name, LackVerb(c), Amount(c, c->amount).text, when,
             short_of[c->kind], Amount(c, c->needed).text, local[c->kind], Amount(c, c->local).text, storage, ties);
  }
}

/* " at hour 5", or nothing where hours are not shown. */
static Short When(PetscInt first_hour, PetscInt hour)
{
  Short when = {""};
  if (first_hour >= 0 && hour >= 0) snprintf(when.text, sizeof when.text, " at hour %d", (int)(first_hour + hour));
  return when;
}

/* Each set once, at its worst hour. */
static void ViewSums(const OpfResult *result, PetscInt first_hour, FILE *stream)
{
  PetscInt shown = 0, more = 0;
  char     text[TEXT];

  for (PetscInt k = 0; k < result->n_certificates; k++) {
    const Certificate *c = &result->certificate[k], *worst = c;
    PetscInt           hours = 0;
    PetscBool          first = PETSC_TRUE;

    for (PetscInt j = 0; j < result->n_certificates; j++) {
      const Certificate *other = &result->certificate[j];
      if (other->kind != c->kind || strcmp(other->name, c->name) != 0) continue;
      if (j < k) first = PETSC_FALSE;
      hours++;
      if (other->amount > worst->amount) worst = other;
    }
    if (!first) continue;
    if (shown++ >= MOST_SUMS) {
      more++;
      continue;
    }
    DescribeSum(worst, When(first_hour, worst->hour).text, text, sizeof text);
    fprintf(stream, "  %s", text);
    if (hours > 1) fprintf(stream, " (and in %d other hour%s)", (int)(hours - 1), Plural(hours - 1));
    fputc('\n', stream);
  }
  if (more) fprintf(stream, "  and %d more such sum%s\n", (int)more, Plural(more));
}

static int MostLacking(const void *a, const void *b)
{
  const Lack *p = (const Lack *)a, *q = (const Lack *)b;
  if (p->most != q->most) return p->most > q->most ? -1 : 1;
  if (p->spilled + p->mvar != q->spilled + q->mvar) return p->spilled + p->mvar > q->spilled + q->mvar ? -1 : 1;
  return p->region < q->region ? -1 : 1;
}

/* Regions that lack something, the worst first; the caller frees. */
static Lack *LackingRegions(Partition partition, const OpfResult *result, PetscReal step_hours, PetscInt *n)
{
  Lack *list = calloc((size_t)(partition ? partition->n_regions : 0) + 1, sizeof *list);

  *n = 0;
  for (PetscInt r = 0; partition && list && r < partition->n_regions; r++) {
    const Lack lack = LackOf(result, r, step_hours);
    if (lack.hours > 0) list[(*n)++] = lack;
  }
  if (*n > 1) qsort(list, (size_t)*n, sizeof *list, MostLacking);
  return list;
}

static void ViewRegions(Partition partition, const OpfResult *result, PetscInt first_hour, FILE *stream)
{
  PetscInt n;
  Lack    *list = LackingRegions(partition, result, 1, &n);

  for (PetscInt k = 0; k < n && partition->n_regions > 1; k++) {
    if (k == MOST_REGIONS) {
      fprintf(stream, "  and %d more region%s\n", (int)(n - k), Plural(n - k));
      break;
    }
    fprintf(stream, "  region %s:", partition->name[list[k].region]);
    if (list[k].most > 0)
      fprintf(stream, " %s short%s", FormatPower(list[k].most).text, When(first_hour, list[k].worst).text);
    if (list[k].spilled > 0)
      fprintf(stream, "%s %s too much", list[k].most > 0 ? "," : "", FormatPower(list[k].spilled).text);
    if (list[k].mvar > 1e-6)
      fprintf(stream, "%s %s Mvar not balanced", list[k].most > 0 || list[k].spilled > 0 ? "," : "",
              FormatNumber(list[k].mvar).text);
    fputc('\n', stream);
  }
  free(list);
}

static void ViewShortage(Network net, Partition partition, const Shortage *s, PetscInt first_hour, FILE *stream)
{
  char number[16];

  fputs("  ", stream);
  if (first_hour >= 0 && s->hour >= 0) fprintf(stream, "hour %d, ", (int)(first_hour + s->hour));
  if (partition && partition->n_regions > 1 && s->region >= 0)
    fprintf(stream, "region %s, ", partition->name[s->region]);
  if (s->bus >= 0) {
    snprintf(number, sizeof number, "%d", (int)net->bus.number[s->bus]);
    fprintf(stream, "bus %s%s%s: ", number, strcmp(number, net->bus.name[s->bus]) ? " " : "",
            strcmp(number, net->bus.name[s->bus]) ? net->bus.name[s->bus] : "");
  }
  if (s->mw > 0)
    fprintf(stream, "%s cannot be served", FormatPower(s->mw).text);
  else if (s->mw < 0)
    fprintf(stream, "%s cannot be taken", FormatPower(-s->mw).text);
  if (fabs(s->mvar) > 1e-6)
    fprintf(stream, "%s%s Mvar %s", s->mw != 0 ? ", " : "", FormatNumber(fabs(s->mvar)).text,
            s->mvar > 0 ? "lacking" : "too much");
  fputc('\n', stream);
}

static int LargestFirst(const void *a, const void *b)
{
  const Shortage *p = *(const Shortage *const *)a, *q = *(const Shortage *const *)b;
  const double    x = fmax(fabs(p->mw), fabs(p->mvar)), y = fmax(fabs(q->mw), fabs(q->mvar));
  if (x != y) return x > y ? -1 : 1;
  if (p->hour != q->hour) return p->hour < q->hour ? -1 : 1;
  return p->bus < q->bus ? -1 : 1;
}

static void ViewBuses(Network net, Partition partition, const OpfResult *result, PetscInt first_hour, FILE *stream)
{
  const PetscInt   n    = result->n_shortages;
  const Shortage **list = malloc(((size_t)n + 1) * sizeof *list);

  for (PetscInt k = 0; k < n && list; k++) list[k] = &result->shortage[k];
  if (list && n > 1) qsort(list, (size_t)n, sizeof *list, LargestFirst);
  for (PetscInt k = 0; k < n && k < MOST_BUSES && list; k++) ViewShortage(net, partition, list[k], first_hour, stream);
  if (n > MOST_BUSES)
    fprintf(stream, "  and %d more at other buses%s\n", (int)(n - MOST_BUSES), first_hour >= 0 ? " and hours" : "");
  free(list);
}

/* Limits of power before those of voltage, whose prices per unit are large whatever stands behind them. */
static PetscInt ViewBinding(const OpfResult *result, PetscBool voltages, PetscInt most, PetscInt first_hour,
                            FILE *stream)
{
  PetscInt shown = 0;

  for (PetscInt k = 0; k < result->n_binding && shown < most; k++) {
    const BindingLimit *limit = &result->binding[k];
    if ((PetscBool)(strstr(limit->text, "voltage") != NULL) != voltages) continue;
    fprintf(stream, "  binding: %s%s, shadow price %s\n", limit->text, When(first_hour, limit->hour).text,
            FormatNumber(limit->price).text);
    shown++;
  }
  return shown;
}

static void ViewLimits(const OpfResult *result, PetscInt first_hour, FILE *stream)
{
  PetscInt shown;

  for (PetscInt k = 0; k < result->n_excess && k < MOST_LIMITS; k++)
    fprintf(stream, "  has to give way: %s%s\n", result->excess[k].text, When(first_hour, result->excess[k].hour).text);
  if (result->n_excess > MOST_LIMITS) fprintf(stream, "  and %d more limits\n", (int)(result->n_excess - MOST_LIMITS));
  shown = ViewBinding(result, PETSC_FALSE, MOST_LIMITS - 2, first_hour, stream);
  shown += ViewBinding(result, PETSC_TRUE, MOST_LIMITS - shown, first_hour, stream);
  if (result->n_binding > shown) fprintf(stream, "  and %d more binding limits\n", (int)(result->n_binding - shown));
}

void InfeasibleView(Network net, Partition partition, const OpfResult *result, PetscInt first_hour, FILE *stream)
{
  ViewSums(result, first_hour, stream);
  if (result->lossless) fprintf(stream, "  what follows is by the lossless DC model\n");
  ViewRegions(partition, result, first_hour, stream);
  ViewBuses(net, partition, result, first_hour, stream);
  ViewLimits(result, first_hour, stream);
}

static json_t *RegionName(Partition partition, PetscInt region)
{
  return partition && region >= 0 ? json_string(partition->name[region]) : json_null();
}

static json_t *SumsToJson(Network net, Partition partition, const OpfResult *result)
{
  static const char *const kind[CERTIFICATE_KINDS] = {"shortage", "surplus",      "reactive",
                                                      "energy",   "final-energy", "ramp"};
  static const char *const unit[CERTIFICATE_KINDS] = {"MW", "MW", "Mvar", "MWh", "MWh", "MW"};
  json_t                  *list                    = json_array();

  for (PetscInt k = 0; k < result->n_certificates; k++) {
    const Certificate *c   = &result->certificate[k];
    json_t            *row = json_object();
    char               text[TEXT];

    DescribeSum(c, When(0, c->hour).text, text, sizeof text);
    JsonPut(row, "kind", json_string(kind[c->kind]));
    JsonPut(row, "subject", json_string(c->name));
    JsonPut(row, "hour", json_integer(c->hour));
    JsonPut(row, "region", RegionName(partition, c->region));
    JsonPut(row, "first_bus", c->bus >= 0 ? json_integer(net->bus.number[c->bus]) : json_null());
    JsonPut(row, "buses", json_integer(c->n_buses));
    JsonPut(row, "unit", json_string(unit[c->kind]));
    JsonPut(row, "lacking", JsonReal(c->amount));
    JsonPut(row, "needed", JsonReal(c->needed));
    JsonPut(row, "local", JsonReal(c->local));
    JsonPut(row, "storage", JsonReal(c->storage));
    JsonPut(row, "over_ties", JsonReal(c->imports));
    JsonPut(row, "ties", json_integer(c->ties));
    JsonPut(row, "text", json_string(text));
    json_array_append_new(list, row);
  }
  return list;
}

static json_t *RegionsToJson(Partition partition, const OpfResult *result, PetscReal step_hours)
{
  json_t  *array = json_array();
  PetscInt n;
  Lack    *list = LackingRegions(partition, result, step_hours, &n);

  for (PetscInt k = 0; k < n; k++) {
    json_t *row = json_object();
    JsonPut(row, "region", RegionName(partition, list[k].region));
    JsonPut(row, "shortage_mw", JsonReal(list[k].most));
    JsonPut(row, "hour", json_integer(list[k].worst));
    JsonPut(row, "shortage_mwh", JsonReal(list[k].mwh));
    JsonPut(row, "surplus_mw", JsonReal(list[k].spilled));
    JsonPut(row, "imbalance_mvar", JsonReal(list[k].mvar));
    json_array_append_new(array, row);
  }
  free(list);
  return array;
}

static json_t *BusesToJson(Network net, Partition partition, const OpfResult *result)
{
  json_t *list = json_array();

  for (PetscInt k = 0; k < result->n_shortages; k++) {
    const Shortage *s   = &result->shortage[k];
    json_t         *row = json_object();
    JsonPut(row, "hour", json_integer(s->hour));
    JsonPut(row, "region", RegionName(partition, s->region));
    JsonPut(row, "bus", s->bus >= 0 ? json_integer(net->bus.number[s->bus]) : json_null());
    JsonPut(row, "mw", JsonReal(s->mw));
    JsonPut(row, "mvar", JsonReal(s->mvar));
    json_array_append_new(list, row);
  }
  return list;
}

static json_t *LimitRow(Partition partition, const char *text, PetscInt hour, PetscInt region)
{
  json_t *row = json_object();
  JsonPut(row, "limit", json_string(text));
  JsonPut(row, "hour", json_integer(hour));
  JsonPut(row, "region", RegionName(partition, region));
  return row;
}

void InfeasibleToJson(Network net, Partition partition, const OpfResult *result, PetscReal step_hours, json_t *object)
{
  json_t *excess = json_array(), *binding = json_array();

  for (PetscInt k = 0; k < result->n_excess; k++) {
    const LimitExcess *e   = &result->excess[k];
    json_t            *row = LimitRow(partition, e->text, e->hour, e->region);
    JsonPut(row, "amount", JsonReal(e->amount));
    json_array_append_new(excess, row);
  }
  for (PetscInt k = 0; k < result->n_binding; k++) {
    const BindingLimit *b   = &result->binding[k];
    json_t             *row = LimitRow(partition, b->text, b->hour, b->region);
    JsonPut(row, "shadow_price", JsonReal(b->price));
    json_array_append_new(binding, row);
  }
  JsonPut(object, "shortage_mw", JsonReal(LackOf(result, -1, step_hours).most));
  JsonPut(object, "shortage_mwh", JsonReal(result->shortage_mwh));
  JsonPut(object, "diagnosis_iterations", json_integer(result->diagnosis_iterations));
  JsonPut(object, "lossless", json_boolean(result->lossless));
  JsonPut(object, "sums", SumsToJson(net, partition, result));
  JsonPut(object, "regions_short", RegionsToJson(partition, result, step_hours));
  JsonPut(object, "shortages", BusesToJson(net, partition, result));
  JsonPut(object, "limits_to_give_way", excess);
  JsonPut(object, "binding_limits", binding);
}
