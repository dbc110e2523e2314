/* Inside the PyPSA reader: the folder, its tables, and what its parts share. */
#ifndef ARCHIPELAGO_INPUTS_PYPSA_H
#define ARCHIPELAGO_INPUTS_PYPSA_H

#include "inputs/csv.h"
#include "inputs/network.h"
#include "inputs/words.h"

typedef struct {
  MPI_Comm  comm;
  Faults    faults;
  char     *path;    /* of the folder, without a final slash */
  PetscInt  n_files; /* the folder's *.csv, sorted, the same on every rank */
  char    **file;
  Network   net;
  NameIndex buses;
  PetscInt  n_snapshots;
  long long start; /* POSIX seconds; 0 when the snapshots are not times */
  PetscBool timed;
  PetscReal step_hours;
} Pypsa;

/* One component table being read. */
typedef struct {
  Pypsa      *folder;
  Csv         csv;       /* NULL: no such file */
  const char *component; /* "generators" */
  PetscInt    n;
  char      **name; /* [n] */
} PypsaTable;

/* Collective. Reads COMPONENT.csv if it is there; rows with an empty or repeated name are faults. */
PetscErrorCode PypsaTableRead(Pypsa *p, const char *component, PypsaTable *table);
PetscErrorCode PypsaTableDestroy(PypsaTable *table);

/* A cell of a static attribute; a missing column or an empty cell is PyPSA's default. */
PetscReal   PypsaReal(PypsaTable *t, PetscInt row, const char *attribute, PetscReal otherwise);
PetscBool   PypsaBool(PypsaTable *t, PetscInt row, const char *attribute, PetscBool otherwise);
const char *PypsaText(PypsaTable *t, PetscInt row, const char *attribute);
PetscBool   PypsaHas(PypsaTable *t, const char *attribute);

/* Index of the bus named in a cell, or -1 after a fault. */
PetscErrorCode PypsaBus(PypsaTable *t, PetscInt row, const char *attribute, PetscInt *bus);

/* Adds a fault at a row of the table. */
PetscErrorCode PypsaFault(PypsaTable *t, PetscInt row, FaultSeverity severity, const char *format, ...)
    PETSC_ATTRIBUTE_FORMAT(4, 5);

/* An attribute that changes the meaning of a model but is not read: one fault for all rows that set it to anything but
   PyPSA's default. */
typedef struct {
  const char   *attribute;
  const char   *standard; /* the default as text; "" for any empty one */
  FaultSeverity severity;
  const char   *effect;
} PypsaUnsupported;

PetscErrorCode PypsaCheckUnsupported(PypsaTable *t, PetscInt n, const PypsaUnsupported *list);

/* Collective. Snapshots of the folder into `p`. */
PetscErrorCode PypsaReadSnapshots(Pypsa *p);
/* Collective. Series COMPONENT-ATTRIBUTE.csv: value[row of the table] points to n_snapshots numbers or is NULL. */
PetscErrorCode PypsaReadSeries(PypsaTable *t, const char *attribute, PetscReal ***value);
PetscErrorCode PypsaSeriesDestroy(PypsaTable *t, PetscReal ***value);
/* Adds scale * value as a row of the network's series. */
PetscErrorCode PypsaAddSeries(Pypsa *p, const PetscReal *value, PetscReal scale, PetscInt *row);
/* Warns of series files that are there but not read. */
PetscErrorCode PypsaCheckSeriesFiles(Pypsa *p);

PetscErrorCode PypsaReadBuses(Pypsa *p);
PetscErrorCode PypsaReadBranches(Pypsa *p);
PetscErrorCode PypsaReadGenerators(Pypsa *p);
PetscErrorCode PypsaReadLoads(Pypsa *p);
PetscErrorCode PypsaReadShunts(Pypsa *p);
PetscErrorCode PypsaReadLinks(Pypsa *p);
PetscErrorCode PypsaReadStorage(Pypsa *p);
/* After the storage units, to which it adds rows. */
PetscErrorCode PypsaReadStores(Pypsa *p);
PetscErrorCode PypsaReadReserves(Pypsa *p);

/* A fault when both ends of an element are the same bus. */
PetscErrorCode PypsaCheckEnds(PypsaTable *t, PetscInt k, PetscInt from, PetscInt to);
/* A fault when a value lies outside min .. max or is not finite. */
PetscErrorCode PypsaCheckRange(PypsaTable *t, PetscInt k, const char *attribute, PetscReal value, PetscReal min,
                               PetscReal max);

/* Collective. Lists the tables of the folder at p->path; a fault where it cannot be read. */
PetscErrorCode PypsaListFolder(Pypsa *p);
PetscBool      PypsaHasFile(Pypsa *p, const char *file);

#endif
