/* The device table: which models with which data stand for which unit of the network. */
#ifndef ARCHIPELAGO_DYNAMICS_DEVICE_TABLE_H
#define ARCHIPELAGO_DYNAMICS_DEVICE_TABLE_H

#include "dynamics/device.h"
#include "inputs/network.h"
#include "inputs/source.h"

/* One part of a site: its machine, its exciter, ... A site has at most one of each kind, but for protection. */
typedef struct {
  DeviceSite         site;
  PetscInt           row; /* of the network's generators, storage units or loads */
  const DeviceModel *model;
  PetscReal          mva_base;  /* of the site; the same for all its parts */
  PetscReal         *parameter; /* [model->n_parameters] in the model's units; buses and branches as indices */
  PetscInt           line;      /* of the file; 0: a default */
} DeviceRecord;

typedef struct _s_DeviceTable {
  PetscInt      n, capacity;
  DeviceRecord *record;
  char         *path;               /* of the file, or NULL */
  PetscInt      n_given;            /* records that came from the caller */
  PetscInt      n_default_machines; /* synchronous machines with typical data */
  PetscInt      n_strong_sources;   /* of them, connections to a main grid */
  PetscInt      n_typical_inertia;  /* of them, those whose inertia the network does not give */
  PetscInt      n_as_admittance;    /* generators in service that are no device: negative loads */
  PetscInt      n_unsupported;      /* records of models that are not supported, or of units that are not there */
  PetscInt      n_suspicious;       /* records with suspicious but usable data */
  PetscBool     complete;           /* units without a record are meant to have none (DYR): no defaults by technology */
  PetscInt     *index;              /* of records, for DeviceTableFind; private */
} * DeviceTable;

PetscErrorCode DeviceTableCreate(DeviceTable *table);
PetscErrorCode DeviceTableDestroy(DeviceTable *table);

/* Collective over comm. Reads a table by its extension:
   .dyr   PSS/E dynamic data. Models that are not supported are told of by name and count, and fall back: a machine or
          converter to a classical machine on the generator's source impedance or to a negative load, anything else to
          nothing. Generators in service without any record are negative loads.
   .yaml, .yml   a list of mappings with the keys below.
   others CSV with the columns bus, unit, model, mva_base and the parameters, by name, of the models it names. `unit` is
          a generator's identifier, its running number at the bus or its name, a storage unit's or a load's name.
   Faults, with their lines: unknown bus, unit or model, missing parameters, values out of range or impossible, a part
   named twice; what is suspicious is a warning. With `strict` all warnings are errors. *table is NULL when any of them
   is an error. */
PetscErrorCode DeviceTableRead(MPI_Comm comm, const char *path, Network net, PetscBool strict, Faults faults,
                               DeviceTable *table);
/* Not collective. The same from bytes at hand. */
PetscErrorCode DeviceTableParse(const Source *source, Network net, PetscBool strict, Faults faults, DeviceTable *table);

/* Not collective. Adds a record (copies the parameters). */
PetscErrorCode DeviceTableAdd(DeviceTable table, DeviceSite site, PetscInt row, const DeviceModel *model,
                              PetscReal mva_base, const PetscReal *parameter, PetscInt line);
/* The first record of a kind at a site, or NULL. Constant time after the first call that follows an addition. */
const DeviceRecord *DeviceTableFind(DeviceTable table, DeviceSite site, PetscInt row, DeviceKind kind);

/* Not collective. Gives every generator in service that has no record what its technology says, unless the table is
   complete: synchronous technologies become classical machines with typical inertia and transient reactance, "grid" a
   strong source, converter-connected technologies (wind, solar, battery, fuel cell, ...) nothing, which leaves them
   negative loads unless the network gives them an (emulated) inertia. A generator of unknown technology counts as a
   thermal machine; a name of several words is known by the whole of it, else by its first known word. Storage units
   stay admittances. Sets the counts. */
PetscErrorCode DeviceTableAddDefaults(DeviceTable table, Network net);
/* Typical inertia constant of a technology in s on its rating; 0 of what stands behind a converter. */
PetscReal DeviceTypicalInertia(const char *technology);

/* One line on where the data come from, for summaries: "2 machines as given, 3 with typical data (...), ...". */
PetscErrorCode DeviceTableDescribe(DeviceTable table, char *text, size_t size);

#endif
