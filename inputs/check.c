/* Checks of studies, networks and series, and the summary of a network. */
#include "inputs/check.h"

#include "inputs/check_impl.h"
#include "inputs/participants.h"
#include "inputs/reader.h"
#include "inputs/source.h"
#include "inputs/study.h"
#include "inputs/timestamp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static PetscBool EndsWith(const char *text, const char *end)
{
  size_t n = strlen(text), m = strlen(end);
  return n > m && !strcmp(text + n - m, end) ? PETSC_TRUE : PETSC_FALSE;
}

/* Sums of a quantity by technology, in order of first appearance. */
typedef struct {
  PetscInt     n;
  const char **name;
  PetscReal   *sum;
  PetscInt    *count;
} Tally;

static PetscErrorCode TallyCreate(PetscInt capacity, Tally *tally)
{
  PetscFunctionBeginUser;
  tally->n = 0;
  PetscCall(PetscMalloc3(capacity + 1, &tally->name, capacity + 1, &tally->sum, capacity + 1, &tally->count));
  PetscFunctionReturn(0);
}

static void TallyAdd(Tally *tally, const char *name, PetscReal value)
{
  PetscInt k = 0;
  while (k < tally->n && strcmp(tally->name[k], name) != 0) k++;
  if (k == tally->n) {
    tally->name[k] = name, tally->sum[k] = 0, tally->count[k] = 0;
    tally->n++;
  }
  tally->sum[k] += value;
  tally->count[k]++;
}

static PetscErrorCode TallyDestroy(Tally *tally)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(tally->name, tally->sum, tally->count));
  PetscFunctionReturn(0);
}

