/* Checks of studies, networks and series, and the summary of a network. */
#include "inputs/check.h"

#include "inputs/check_impl.h"
#include "inputs/participants.h"
#include "inputs/reader.h"
#include "inputs/realised.h"
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

/* Carriers of the buses beside electricity, in order of the buses; the caller frees the list. */
static PetscErrorCode FindCarriers(Network net, PetscInt *n, const char ***carrier)
{
  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscMalloc1(net->bus.n + 1, carrier));
  for (PetscInt b = 0; b < net->bus.n; b++) {
    PetscInt k = 0;
    if (NetworkBusIsElectric(net, b)) continue;
    while (k < *n && strcmp((*carrier)[k], net->bus.carrier[b]) != 0) k++;
    if (k == *n) (*carrier)[(*n)++] = net->bus.carrier[b];
  }
  PetscFunctionReturn(0);
}

/* Whether a bus is one of a carrier; NULL stands for electricity. */
static PetscBool Carries(Network net, PetscInt bus, const char *carrier)
{
  if (NetworkBusIsElectric(net, bus)) return carrier ? PETSC_FALSE : PETSC_TRUE;
  return carrier && !strcmp(net->bus.carrier[bus], carrier) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode GeneratorSummary(Network net, const char *carrier, FILE *out)
{
  const GeneratorTable *g     = &net->generator;
  PetscReal             total = 0;
  PetscInt              units = 0;
  Tally                 tally;

  PetscFunctionBeginUser;
  PetscCall(TallyCreate(g->n, &tally));
  for (PetscInt k = 0; k < g->n; k++) {
    if (!g->in_service[k] || !Carries(net, g->bus[k], carrier)) continue;
    TallyAdd(&tally, g->technology[k], g->p_max_mw[k]);
    total += g->p_max_mw[k];
    units++;
  }
  if (units || !carrier) {
    fprintf(out, "  %-13s %" PetscInt_FMT " in service, %.3f MW", carrier ? "supply" : "generators", units, total);
    for (PetscInt k = 0; k < tally.n; k++)
      fprintf(out, "%s%s %.3f MW", k ? ", " : ": ", tally.name[k][0] ? tally.name[k] : "unknown", tally.sum[k]);
    fprintf(out, "%s%s\n", carrier ? " of " : "", carrier ? carrier : "");
  }
  PetscCall(TallyDestroy(&tally));
  PetscFunctionReturn(0);
}

static void StorageSummary(Network net, const char *carrier, FILE *out)
{
  const StorageTable *s         = &net->storage;
  PetscReal           discharge = 0, energy = 0;
  PetscInt            stores = 0;

  for (PetscInt k = 0; k < s->n; k++) {
    if (!s->in_service[k] || !Carries(net, s->bus[k], carrier)) continue;
    discharge += s->p_discharge_max_mw[k];
    energy += s->e_max_mwh[k];
    stores++;
  }
  if (stores)
    fprintf(out, "  storage       %" PetscInt_FMT " in service, %.3f MW, %.3f MWh%s%s\n", stores, discharge, energy,
            carrier ? " of " : "", carrier ? carrier : "");
}

static PetscReal Demand(Network net, const char *carrier, PetscInt t)
{
  PetscReal sum = 0;
  for (PetscInt l = 0; l < net->load.n; l++)
    if (net->load.in_service[l] && Carries(net, net->load.bus[l], carrier)) sum += NetworkLoadP(net, l, t);
  return sum;
}

static PetscInt Loads(Network net, const char *carrier)
{
  PetscInt n = 0;
  for (PetscInt l = 0; l < net->load.n; l++) n += Carries(net, net->load.bus[l], carrier);
  return n;
}

static void DemandSummary(Network net, const char *carrier, FILE *out)
{
  const SeriesTable *s    = &net->series;
  PetscReal          peak = -INFINITY, least = INFINITY;
  PetscInt           at = 0, loads = Loads(net, carrier);
  char               time[TIMESTAMP_SIZE];

  if (carrier && !loads) return;
  if (!s->n_snapshots) {
    fprintf(out, "  demand        %.3f MW%s%s at %" PetscInt_FMT " loads\n", Demand(net, carrier, -1),
            carrier ? " of " : "", carrier ? carrier : "", loads);
    return;
  }
  for (PetscInt t = 0; t < s->n_snapshots; t++) {
    PetscReal demand = Demand(net, carrier, t);
    if (demand > peak) at = t;
    peak  = PetscMax(peak, demand);
    least = PetscMin(least, demand);
  }
  fprintf(out, "  demand        at most %.3f MW%s%s (%s), at least %.3f MW, at %" PetscInt_FMT " loads\n", peak,
          carrier ? " of " : "", carrier ? carrier : "",
          TimestampFormat(s->start + (long long)((PetscReal)at * s->step_hours * 3600), time), least, loads);
}

/* Electricity (NULL) first, then the other carriers, each with its supply, stores and demand. */
static PetscErrorCode CarrierSummary(Network net, const char *carrier, FILE *out)
{
  PetscFunctionBeginUser;
  PetscCall(GeneratorSummary(net, carrier, out));
  StorageSummary(net, carrier, out);
  DemandSummary(net, carrier, out);
  PetscFunctionReturn(0);
}

static void SnapshotSummary(Network net, FILE *out)
{
  const SeriesTable *s = &net->series;
  char               time[TIMESTAMP_SIZE], end[TIMESTAMP_SIZE];

  if (!s->n_snapshots) return;
  fprintf(out, "  snapshots     %" PetscInt_FMT " from %s to %s, %g h apart\n", s->n_snapshots,
          TimestampFormat(s->start, time),
          TimestampFormat(s->start + (long long)((PetscReal)(s->n_snapshots - 1) * s->step_hours * 3600), end),
          s->step_hours);
}

static void FlexibilitySummary(Network net, FILE *out)
{
  PetscInt curtailable = 0, shiftable = 0;
  for (PetscInt l = 0; l < net->load.n; l++) {
    curtailable += net->load.curtail_max_pu[l] > 0;
    shiftable += net->load.shift_max_mw[l] > 0;
  }
  if (curtailable || shiftable)
    fprintf(out, "  flexible      %" PetscInt_FMT " loads may be curtailed, %" PetscInt_FMT " shifted\n", curtailable,
            shiftable);
  for (PetscInt r = 0; r < net->reserve.n; r++)
    fprintf(out, "  reserve       %s, %.3f MW of %s\n", net->reserve.name[r], net->reserve.requirement_mw[r],
            net->reserve.column[r][0] ? net->reserve.label[r] : "the whole network");
}

PetscErrorCode NetworkSummary(Network net, FILE *out)
{
  PetscInt     branches = 0, n;
  const char **carrier;

  PetscFunctionBeginUser;
  PetscCall(FindCarriers(net, &n, &carrier));
  for (PetscInt k = 0; k < net->branch.n; k++) branches += net->branch.in_service[k] ? 1 : 0;
  fprintf(out, "network         %s (%s), per unit of %g MVA\n", net->name, net->source, net->base_mva);
  fprintf(out, "  buses         %" PetscInt_FMT "\n", net->bus.n);
  PetscCall(ColumnSummary(net, out));
  fprintf(out, "  branches      %" PetscInt_FMT " in service of %" PetscInt_FMT "\n", branches, net->branch.n);
  if (net->link.n) fprintf(out, "  links         %" PetscInt_FMT "\n", net->link.n);
  if (net->shunt.n) fprintf(out, "  shunts        %" PetscInt_FMT "\n", net->shunt.n);
  PetscCall(CarrierSummary(net, NULL, out));
  for (PetscInt k = 0; k < n; k++) PetscCall(CarrierSummary(net, carrier[k], out));
  FlexibilitySummary(net, out);
  SnapshotSummary(net, out);
  PetscCall(PetscFree(carrier));
  if (net->p_min_relaxed) fprintf(out, "  minimum outputs above zero are relaxed to zero (no unit commitment)\n");
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
  fprintf(out, "  dispatch      %s model, %s, carbon price %g %s/t\n", s->model, s->method, s->market.carbon.price,
          s->currency);
  fprintf(out, "  regions       %s\n", s->regions ? s->regions : "one");
  if (s->has_stability)
    fprintf(out, "  stability     %" PetscInt_FMT " faults, %" PetscInt_FMT " lists of events, until %g s, %s\n",
            s->n_faults, s->n_disturbances, s->stability_until_s, s->stability_required ? "required" : "not required");
  fprintf(out, "  policies      base");
  for (PetscInt k = 0; k < s->n_policies; k++) fprintf(out, ", %s", s->policy_name[k]);
  fprintf(out, "\n");
  PetscFunctionReturn(0);
}

/* One policy of a study: its network and participants. Faults of the study file itself are in the list already. */
static PetscErrorCode CheckPolicy(MPI_Comm comm, Study study, Faults faults, FILE *out, CheckVisitor visit,
                                  void *context)
{
  Faults       mine;
  Network      net = NULL, realised = NULL;
  Participants participants = NULL;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&mine));
  PetscCall(StudyLoadNetwork(comm, study, mine, &net));
  if (net) PetscCall(RealisedNetwork(comm, study, net, mine, &realised));
  if (net) PetscCall(ParticipantsRead(comm, study->participants_path, net, mine, &participants));
  if (net && out && !strcmp(study->policy, "base")) {
    PetscCall(NetworkSummary(net, out));
    if (participants) fprintf(out, "participants    %" PetscInt_FMT "\n", participants->n);
  }
  if (net && visit && !strcmp(study->policy, "base"))
    PetscCall((*visit)(context, study->path, study, net, participants));
  PetscCall(FaultsAddNew(mine, faults));
  PetscCall(ParticipantsDestroy(&participants));
  PetscCall(NetworkDestroy(&realised));
  PetscCall(NetworkDestroy(&net));
  PetscCall(FaultsDestroy(&mine));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckStudy(MPI_Comm comm, const char *path, PetscInt n_set, const char *const *set, Faults faults,
                                 FILE *out, CheckVisitor visit, void *context)
{
  Study base, study;

  PetscFunctionBeginUser;
  PetscCall(StudyReadWith(comm, path, NULL, n_set, set, faults, &base));
  if (!base) PetscFunctionReturn(0);
  if (out) PetscCall(StudySummary(base, out));
  PetscCall(CheckPolicy(comm, base, faults, out, visit, context));
  for (PetscInt k = 0; k < base->n_policies; k++) {
    Faults said;
    PetscCall(FaultsCreate(&said));
    PetscCall(StudyReadWith(comm, path, base->policy_name[k], n_set, set, said, &study));
    if (study) PetscCall(CheckPolicy(comm, study, faults, out, NULL, NULL));
    if (n_set) PetscCall(FaultsAddNew(said, faults));
    PetscCall(StudyDestroy(&study));
    PetscCall(FaultsDestroy(&said));
  }
  PetscCall(StudyDestroy(&base));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckPath(MPI_Comm comm, const char *path, Faults faults, FILE *out, CheckVisitor visit, void *context)
{
  PetscFunctionBeginUser;
  PetscCall(CheckPathWith(comm, path, 0, NULL, faults, out, visit, context));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckPathWith(MPI_Comm comm, const char *path, PetscInt n_set, const char *const *set, Faults faults,
                             FILE *out, CheckVisitor visit, void *context)
{
  PetscMPIInt rank;
  PathKind    kind;
  Network     net;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank) out = NULL;
  PetscCall(SourceKind(comm, path, NULL, &kind));
  if (kind != PATH_DIRECTORY && (EndsWith(path, ".yaml") || EndsWith(path, ".yml"))) {
    PetscCall(CheckStudy(comm, path, n_set, set, faults, out, visit, context));
  } else if (kind != PATH_DIRECTORY && EndsWith(path, ".csv")) {
    PetscCall(CheckSeries(comm, path, faults, out));
  } else {
    PetscCall(NetworkRead(comm, path, "auto", faults, &net));
    if (net && out) PetscCall(NetworkSummary(net, out));
    if (net && visit) PetscCall((*visit)(context, path, NULL, net, NULL));
    PetscCall(NetworkDestroy(&net));
  }
  PetscFunctionReturn(0);
}
