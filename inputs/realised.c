/* Realised series: read from a folder, cut to the study's windows, put in the place of the expected ones. */
#include "inputs/realised.h"

#include <math.h>
#include <string.h>

#include "inputs/csv.h"
#include "inputs/pypsa.h"
#include "inputs/realised_impl.h"
#include "inputs/timestamp.h"

typedef struct {
  const char *file;
  size_t      n, name;  /* offsets into struct _s_Network of the number of rows and of their names */
  size_t      row;      /* of the table's rows of series */
  size_t      scale;    /* of the values by which the numbers are multiplied; 0: none */
  PetscReal   min, max; /* of the numbers as given */
  const char *component, *expected;
} SeriesFile;

#define IN(member) offsetof(struct _s_Network, member)
#define FILE_OF(table, file, row, scale, min, max, component, expected)                    \
  {                                                                                        \
    file, IN(table.n), IN(table.name), IN(table.row), scale, min, max, component, expected \
  }

static const SeriesFile series_file[] = {
    FILE_OF(generator, "generators-p_max_pu.csv", p_max_series, IN(generator.p_max_mw), 0, 2, "generators",
            "a number from 0 to 2, per unit of the largest output"),
    FILE_OF(generator, "generators-p_min_pu.csv", p_min_series, IN(generator.p_max_mw), -2, 2, "generators",
            "a number from -2 to 2, per unit of the largest output"),
    FILE_OF(generator, "generators-p_max_mw.csv", p_max_series, 0, -INFINITY, INFINITY, "generators", ""),
    FILE_OF(generator, "generators-p_min_mw.csv", p_min_series, 0, -INFINITY, INFINITY, "generators", ""),
    FILE_OF(load, "loads-p_set.csv", p_series, 0, -INFINITY, INFINITY, "loads", ""),
    FILE_OF(load, "loads-q_set.csv", q_series, 0, -INFINITY, INFINITY, "loads", ""),
    FILE_OF(storage, "storage_units-inflow.csv", inflow_series, 0, 0, INFINITY, "storage units", "at least 0 MW"),
    FILE_OF(storage, "stores-inflow.csv", inflow_series, 0, 0, INFINITY, "stores", "at least 0 MW"),
    FILE_OF(reserve, "reserves-requirement_mw.csv", requirement_series, 0, 0, INFINITY, "reserves", "at least 0 MW"),
};

enum { SERIES_FILES = sizeof series_file / sizeof series_file[0] };

static void *Member(Network net, size_t offset)
{
  void *pointer;
  memcpy(&pointer, (char *)net + offset, sizeof pointer);
  return pointer;
}

/* The row of the file that holds each of the study's snapshots; false after a fault. */
static PetscErrorCode FindRows(Csv csv, Network net, Faults faults, PetscInt *row, PetscBool *good)
{
  const SeriesTable *s       = &net->series;
  const long long    step    = (long long)(s->step_hours * 3600.0 + 0.5);
  PetscInt           missing = -1;
  char               text[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  *good = PETSC_FALSE;
  for (PetscInt t = 0; t < s->n_snapshots; t++) row[t] = -1;
  for (PetscInt k = 0; k < CsvRows(csv); k++) {
    long long time;
    PetscInt  t;
    if (!TimestampParse(CsvText(csv, k, 0), &time)) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                          "found the snapshot '%.60s', expected a time such as 2030-06-21 00:00:00",
                          CsvText(csv, k, 0)));
      PetscFunctionReturn(0);
    }
    if (time < s->start || (time - s->start) % step || (time - s->start) / step >= s->n_snapshots) continue;
    t = (PetscInt)((time - s->start) / step);
    if (row[t] >= 0) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                          "found the snapshot %s twice, expected it once", TimestampFormat(time, text)));
      PetscFunctionReturn(0);
    }
    row[t] = k;
  }
  for (PetscInt t = s->n_snapshots; t-- > 0;)
    if (row[t] < 0) missing = t;
  if (missing >= 0)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), CsvRows(csv) ? CsvLine(csv, CsvRows(csv) - 1) : 1,
                        "found no snapshot %s, expected all %" PetscInt_FMT " of the study's windows",
                        TimestampFormat(s->start + missing * step, text), s->n_snapshots));
  *good = missing < 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadColumn(const SeriesFile *f, Csv csv, const PetscInt *row, PetscInt column, PetscInt asset,
                                 Network net, Faults faults)
{
  const PetscInt T     = net->series.n_snapshots;
  PetscReal      scale = f->scale ? ((PetscReal *)Member(net, f->scale))[asset] : 1, *value;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(T + 1, &value));
  for (PetscInt t = 0; t < T; t++) {
    PetscCall(CsvReal(csv, faults, row[t], column, CSV_FINITE, 0, &value[t]));
    if (value[t] < f->min || value[t] > f->max)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row[t]), "%.60s: found %g, expected %s",
                          CsvColumnName(csv, column), (double)value[t], f->expected));
    value[t] *= scale;
  }
  PetscCall(NetworkAddSeries(net, value, (PetscInt *)Member(net, f->row) + asset));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFile(MPI_Comm comm, const char *path, const SeriesFile *f, Network net, Faults faults)
{
  const PetscInt n    = *(PetscInt *)((char *)net + f->n);
  char         **name = (char **)Member(net, f->name);
  NameIndex      index;
  PetscInt      *row;
  PetscBool      good;
  Csv            csv;

  PetscFunctionBeginUser;
  PetscCall(CsvRead(comm, path, faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(net->series.n_snapshots + 1, &row));
  PetscCall(FindRows(csv, net, faults, row, &good));
  PetscCall(NameIndexCreate(n, name, &index));
  for (PetscInt c = 1; c < CsvColumns(csv); c++) {
    const PetscInt asset = NameIndexFind(index, CsvColumnName(csv, c));
    const char    *near  = asset < 0 ? NearestName(CsvColumnName(csv, c), n, name) : NULL;
    if (asset < 0)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), 1,
                          "found the column '%.60s', expected the name of one of the %s%s%.60s", CsvColumnName(csv, c),
                          f->component, near ? " such as " : "", near ? near : ""));
    else if (good)
      PetscCall(ReadColumn(f, csv, row, c, asset, net, faults));
  }
  PetscCall(NameIndexDestroy(&index));
  PetscCall(PetscFree(row));
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

