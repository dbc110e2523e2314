/* The device table: which model with which data stands for which unit of the network. */
#ifndef ARCHIPELAGO_DYNAMICS_DEVICE_TABLE_H
#define ARCHIPELAGO_DYNAMICS_DEVICE_TABLE_H

#include "dynamics/device.h"
#include "inputs/network.h"
#include "inputs/source.h"

typedef enum { DEVICE_AT_GENERATOR, DEVICE_AT_STORAGE } DeviceSite;

typedef struct {
  DeviceSite         site;
  PetscInt           row; /* of the network's generators or storage units */
  const DeviceModel *model;
  PetscReal          mva_base;
  PetscReal         *parameter; /* [model->n_parameters] in the model's units, per unit on mva_base */
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
  PetscInt      n_as_admittance;    /* generators in service that are no machine: constant admittances */
} * DeviceTable;

PetscErrorCode DeviceTableCreate(DeviceTable *table);
PetscErrorCode DeviceTableDestroy(DeviceTable *table);

/* Collective over comm. Reads a CSV table with the columns bus, unit, model, mva_base and the parameters of the models it
   names (GENCLS: H in s, D, xd1, per unit on mva_base in MVA). `unit` is a generator's identifier, its running number at
   the bus or its name, or a storage unit's name. Faults, with their lines: an unknown bus, unit or model, a value out of
   range, a unit named twice. *table is NULL when any of them is an error. */
PetscErrorCode DeviceTableRead(MPI_Comm comm, const char *path, Network net, Faults faults, DeviceTable *table);
/* Not collective. The same from bytes at hand. */
PetscErrorCode DeviceTableParse(const Source *source, Network net, Faults faults, DeviceTable *table);

/* Not collective. Adds a record (copies the parameters). */
PetscErrorCode DeviceTableAdd(DeviceTable table, DeviceSite site, PetscInt row, const DeviceModel *model,
                              PetscReal mva_base, const PetscReal *parameter, PetscInt line);
/* The record of a unit, or NULL. */
const DeviceRecord *DeviceTableFind(DeviceTable table, DeviceSite site, PetscInt row);

/* Not collective. Gives every generator in service that has no record what its technology says: synchronous technologies
   become classical machines with typical inertia and transient reactance, "grid" a strong source, converter-connected
   technologies (wind, solar, battery, fuel cell, ...) nothing, which leaves them constant admittances unless the
   network gives them an (emulated) inertia. A generator of unknown technology counts as a thermal machine. Storage units stay admittances. Sets the counts. */
PetscErrorCode DeviceTableAddDefaults(DeviceTable table, Network net);

/* One line on where the data come from, for summaries: "2 machines as given, 3 with typical data (...), ...". */
PetscErrorCode DeviceTableDescribe(DeviceTable table, char *text, size_t size);

#endif
