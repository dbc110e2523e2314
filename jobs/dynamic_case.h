/* A case for the dynamic studies: its network, its devices, and the operating point from which it starts. */
#ifndef ARCHIPELAGO_JOBS_DYNAMIC_CASE_H
#define ARCHIPELAGO_JOBS_DYNAMIC_CASE_H

#include "dynamics/device_table.h"
#include "dynamics/equations.h"
#include "dynamics/operating_point.h"
#include "jobs/job.h"
#include "jobs/options.h"

typedef struct {
  const char *dynamics;   /* file of the device table, or NULL: typical data by technology */
  const char *point;      /* "powerflow" or "opf" */
  const char *load_model; /* "z", "i", "p" or "data": loads without a model of their own */
  PetscReal   frequency;  /* Hz; 0: the network's, otherwise 60 */
  PetscBool   strict;     /* what is suspicious is an error */
} DynamicSettings;

/* clang-format off */
#define DYNAMIC_SETTINGS_DEFAULT {.point = "powerflow", .load_model = "z"}

/* Entries of a command's table of options that fill `grid`, a DynamicSettings. */
#define DYNAMIC_OPTIONS(grid) \
  {"dynamics", 'd', TAKES_TEXT, &(grid).dynamics, "FILE", "devices: .dyr, .csv, .yaml", 0}, \
  {"strict", 0, TAKES_NOTHING, &(grid).strict, NULL, "unsupported or suspicious devices are errors", 0}, \
  {"load-model", 0, TAKES_TEXT, &(grid).load_model, "z|i|p|data", \
   "loads without a model: constant impedance (default), current, power; as the case says", 0}, \
  {"operating-point", 0, TAKES_TEXT, &(grid).point, "powerflow|opf", "where it starts", 0}, \
  {"frequency", 0, TAKES_REAL, &(grid).frequency, "HZ", "nominal frequency (default: the case's, else 60)", 1}
/* clang-format on */

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

/* Not collective. Devices that start suspiciously in `eq` are a fault where the settings are strict. */
PetscErrorCode DynamicCaseCheckStart(const DynamicSettings *settings, Equations eq, Faults faults);

#endif