static PetscErrorCode ColumnSummary(Network net, FILE *out)
{
  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < net->bus.n_columns; c++) {
    Tally tally;
    PetscCall(TallyCreate(net->bus.n, &tally));
    for (PetscInt b = 0; b < net->bus.n && tally.n < 13; b++) TallyAdd(&tally, net->bus.column[c].label[b], 1);
    if (tally.n > 1 && tally.n <= 12) {
      fprintf(out, "  column        %s: ", net->bus.column[c].name);
      for (PetscInt k = 0; k < tally.n; k++)
        fprintf(out, "%s%s (%" PetscInt_FMT " buses)", k ? ", " : "", tally.name[k][0] ? tally.name[k] : "-",
                tally.count[k]);
      fprintf(out, "\n");
    }
    PetscCall(TallyDestroy(&tally));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CapacitySummary(Network net, FILE *out)
{
  const GeneratorTable *g     = &net->generator;
  const StorageTable   *s     = &net->storage;
  PetscReal             total = 0, discharge = 0, energy = 0;
  PetscInt              units = 0, stores = 0;
  Tally                 tally;

  PetscFunctionBeginUser;
  PetscCall(TallyCreate(g->n, &tally));
  for (PetscInt k = 0; k < g->n; k++) {
    if (!g->in_service[k]) continue;
    TallyAdd(&tally, g->technology[k], g->p_max_mw[k]);
    total += g->p_max_mw[k];
    units++;
  }
  fprintf(out, "  generators    %" PetscInt_FMT " in service, %.3f MW", units, total);
  for (PetscInt k = 0; k < tally.n; k++)
    fprintf(out, "%s%s %.3f MW", k ? ", " : ": ", tally.name[k][0] ? tally.name[k] : "unknown", tally.sum[k]);
  fprintf(out, "\n");
  PetscCall(TallyDestroy(&tally));
  for (PetscInt k = 0; k < s->n; k++) {
    if (!s->in_service[k]) continue;
    discharge += s->p_discharge_max_mw[k];
    energy += s->e_max_mwh[k];
    stores++;
  }
  if (stores)
    fprintf(out, "  storage       %" PetscInt_FMT " in service, %.3f MW, %.3f MWh\n", stores, discharge, energy);
  PetscFunctionReturn(0);
}

static PetscReal Demand(Network net, PetscInt t)
{
  PetscReal sum = 0;
  for (PetscInt l = 0; l < net->load.n; l++)
    if (net->load.in_service[l]) sum += NetworkLoadP(net, l, t);
  return sum;
}

static PetscErrorCode DemandSummary(Network net, FILE *out)
{
  const SeriesTable *s    = &net->series;
  PetscReal          peak = -INFINITY, least = INFINITY;
  PetscInt           at = 0;
  char               time[TIMESTAMP_SIZE], end[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  if (!s->n_snapshots) {
    fprintf(out, "  demand        %.3f MW at %" PetscInt_FMT " loads\n", Demand(net, -1), net->load.n);
    PetscFunctionReturn(0);
  }
  for (PetscInt t = 0; t < s->n_snapshots; t++) {
    PetscReal demand = Demand(net, t);
    if (demand > peak) at = t;
    peak  = PetscMax(peak, demand);
    least = PetscMin(least, demand);
  }
  fprintf(out, "  demand        at most %.3f MW (%s), at least %.3f MW, at %" PetscInt_FMT " loads\n", peak,
          TimestampFormat(s->start + (long long)((PetscReal)at * s->step_hours * 3600), time), least, net->load.n);
  fprintf(out, "  snapshots     %" PetscInt_FMT " from %s to %s, %g h apart\n", s->n_snapshots,
          TimestampFormat(s->start, time),
          TimestampFormat(s->start + (long long)((PetscReal)(s->n_snapshots - 1) * s->step_hours * 3600), end),
          s->step_hours);
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSummary(Network net, FILE *out)
{
  PetscInt branches = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < net->branch.n; k++) branches += net->branch.in_service[k] ? 1 : 0;
  fprintf(out, "network         %s (%s), per unit of %g MVA\n", net->name, net->source, net->base_mva);
  fprintf(out, "  buses         %" PetscInt_FMT "\n", net->bus.n);
  PetscCall(ColumnSummary(net, out));
  fprintf(out, "  branches      %" PetscInt_FMT " in service of %" PetscInt_FMT "\n", branches, net->branch.n);
  if (net->link.n) fprintf(out, "  links         %" PetscInt_FMT "\n", net->link.n);
  if (net->shunt.n) fprintf(out, "  shunts        %" PetscInt_FMT "\n", net->shunt.n);
  PetscCall(CapacitySummary(net, out));
  PetscCall(DemandSummary(net, out));
  if (net->p_min_relaxed) fprintf(out, "  minimum outputs above zero are relaxed to zero (no unit commitment)\n");
  PetscFunctionReturn(0);
}

/* Adds to `known` what `found` has and `known` has not. */
static PetscErrorCode AddNew(Faults found, Faults known)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < FaultsCount(found); k++) {
    FaultSeverity severity;
    const char   *file, *text, *other_file, *other;
    PetscInt      line, other_line, i = 0, n = FaultsCount(known);
    PetscCall(FaultsGet(found, k, &severity, &file, &line, &text));
    for (; i < n; i++) {
      PetscCall(FaultsGet(known, i, NULL, &other_file, &other_line, &other));
      if (line == other_line && !strcmp(text, other) && !strcmp(file ? file : "", other_file ? other_file : "")) break;
    }
    if (i == n) PetscCall(FaultsAdd(known, severity, file, line, "%s", text));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode StudySummary(Study s, FILE *out)
{
  char start[TIMESTAMP_SIZE] = "the first snapshot";

  PetscFunctionBeginUser;
  if (s->has_start) TimestampFormat(s->start, start);
  fprintf(out, "study           %s (%s)\n", s->name, s->path);
  fprintf(out, "  windows       %" PetscInt_FMT " of %" PetscInt_FMT " h from %s\n", s->n_windows, s->window_hours,
          start);
  fprintf(out, "  dispatch      %s model, %s, carbon price %g %s/t\n", s->model, s->method, s->carbon_price,
          s->currency);
  fprintf(out, "  regions       %s\n", s->regions ? s->regions : "one");
  if (s->has_stability)
    fprintf(out, "  stability     %" PetscInt_FMT " faults, until %g s, %s\n", s->n_faults, s->stability_until_s,
            s->stability_required ? "required" : "not required");
  fprintf(out, "  policies      base");
  for (PetscInt k = 0; k < s->n_policies; k++) fprintf(out, ", %s", s->policy_name[k]);
  fprintf(out, "\n");
  PetscFunctionReturn(0);
}

/* One policy of a study: its network and participants. Faults of the study file itself are in the list already. */
static PetscErrorCode CheckPolicy(MPI_Comm comm, Study study, Faults faults, FILE *out)
{
  Faults       mine;
  Network      net          = NULL;
  Participants participants = NULL;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&mine));
  PetscCall(StudyLoadNetwork(comm, study, mine, &net));
  if (net) PetscCall(ParticipantsRead(comm, study->participants_path, net, mine, &participants));
  if (net && out && !strcmp(study->policy, "base")) {
    PetscCall(NetworkSummary(net, out));
    if (participants) fprintf(out, "participants    %" PetscInt_FMT "\n", participants->n);
  }
  PetscCall(AddNew(mine, faults));
  PetscCall(ParticipantsDestroy(&participants));
  PetscCall(NetworkDestroy(&net));
  PetscCall(FaultsDestroy(&mine));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckStudy(MPI_Comm comm, const char *path, Faults faults, FILE *out)
{
  Study base, study;

  PetscFunctionBeginUser;
  PetscCall(StudyRead(comm, path, NULL, faults, &base));
  if (!base) PetscFunctionReturn(0);
  if (out) PetscCall(StudySummary(base, out));
  PetscCall(CheckPolicy(comm, base, faults, out));
  for (PetscInt k = 0; k < base->n_policies; k++) {
    Faults said;
    PetscCall(FaultsCreate(&said));
    PetscCall(StudyRead(comm, path, base->policy_name[k], said, &study));
    if (study) PetscCall(CheckPolicy(comm, study, faults, out));
    PetscCall(StudyDestroy(&study));
    PetscCall(FaultsDestroy(&said));
  }
  PetscCall(StudyDestroy(&base));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckPath(MPI_Comm comm, const char *path, Faults faults, FILE *out)
{
  PetscMPIInt rank;
  PathKind    kind;
  Network     net;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank) out = NULL;
  PetscCall(SourceKind(comm, path, NULL, &kind));
  if (kind != PATH_DIRECTORY && (EndsWith(path, ".yaml") || EndsWith(path, ".yml"))) {
    PetscCall(CheckStudy(comm, path, faults, out));
  } else if (kind != PATH_DIRECTORY && EndsWith(path, ".csv")) {
    PetscCall(CheckSeries(comm, path, faults, out));
  } else {
    PetscCall(NetworkRead(comm, path, "auto", faults, &net));
    if (net && out) PetscCall(NetworkSummary(net, out));
    PetscCall(NetworkDestroy(&net));
  }
  PetscFunctionReturn(0);
}
