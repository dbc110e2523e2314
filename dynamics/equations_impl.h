/* What the files that make the equations share. */
#ifndef ARCHIPELAGO_DYNAMICS_EQUATIONS_IMPL_H
#define ARCHIPELAGO_DYNAMICS_EQUATIONS_IMPL_H

#include "dynamics/equations.h"

/* The unknown of a part's local column, -1: a constant. */
static inline PetscInt PartColumn(const Part *part, PetscInt local)
{
  const PetscInt n = part->model->n_unknowns;
  return local < n ? part->first + local : part->input[local - n];
}
/* The equation of a part's local row. */
static inline PetscInt PartRow(Equations eq, const Part *part, PetscInt local)
{
  const PetscInt n = part->model->n_unknowns;
  return local < n ? part->first + local : EquationsBusUnknown(eq, eq->site[part->site].bus) + local - n;
}

/* Where the entry (row, column) of the pattern stands. */
int64_t EquationsPosition(Equations eq, PetscInt row, PetscInt column);
/* Finds the pattern and every part's place in it; allocates `linear`. */
PetscErrorCode EquationsBuildPattern(Equations eq);
/* A part to be: a record of the table, or a meter that a site needs. */
typedef struct {
  DeviceSite         site;
  PetscInt           row, order, line;
  const DeviceModel *model;
  const PetscReal   *parameter;
  PetscReal          mva_base;
} PartPlan;

/* Makes sites and parts of the table's records, wired by signals, and counts the unknowns. plan[parts]: the caller frees
   it. */
PetscErrorCode EquationsBuildSites(Equations eq, OperatingPoint point, DeviceTable table, PartPlan **plan);
/* Each part in equilibrium at the operating point. */
PetscErrorCode EquationsStartSites(Equations eq, OperatingPoint point, const PartPlan *plan);
/* Fills `admittance` and `load_mw` from the operating point and the network's shunts. */
PetscErrorCode EquationsBuildAdmittances(Equations eq, OperatingPoint point);
/* The two-port of a branch as it stands, ff, ft, tf, tt as (g, b): its fault included; zero when open. */
void EquationsTwoPort(Equations eq, PetscInt branch, PetscReal y[4][2]);

#endif
