/* What a simulation found, for machines and for people. */
#include "jobs/stability_report.h"

#include <math.h>

static const char *const criteria[VERDICT_CRITERIA] = {
    [VERDICT_ANGLE] = "angle", [VERDICT_VOLTAGE] = "voltage", [VERDICT_FREQUENCY] = "frequency"};

static json_t *Criteria(const VerdictResult *v)
{
  json_t *all = json_object();

  for (int c = 0; c < VERDICT_CRITERIA; c++) {
    json_t *one = json_object();
    JsonPut(one, "passed", json_boolean(v->item[c].passed));
    JsonPut(one, "time_s", JsonReal(v->item[c].time_s));
    JsonPut(one, "text", v->item[c].passed ? json_null() : JsonText(v->item[c].text));
    JsonPut(all, criteria[c], one);
  }
  return all;
}

static void FillJudgement(const StabilityReport *report, json_t *d)
{
  const StabilityResult *r   = &report->result;
  const VerdictResult   *v   = &r->judgement;
  const BusTable        *bus = &report->grid->net->bus;

  if (r->verdict == STABILITY_FAILED) return;
  JsonPut(d, "criteria", Criteria(v));
  JsonPut(d, "violation_s", JsonReal(r->violation_s));
  JsonPut(d, "end_s", JsonReal(r->end_s));
  JsonPut(d, "max_angle_spread_deg", JsonReal(r->max_angle_spread_deg));
  JsonPut(d, "max_speed_deviation_pu", JsonReal(r->max_speed_deviation_pu));
  JsonPut(d, "nadir_hz", JsonReal(v->nadir_hz));
  JsonPut(d, "zenith_hz", JsonReal(v->zenith_hz));
  JsonPut(d, "end_hz", JsonReal(v->end_hz));
  JsonPut(d, "max_rocof_hz_per_s", JsonReal(v->max_rocof_hz_per_s));
  JsonPut(d, "min_voltage_pu", JsonReal(v->min_voltage_pu));
  JsonPut(d, "min_voltage_bus", v->min_voltage_bus < 0 ? json_null() : json_integer(bus->number[v->min_voltage_bus]));
}

static json_t *Events(const StabilityReport *report)
{
  json_t *all = json_array();
  char    text[256];

  for (PetscInt k = 0; k < report->n_events; k++) {
    json_t *one = json_object();
    JsonPut(one, "time_s", JsonReal(report->event[k].time_s));
    JsonPut(one, "text", JsonText(EventDescribe(report->grid->net, &report->event[k], text, sizeof text)));
    json_array_append_new(all, one);
  }
  return all;
}

static json_t *Notes(const StabilityResult *r)
{
  json_t *all = json_array();

  for (PetscInt k = 0; k < r->n_notes && k < STABILITY_NOTES; k++) {
    json_t *one = json_object();
    JsonPut(one, "time_s", JsonReal(r->note[k].time_s));
    JsonPut(one, "text", JsonText(r->note[k].text));
    json_array_append_new(all, one);
  }
  return all;
}

static json_t *Warnings(const StabilityReport *report)
{
  json_t                *w = json_object();
  const StabilityResult *r = &report->result;

  JsonPut(w, "suspicious_data", json_integer(report->grid->devices->n_suspicious));
  JsonPut(w, "records_passed_over", json_integer(report->grid->devices->n_unsupported));
  JsonPut(w, "suspicious_starts", json_integer(r->n_warnings));
  JsonPut(w, "first_suspicious_start", r->n_warnings ? JsonText(r->warning) : json_null());
  return w;
}

static void FillEffort(const StabilityResult *r, json_t *d)
{
  JsonPut(d, "unknowns", json_integer(r->unknowns));
  JsonPut(d, "steps", json_integer(r->steps));
  JsonPut(d, "residuals", json_integer(r->residual_evaluations));
  JsonPut(d, "jacobians", json_integer(r->jacobian_evaluations));
  JsonPut(d, "factorizations", json_integer(r->factorizations));
  JsonPut(d, "restarts", json_integer(r->restarts));
  JsonPut(d, "mode_changes", json_integer(r->mode_changes));
  JsonPut(d, "solve_seconds", JsonReal(r->solve_seconds));
  JsonPut(d, "klu_seconds", JsonReal(r->klu_seconds));
}