/* The place of a file in the list, which is the order in which they are read; -1: none that is known. */
static PetscInt FileKind(const char *file)
{
  for (PetscInt k = 0; k < SERIES_FILES; k++)
    if (!strcmp(series_file[k].file, file)) return k;
  return -1;
}

PetscErrorCode RealisedReplaceSeries(MPI_Comm comm, Study study, Network net, Faults faults)
{
  Pypsa    folder = {.comm = comm, .faults = faults, .path = study->market.realised.path};
  PetscInt known  = 0;
  char     path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  if (!folder.path) PetscFunctionReturn(0);
  PetscCall(PypsaListFolder(&folder));
  for (PetscInt k = 0; k < folder.n_files; k++) {
    const PetscInt kind = FileKind(folder.file[k]);
    snprintf(path, sizeof path, "%s/%s", folder.path, folder.file[k]);
    known += kind >= 0;
    if (kind >= 0)
      PetscCall(ReadFile(comm, path, &series_file[kind], net, faults));
    else
      PetscCall(FaultsAdd(faults, FAULT_WARNING, path, 0, "found a file that is not read: no series has this name"));
  }
  if (!known)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, folder.path, 0,
                        "found no realised series, expected files such as generators-p_max_pu.csv or loads-p_set.csv"));
  for (PetscInt k = 0; k < folder.n_files; k++) PetscCall(PetscFree(folder.file[k]));
  PetscCall(PetscFree(folder.file));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckBidding(Study study, Network net, Faults faults)
{
  const StudyRealised *r = &study->market.realised;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < r->n_bidding; k++) {
    PetscInt    s    = 0;
    const char *near = NearestName(r->bidding[k], net->storage.n, net->storage.name);
    while (s < net->storage.n && strcmp(net->storage.name[s], r->bidding[k]) != 0) s++;
    if (s == net->storage.n)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, r->storage_line,
                          "storage: found no storage unit '%.60s' in the network, expected one%s%.60s", r->bidding[k],
                          near ? " such as " : "", near ? near : ""));
  }
  PetscFunctionReturn(0);
}

/* Limits that come from different files may cross. */
static PetscErrorCode CheckLimits(Study study, Network net, Faults faults)
{
  const SeriesTable *s    = &net->series;
  const char        *file = study->market.realised.path ? study->market.realised.path : study->path;
  char               text[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < net->generator.n; g++)
    for (PetscInt t = 0; t < s->n_snapshots && net->generator.in_service[g]; t++) {
      const PetscReal low = NetworkGeneratorPMin(net, g, t), high = NetworkGeneratorPMax(net, g, t);
      if (low <= high) continue;
      PetscCall(
          FaultsAdd(faults, FAULT_ERROR, file, 0,
                    "generator '%.60s': found its least output %g MW above its largest, %g MW, at %s, expected it "
                    "below",
                    net->generator.name[g], (double)low, (double)high,
                    TimestampFormat(s->start + (long long)((PetscReal)t * s->step_hours * 3600 + 0.5), text)));
      break;
    }
  PetscFunctionReturn(0);
}

/* Rows that bind the two dispatches together. */
static PetscErrorCode CheckSameRows(Network net, Network realised)
{
  PetscFunctionBeginUser;
  PetscCheck(net->bus.n == realised->bus.n && net->branch.n == realised->branch.n &&
                 net->generator.n == realised->generator.n && net->load.n == realised->load.n &&
                 net->link.n == realised->link.n && net->storage.n == realised->storage.n &&
                 net->series.n_snapshots == realised->series.n_snapshots,
             PETSC_COMM_SELF, PETSC_ERR_PLIB, "the realised network has other rows than the study's");
  PetscFunctionReturn(0);
}

PetscErrorCode RealisedNetwork(MPI_Comm comm, Study study, Network net, Faults faults, Network *realised)
{
  Faults mine;

  PetscFunctionBeginUser;
  *realised = NULL;
  if (!study->market.realised.line) PetscFunctionReturn(0);
  PetscCall(FaultsCreate(&mine));
  PetscCall(CheckBidding(study, net, mine));
  if (!FaultsErrorCount(mine)) PetscCall(StudyMakeNetwork(comm, study, PETSC_TRUE, mine, realised));
  if (*realised) PetscCall(CheckLimits(study, *realised, mine));
  if (FaultsErrorCount(mine)) PetscCall(NetworkDestroy(realised));
  PetscCall(FaultsAddNew(mine, faults));
  PetscCall(FaultsDestroy(&mine));
  if (*realised) PetscCall(CheckSameRows(net, *realised));
  PetscFunctionReturn(0);
}

PetscBool RealisedStorageBids(Study study, Network net, PetscInt storage)
{
  const StudyRealised *r = &study->market.realised;

  if (r->all_storage_bids) return PETSC_TRUE;
  for (PetscInt k = 0; k < r->n_bidding; k++)
    if (!strcmp(r->bidding[k], net->storage.name[storage])) return PETSC_TRUE;
  return PETSC_FALSE;
}
