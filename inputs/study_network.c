/* The network of a study: read, cut to the study's hours, adjusted and validated. */
#include "inputs/reader.h"
#include "inputs/realised_impl.h"
#include "inputs/source.h"
#include "inputs/study.h"
#include "inputs/study_adjust.h"
#include "inputs/timestamp.h"
#include "inputs/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The format of what stands at a path; "auto" when it is none, which the general reader then says. */
static PetscErrorCode FormatAt(MPI_Comm comm, const char *path, const char **format)
{
  static const char *const probe[] = {"bus.csv", "source/bus.csv", "buses.csv"};
  static const char *const name[]  = {"rts-gmlc", "rts-gmlc", "pypsa"};
  size_t                   length  = strlen(path);
  PathKind                 kind;

  PetscFunctionBeginUser;
  *format = "auto";
  PetscCall(SourceKind(comm, path, NULL, &kind));
  if (kind == PATH_FILE && length > 2 && !strcmp(path + length - 2, ".m")) *format = "matpower";
  if (kind == PATH_FILE && length > 4 && !strcasecmp(path + length - 4, ".raw")) *format = "psse-raw";
  for (int k = 0; kind == PATH_DIRECTORY && k < 3; k++) {
    PathKind file;
    PetscCall(SourceKind(comm, path, probe[k], &file));
    if (file != PATH_FILE) continue;
    *format = name[k];
    break;
  }
  PetscFunctionReturn(0);
}

/* RTS-GMLC holds a year of series: only the study's hours of it are read. */
static PetscErrorCode ReadYear(MPI_Comm comm, Study s, Faults faults, Network *net)
{
  PetscFunctionBeginUser;
  *net = NULL;
  if (!s->has_start || s->start % 3600) {
    PetscCall(
        FaultsAdd(faults, FAULT_ERROR, s->path, s->has_start ? s->start_line : s->network_line,
                  "windows: found %s, expected the full hour at which the first window of an RTS-GMLC study starts",
                  s->has_start ? "a start between two hours" : "no start"));
    PetscFunctionReturn(0);
  }
  PetscCall(NetworkReadRtsGmlc(comm, s->network_path, s->start, s->window_hours * s->n_windows, faults, net));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadByFormat(MPI_Comm comm, Study s, Faults faults, Network *net)
{
  const char *format = s->network_format;

  PetscFunctionBeginUser;
  if (!strcmp(format, "auto")) PetscCall(FormatAt(comm, s->network_path, &format));
  if (!strcmp(format, "rts-gmlc"))
    PetscCall(ReadYear(comm, s, faults, net));
  else if (!strcmp(format, "matpower"))
    PetscCall(NetworkReadMatpower(comm, s->network_path, faults, net));
  else if (!strcmp(format, "psse-raw"))
    PetscCall(NetworkReadPsseRaw(comm, s->network_path, faults, net));
  else if (!strcmp(format, "pypsa"))
    PetscCall(NetworkReadPypsa(comm, s->network_path, faults, net));
  else
    PetscCall(NetworkRead(comm, s->network_path, format, faults, net));
  PetscFunctionReturn(0);
}

/* Keeps the snapshots [first, first + n) of every series. */
static PetscErrorCode KeepSnapshots(Network net, PetscInt first, PetscInt n)
{
  SeriesTable *s     = &net->series;
  size_t       width = (size_t)s->n_snapshots;

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < s->n; row++)
    memmove(s->value + (size_t)row * (size_t)n, s->value + (size_t)row * width + (size_t)first,
            (size_t)n * sizeof *s->value);
  s->start += (long long)((PetscReal)first * s->step_hours * 3600.0 + 0.5);
  s->n_snapshots = n;
  PetscFunctionReturn(0);
}

static PetscErrorCode CutToWindows(Study study, Faults faults, Network net)
{
  SeriesTable *s = &net->series;
  PetscInt     n = study->window_hours * study->n_windows,
           line  = study->start_line ? study->start_line : study->network_line;
  long long step = (long long)(s->step_hours * 3600.0 + 0.5), start = study->has_start ? study->start : s->start;
  char      from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE], wanted[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  if (!s->n_snapshots) {
    PetscCall(NetworkSetSnapshots(net, start, 1.0, n));
    PetscFunctionReturn(0);
  }
  if (step != 3600)
    PetscCall(FaultsAdd(faults, FAULT_WARNING, study->path, line,
                        "windows: found snapshots %g h apart: the %" PetscInt_FMT
                        " hours of a window are as many snapshots",
                        s->step_hours, study->window_hours));
  if (start < s->start || (start - s->start) % step || (start - s->start) / step + n > s->n_snapshots) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, line,
                        "windows: found %" PetscInt_FMT
                        " snapshots from %s, expected some of the network's %" PetscInt_FMT
                        " from %s to %s, %g h apart",
                        n, TimestampFormat(start, wanted), s->n_snapshots, TimestampFormat(s->start, from),
                        TimestampFormat(s->start + (s->n_snapshots - 1) * step, to), s->step_hours));
    PetscFunctionReturn(0);
  }
  PetscCall(KeepSnapshots(net, (PetscInt)((start - s->start) / step), n));
  PetscFunctionReturn(0);
}