PetscErrorCode StabilityReportFill(const StabilityReport *report, json_t *d)
{
  const StabilityResult *r = &report->result;
  char                   text[1024];

  PetscFunctionBeginUser;
  JsonPut(d, "verdict", json_string(StabilityVerdictName(r->verdict)));
  JsonPut(d, "criterion", JsonText(r->criterion));
  JsonPut(d, "case", JsonText(report->grid->net->name));
  JsonPut(d, "operating_point", json_string(report->point));
  JsonPut(d, "frequency_hz", JsonReal(report->grid->frequency_hz));
  JsonPut(d, "events", Events(report));
  FillJudgement(report, d);
  if (report->has_cct) {
    JsonPut(d, "cct_seconds", JsonReal(report->cct.status == CCT_FOUND ? report->cct.cct_seconds : NAN));
    JsonPut(d, "cct", JsonText(report->cct.text));
    JsonPut(d, "cct_runs", json_integer(report->cct.runs));
    JsonPut(d, "cct_solve_seconds", JsonReal(report->cct.solve_seconds));
  }
  JsonPut(d, "machines", json_integer(r->n_machines));
  JsonPut(d, "islands", json_integer(r->n_islands));
  JsonPut(d, "dead_buses", json_integer(r->n_dead_buses));
  JsonPut(d, "lost_load_mw", JsonReal(r->lost_load_mw));
  JsonPut(d, "notes", Notes(r));
  JsonPut(d, "notes_count", json_integer(r->n_notes));
  JsonPut(d, "warnings", Warnings(report));
  PetscCall(DeviceTableDescribe(report->grid->devices, text, sizeof text));
  JsonPut(d, "machine_data", JsonText(text));
  JsonPut(d, "mismatch_pu", JsonReal(r->mismatch_pu));
  JsonPut(d, "initial_rate", JsonReal(r->initial_rate));
  FillEffort(r, d);
  PetscFunctionReturn(0);
}

static void PrintJudgement(const StabilityReport *report, FILE *out)
{
  const StabilityResult *r   = &report->result;
  const VerdictResult   *v   = &r->judgement;
  const BusTable        *bus = &report->grid->net->bus;

  for (int c = 0; c < VERDICT_CRITERIA; c++)
    if (!v->item[c].passed)
      fprintf(out, "%-24s failed: %s at %.4f s\n", criteria[c], v->item[c].text, v->item[c].time_s);
  fprintf(out, "largest angle spread     %.2f degrees among %d machines\n", r->max_angle_spread_deg,
          (int)r->n_machines);
  if (isfinite(v->nadir_hz))
    fprintf(out, "frequency                %.3f to %.3f Hz, at the end %.3f Hz\n", v->nadir_hz, v->zenith_hz,
            v->end_hz);
  if (isfinite(v->max_rocof_hz_per_s))
    fprintf(out, "rate of change           %.3f Hz/s over half a second\n", v->max_rocof_hz_per_s);
  if (v->min_voltage_bus >= 0)
    fprintf(out, "lowest voltage           %.4f per unit at bus %d (while no fault is on)\n", v->min_voltage_pu,
            (int)bus->number[v->min_voltage_bus]);
}

PetscErrorCode StabilityReportPrint(const StabilityReport *report, FILE *out)
{
  const StabilityResult *r = &report->result;
  char                   text[1024];

  PetscFunctionBeginUser;
  fprintf(out, "%s: %s\n%s\n", report->grid->net->name, StabilityVerdictName(r->verdict), r->criterion);
  if (r->verdict != STABILITY_FAILED) PrintJudgement(report, out);
  for (PetscInt k = 0; k < r->n_notes && k < STABILITY_NOTES; k++)
    fprintf(out, "%10.4f s             %s\n", r->note[k].time_s, r->note[k].text);
  if (r->n_notes > STABILITY_NOTES) fprintf(out, "... and %d notes more\n", (int)(r->n_notes - STABILITY_NOTES));
  if (report->has_cct && report->cct.status == CCT_FOUND)
    fprintf(out, "critical clearing time   %.4f s\n", report->cct.cct_seconds);
  if (report->has_cct) fprintf(out, "%s\n", report->cct.text);
  if (r->n_warnings) fprintf(out, "suspicious starts        %d, the first: %s\n", (int)r->n_warnings, r->warning);
  fprintf(out, "steps                    %d in %.3f s, %d unknowns\n", (int)r->steps, r->solve_seconds,
          (int)r->unknowns);
  PetscCall(DeviceTableDescribe(report->grid->devices, text, sizeof text));
  fprintf(out, "machine data             %s\n", text);
  PetscFunctionReturn(0);
}
