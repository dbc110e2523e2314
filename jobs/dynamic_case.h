/* A case for the dynamic studies: its network, its devices, and the operating point from which it starts. */
#ifndef ARCHIPELAGO_JOBS_DYNAMIC_CASE_H
#define ARCHIPELAGO_JOBS_DYNAMIC_CASE_H

#include "dynamics/device_table.h"
#include "dynamics/operating_point.h"
#include "jobs/job.h"

typedef struct {
  const char *dynamics;   /* file of the device table, or NULL: typical data by technology */
  const char *point;      /* "powerflow" or "opf" */
  const char *load_model; /* "z", "i" or "p": loads without a model of their own */
  PetscReal   frequency;  /* Hz; 0: the network's, otherwise 60 */
  PetscBool   strict;     /* what is suspicious is an error */
} DynamicSettings;

typedef struct {
  Network        net;
  DeviceTable    devices;
  OperatingPoint point;
  PetscReal      frequency_hz;
  PetscInt       n_zip_loads; /* that the load model made */
} DynamicCase;

/* Collective. Reads, adds defaults and solves; what is wrong fails the job. Destroy it in any case. */
PetscErrorCode DynamicCaseLoad(Job job, const char *path, const DynamicSettings *settings, DynamicCase *grid);
PetscErrorCode DynamicCaseDestroy(DynamicCase *grid);

#endif