/* Minimum outputs above zero become zero: without unit commitment no unit could be switched off. */
static PetscErrorCode RelaxMinimumOutput(Network net)
{
  GeneratorTable *g = &net->generator;
  PetscInt        T = net->series.n_snapshots;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < g->n; k++) {
    PetscReal *value = g->p_min_series[k] < 0 ? NULL : net->series.value + (size_t)g->p_min_series[k] * (size_t)T;
    PetscReal  least = 0;
    for (PetscInt t = 0; value && t < T; t++) {
      if (value[t] > 0) net->p_min_relaxed = PETSC_TRUE;
      value[t] = PetscMin(value[t], 0);
      least    = PetscMin(least, value[t]);
    }
    if (value && least == 0) g->p_min_series[k] = -1;
    if (g->p_min_mw[k] > 0) {
      net->p_min_relaxed = PETSC_TRUE;
      g->p_min_mw[k]     = 0;
    }
  }
  PetscFunctionReturn(0);
}

/* Reserves stay only where the study wants them; it is said when nobody has decided. */
static PetscErrorCode SelectReserves(Study s, Network net, Faults faults)
{
  PetscFunctionBeginUser;
  if (s->reserves || !net->reserve.n) PetscFunctionReturn(0);
  if (!s->reserves_line)
    PetscCall(FaultsAdd(faults, FAULT_WARNING, s->path, s->network_line,
                        "network: found %" PetscInt_FMT
                        " reserves, which are not held without the key reserves: true of dispatch",
                        net->reserve.n));
  PetscCall(NetworkResizeReserves(net, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckRegions(MPI_Comm comm, Study s, Network net, Faults faults)
{
  const char *text = s->regions, *near;
  size_t      n    = text ? strlen(text) : 0;
  char       *name[64];
  PetscInt    columns = 0;

  PetscFunctionBeginUser;
  if (!n) PetscFunctionReturn(0);
  if (n > 4 && !strcmp(text + n - 4, ".csv")) {
    Source *source;
    PetscCall(SourceLoad(comm, text, faults, &source));
    PetscCall(SourceDestroy(&source));
    PetscFunctionReturn(0);
  }
  if (strspn(text, "0123456789") == n) {
    if (n > 9 || atoi(text) < 1 || atoi(text) > net->bus.n)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, s->path, s->regions_line,
                          "regions: found %.20s, expected 1 to %" PetscInt_FMT " (the number of buses)", text,
                          net->bus.n));
    PetscFunctionReturn(0);
  }
  if (NetworkBusColumn(net, text)) PetscFunctionReturn(0);
  for (; columns < 64 && columns < net->bus.n_columns; columns++) name[columns] = net->bus.column[columns].name;
  near = NearestName(text, columns, name);
  PetscCall(FaultsAdd(faults, FAULT_ERROR, s->path, s->regions_line,
                      "regions: found '%.60s', expected a number, a file *.csv or a column of the buses such as '%s'",
                      text, near ? near : "area"));
  PetscFunctionReturn(0);
}

/* The bus whose price is the energy part of all others'. */
static PetscErrorCode FindReference(Study s, Network net, Faults faults)
{
  PetscFunctionBeginUser;
  s->reference_bus = -1;
  if (!strcmp(s->reference_price, "load-weighted")) PetscFunctionReturn(0);
  s->reference_bus = NetworkFindBusNamed(net, s->reference_price);
  if (s->reference_bus < 0 || net->bus.type[s->reference_bus] == BUS_ISOLATED)
    PetscCall(
        FaultsAdd(faults, FAULT_ERROR, s->path, s->reference_line,
                  "reference_price: found '%.60s', expected load-weighted, or the name or number of a bus that is "
                  "not isolated",
                  s->reference_price));
  PetscFunctionReturn(0);
}

/* Buses and branches that the stability study names. */
static PetscErrorCode CheckStability(MPI_Comm comm, Study s, Network net, Faults faults)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->n_faults; k++) {
    StudyFault *f = &s->fault[k];
    char       *at;
    PetscInt    from, to;
    if (f->bus && NetworkFindBus(net, f->bus) < 0)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, s->path, f->line,
                          "faults: found bus %" PetscInt_FMT ", expected the number of a bus of the network", f->bus));
    else if (f->bus && !NetworkBusIsElectric(net, NetworkFindBus(net, f->bus)))
      PetscCall(FaultsAdd(faults, FAULT_ERROR, s->path, f->line,
                          "faults: found bus %" PetscInt_FMT " of carrier '%.40s', expected a bus with a voltage",
                          f->bus, net->bus.carrier[NetworkFindBus(net, f->bus)]));
    if (!f->trip) continue;
    from = NetworkFindBus(net, (PetscInt)strtol(f->trip, &at, 10));
    to   = *at == '-' ? NetworkFindBus(net, (PetscInt)strtol(at + 1, &at, 10)) : -1;
    if (from < 0 || to < 0 || NetworkFindBranch(net, from, to, *at == ':' ? at + 1 : NULL) < 0)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, s->path, f->line,
                          "trip: found '%.60s', expected a branch in service between two buses of the network",
                          f->trip));
  }
  if (s->devices_path) {
    Source *source;
    PetscCall(SourceLoad(comm, s->devices_path, faults, &source));
    PetscCall(SourceDestroy(&source));
  }
  PetscFunctionReturn(0);
}

