/* What a screening found. */
#include "jobs/screen_report.h"

#include <math.h>

#include "jobs/format.h"

enum { MOST_ROWS = 20 }; /* on a screen */

static const char *const cct_names[] = {[CCT_FOUND]             = "found",
                                        [CCT_STABLE_AT_LONGEST] = "stable",
                                        [CCT_UNSTABLE_AT_ZERO]  = "unstable",
                                        [CCT_FAILED]            = "failed"};

static json_t *Bus(const ScreenReport *report, PetscInt bus)
{
  return bus < 0 ? json_null() : json_integer(report->grid->net->bus.number[bus]);
}

static json_t *Events(const ScreenReport *report, const Contingency *c)
{
  json_t *all = json_array();
  char    text[256];

  for (PetscInt k = 0; k < c->n; k++) {
    json_t *one = json_object();
    JsonPut(one, "time_s", JsonReal(c->event[k].time_s));
    JsonPut(one, "text", JsonText(EventDescribe(report->grid->net, &c->event[k], text, sizeof text)));
    json_array_append_new(all, one);
  }
  return all;
}

static json_t *Row(const ScreenReport *report, PetscInt place)
{
  const ScreenResult *r   = &report->result[report->order[place]];
  json_t             *row = json_object();

  JsonPut(row, "rank", json_integer(place + 1));
  JsonPut(row, "name", JsonText(report->list->item[r->number].name));
  JsonPut(row, "verdict", json_string(StabilityVerdictName(r->verdict)));
  JsonPut(row, "criterion", r->criterion < 0 ? json_null() : json_string(ScreenCriterionName(r->criterion)));
  JsonPut(row, "violation_s", JsonReal(r->violation_s));
  JsonPut(row, "severity", JsonReal(r->severity));
  JsonPut(row, "max_angle_spread_deg", JsonReal(r->max_angle_spread_deg));
  JsonPut(row, "min_voltage_pu", JsonReal(r->min_voltage_pu));
  JsonPut(row, "min_voltage_bus", Bus(report, r->min_voltage_bus));
  JsonPut(row, "nadir_hz", JsonReal(r->nadir_hz));
  JsonPut(row, "zenith_hz", JsonReal(r->zenith_hz));
  JsonPut(row, "max_rocof_hz_per_s", JsonReal(r->max_rocof_hz_per_s));
  JsonPut(row, "islands", json_integer(r->n_islands));
  JsonPut(row, "dead_buses", json_integer(r->n_dead_buses));
  JsonPut(row, "lost_load_mw", JsonReal(r->lost_load_mw));
  JsonPut(row, "actions", json_integer(r->n_actions));
  if (r->has_cct) JsonPut(row, "cct", json_string(cct_names[r->cct_status]));
  if (r->has_cct) JsonPut(row, "cct_s", JsonReal(r->cct_s));
  JsonPut(row, "steps", json_integer(r->steps));
  JsonPut(row, "reason", JsonText(r->reason));
  JsonPut(row, "events", Events(report, &report->list->item[r->number]));
  return row;
}

PetscErrorCode ScreenReportFill(const ScreenReport *report, json_t *d)
{
  const ScreenSummary *s       = report->summary;
  json_t              *ranking = json_array();
  char                 text[1024];

  PetscFunctionBeginUser;
  JsonPut(d, "case", JsonText(report->grid->net->name));
  JsonPut(d, "operating_point", json_string(report->point));
  JsonPut(d, "frequency_hz", JsonReal(report->grid->frequency_hz));
  JsonPut(d, "until_s", JsonReal(report->options->until_s));
  JsonPut(d, "tolerance", JsonReal(report->options->relative_tolerance));
  JsonPut(d, "contingencies", json_integer(report->list->n));
  JsonPut(d, "stable", json_integer(s->n_stable));
  JsonPut(d, "unstable", json_integer(s->n_unstable));
  JsonPut(d, "failed", json_integer(s->n_failed));
  PetscCall(DeviceTableDescribe(report->grid->devices, text, sizeof text));
  JsonPut(d, "machine_data", JsonText(text));
  for (PetscInt k = 0; k < report->list->n; k++) json_array_append_new(ranking, Row(report, k));
  JsonPut(d, "ranking", ranking);
  PetscFunctionReturn(0);
}

/* A cell: text as it stands, numbers short but exact, nothing for what is not there. */
static void AddCell(Text *text, const json_t *value)
{
  if (json_is_string(value))
    TextAddField(text, json_string_value(value));
  else if (json_is_integer(value))
    TextAdd(text, "%lld", (long long)json_integer_value(value));
  else if (json_is_real(value))
    TextAdd(text, "%s", FormatExact(json_real_value(value)).text);
}

PetscErrorCode ScreenReportCsv(const ScreenReport *report, Text *text)
{
  static const char *const columns[] = {"rank",
                                        "name",
                                        "verdict",
                                        "criterion",
                                        "violation_s",
                                        "severity",
                                        "max_angle_spread_deg",
                                        "min_voltage_pu",
                                        "min_voltage_bus",
                                        "nadir_hz",
                                        "zenith_hz",
                                        "max_rocof_hz_per_s",
                                        "islands",
                                        "dead_buses",
                                        "lost_load_mw",
                                        "actions",
                                        "cct",
                                        "cct_s",
                                        "steps",
                                        "reason"};
  const size_t             n         = sizeof columns / sizeof columns[0];

  PetscFunctionBeginUser;
  for (size_t c = 0; c < n; c++) TextAdd(text, "%s%s", columns[c], c + 1 < n ? "," : "\n");
  for (PetscInt k = 0; k < report->list->n; k++) {
    json_t *row = Row(report, k);
    for (size_t c = 0; c < n; c++) {
      AddCell(text, json_object_get(row, columns[c]));
      TextAdd(text, "%s", c + 1 < n ? "," : "\n");
    }
    json_decref(row);
  }
  PetscFunctionReturn(0);
}

static void PrintNumber(FILE *out, int decimals, PetscReal value)
{
  char text[32] = "-";
  if (isfinite(value)) snprintf(text, sizeof text, "%.*f", decimals, value);
  fprintf(out, " %8s", text);
}

PetscErrorCode ScreenReportPrint(const ScreenReport *report, FILE *out)
{
  const ScreenSummary *s = report->summary;

  PetscFunctionBeginUser;
  fprintf(out, "%s: %d contingencies: %d stable, %d unstable, %d without verdict\n\n", report->grid->net->name,
          (int)report->list->n, (int)s->n_stable, (int)s->n_unstable, (int)s->n_failed);
  fprintf(out, "%4s  %-32s %-9s %-10s %8s %8s %8s %8s %8s\n", "rank", "name", "verdict", "criterion", "at (s)",
          "severity", "spread", "V (pu)", "f (Hz)");
  for (PetscInt k = 0; k < PetscMin(report->list->n, MOST_ROWS); k++) {
    const ScreenResult *r = &report->result[report->order[k]];
    fprintf(out, "%4d  %-32.60s %-9s %-10s", (int)k + 1, report->list->item[r->number].name,
            StabilityVerdictName(r->verdict), ScreenCriterionName(r->criterion));
    PrintNumber(out, 3, r->violation_s);
    PrintNumber(out, 3, r->severity);
    PrintNumber(out, 1, r->max_angle_spread_deg);
    PrintNumber(out, 3, r->min_voltage_pu);
    PrintNumber(out, 3, r->nadir_hz);
    fprintf(out, "\n");
  }
  if (report->list->n > MOST_ROWS) fprintf(out, "(-o DIR stores all %d)\n", (int)report->list->n);
  PetscFunctionReturn(0);
}