/* A file (or folder) that a later reader opens: said here, where the line of the study is known. */
static PetscErrorCode CheckPath(MPI_Comm comm, Study s, const char *key, const char *path, PetscInt line,
                                PathKind wanted, Faults faults)
{
  PathKind kind;

  PetscFunctionBeginUser;
  if (!path) PetscFunctionReturn(0);
  PetscCall(SourceKind(comm, path, NULL, &kind));
  if (kind != wanted)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, s->path, line, "%s: found no %s %.300s, expected one", key,
                        wanted == PATH_FILE ? "file" : "folder", path));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckMarketFiles(MPI_Comm comm, Study s, Faults faults)
{
  const StudyMarket *m = &s->market;
  const StudyLedger *l = &s->ledger;

  PetscFunctionBeginUser;
  PetscCall(CheckPath(comm, s, "realised", m->realised.path, m->realised.line, PATH_DIRECTORY, faults));
  PetscCall(CheckPath(comm, s, "bids", m->local.bids_path, m->local.bids_line, PATH_FILE, faults));
  for (PetscInt k = 0; k < m->n_contracts; k++)
    PetscCall(CheckPath(comm, s, "contracts", m->contracts[k].path, m->contracts[k].line, PATH_FILE, faults));
  for (PetscInt k = 0; k < l->n_anchors; k++)
    PetscCall(CheckPath(comm, s, "anchor", l->anchor[k].path, l->anchor[k].line, PATH_FILE, faults));
  for (PetscInt k = 0; k < l->n_witnesses; k++)
    PetscCall(CheckPath(comm, s, "witnesses", l->witness[k].key_path, l->witness[k].line, PATH_FILE, faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode Adjust(Study study, PetscInt n, const Adjustment *adjustment, Network net, Faults faults)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++)
    if (adjustment[k].sound) PetscCall(AdjustmentApply(&adjustment[k], study->path, net, faults));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyLoadNetwork(MPI_Comm comm, Study study, Faults faults, Network *net)
{
  PetscFunctionBeginUser;
  PetscCall(StudyMakeNetwork(comm, study, PETSC_FALSE, faults, net));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyMakeNetwork(MPI_Comm comm, Study study, PetscBool realised, Faults faults, Network *net)
{
  PetscInt before = FaultsErrorCount(faults), unchanged;

  PetscFunctionBeginUser;
  *net = NULL;
  PetscCall(StudyPlaceFaults(study, faults));
  if (!study->network_path) PetscFunctionReturn(0);
  PetscCall(ReadByFormat(comm, study, faults, net));
  if (!*net) PetscFunctionReturn(0);
  if (!study->windows_faulty) PetscCall(CutToWindows(study, faults, *net));
  if (realised && !study->windows_faulty) PetscCall(RealisedReplaceSeries(comm, study, *net, faults));
  if (study->relax_minimum_output) PetscCall(RelaxMinimumOutput(*net));
  unchanged = FaultsErrorCount(faults);
  PetscCall(Adjust(study, study->n_adjustments, study->adjustment, *net, faults));
  if (realised) {
    const StudyRealised *r = &study->market.realised;
    PetscCall(Adjust(study, r->n_adjustments, r->adjustment, *net, faults));
  }
  PetscCall(SelectReserves(study, *net, faults));
  PetscCall(CheckRegions(comm, study, *net, faults));
  PetscCall(FindReference(study, *net, faults));
  PetscCall(CheckStability(comm, study, *net, faults));
  PetscCall(CheckMarketFiles(comm, study, faults));
  if (unchanged == FaultsErrorCount(faults)) PetscCall(NetworkValidate(*net, faults));
  if (FaultsErrorCount(faults) > before) PetscCall(NetworkDestroy(net));
  PetscFunctionReturn(0);
}
