/* PyPSA CSV folders: stores (of heat, hydrogen, ...) as storage, and reserves, a table of this project's own. */
#include "inputs/pypsa.h"

#include <math.h>
#include <string.h>

/* A store's power is not limited but by its energy: e_nom an hour, or the extra column p_nom (MW). */
static PetscErrorCode ReadStorePower(PypsaTable *t, PetscInt k, PetscInt row, PetscReal e_nom)
{
  StorageTable   *s       = &t->folder->net->storage;
  const PetscReal largest = e_nom / t->folder->step_hours, p_nom = PypsaReal(t, k, "p_nom", largest);

  PetscFunctionBeginUser;
  PetscCall(PypsaCheckRange(t, k, "p_nom", p_nom, 0, INFINITY));
  s->p_charge_max_mw[row] = s->p_discharge_max_mw[row] = p_nom;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStoreEnergy(PypsaTable *t, PetscInt k, PetscInt row, PetscReal e_nom)
{
  StorageTable  *s      = &t->folder->net->storage;
  const PetscInt before = FaultsErrorCount(t->folder->faults);

  PetscFunctionBeginUser;
  s->e_max_mwh[row]       = e_nom * PypsaReal(t, k, "e_max_pu", 1);
  s->e_min_mwh[row]       = e_nom * PypsaReal(t, k, "e_min_pu", 0);
  s->e_initial_mwh[row]   = PypsaReal(t, k, "e_initial", 0);
  s->e_final_min_mwh[row] = PypsaReal(t, k, "e_final_min", NAN);
  s->cyclic[row]          = PypsaBool(t, k, "e_cyclic", PETSC_FALSE);
  s->standing_loss[row]   = PypsaReal(t, k, "standing_loss", 0);
  PetscCall(PypsaCheckRange(t, k, "standing_loss", s->standing_loss[row], 0, 1));
  if (!(e_nom >= 0) || isinf(e_nom))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found e_nom = %g MWh, expected a finite energy of at least 0", e_nom));
  else if (!(s->e_min_mwh[row] <= s->e_max_mwh[row]))
    PetscCall(
        PypsaFault(t, k, FAULT_ERROR, "found e_min_pu above e_max_pu, expected the lower limit below the upper one"));
  if (FaultsErrorCount(t->folder->faults) > before) PetscFunctionReturn(0);
  PetscCall(PypsaCheckRange(t, k, "e_initial", s->e_initial_mwh[row], s->e_min_mwh[row], s->e_max_mwh[row]));
  if (!isnan(s->e_final_min_mwh[row]))
    PetscCall(PypsaCheckRange(t, k, "e_final_min", s->e_final_min_mwh[row], s->e_min_mwh[row], s->e_max_mwh[row]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStore(PypsaTable *t, PetscInt k, PetscInt row)
{
  StorageTable   *s     = &t->folder->net->storage;
  const PetscReal e_nom = PypsaReal(t, k, "e_nom", 0);

  PetscFunctionBeginUser;
  PetscCall(NetworkSetString(&s->name[row], t->name[k]));
  PetscCall(NetworkSetString(&s->technology[row], PypsaText(t, k, "carrier")));
  PetscCall(PypsaBus(t, k, "bus", &s->bus[row]));
  s->in_service[row]    = PypsaBool(t, k, "active", PETSC_TRUE);
  s->marginal_cost[row] = PypsaReal(t, k, "marginal_cost", 0);
  if (!isfinite(s->marginal_cost[row]))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found marginal_cost = %g, expected a finite cost", s->marginal_cost[row]));
  if (PypsaReal(t, k, "sign", 1) != 1)
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found sign = %g, expected 1", PypsaReal(t, k, "sign", 1)));
  PetscCall(ReadStoreEnergy(t, k, row, e_nom));
  PetscCall(ReadStorePower(t, k, row, e_nom));
  PetscFunctionReturn(0);
}

/* Stores and storage units become rows of one table: a name stands for one of them. */
static PetscErrorCode CheckStoreNames(PypsaTable *t, PetscInt n_units)
{
  NameIndex index;

  PetscFunctionBeginUser;
  PetscCall(NameIndexCreate(n_units, t->folder->net->storage.name, &index));
  for (PetscInt k = 0; k < t->n; k++)
    if (NameIndexFind(index, t->name[k]) >= 0)
      PetscCall(PypsaFault(t, k, FAULT_ERROR,
                           "found the name '%.60s' of a storage unit again, expected names of their own for stores",
                           t->name[k]));
  PetscCall(NameIndexDestroy(&index));
  PetscFunctionReturn(0);
}

/* PyPSA counts emissions of a stored carrier by the energy that is missing in the end. */
static PetscErrorCode WarnOfEmissions(PypsaTable *t)
{
  PypsaTable carriers;
  NameIndex  index;
  PetscInt   n = 0, first = -1;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(t->folder, "carriers", &carriers));
  PetscCall(NameIndexCreate(carriers.n, carriers.name, &index));
  for (PetscInt k = 0; k < t->n; k++) {
    const PetscInt row = NameIndexFind(index, PypsaText(t, k, "carrier"));
    if (row < 0 || PypsaReal(&carriers, row, "co2_emissions", 0) == 0 || PypsaBool(t, k, "e_cyclic", PETSC_FALSE))
      continue;
    if (!n++) first = k;
  }
  if (n)
    PetscCall(PypsaFault(
        t, first, FAULT_WARNING,
        "found %" PetscInt_FMT " stores of carriers with co2_emissions: emissions are counted at generators only", n));
  PetscCall(NameIndexDestroy(&index));
  PetscCall(PypsaTableDestroy(&carriers));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadStores(Pypsa *p)
{
  static const PypsaUnsupported unsupported[] = {
      {"e_nom_extendable", "False", FAULT_WARNING, "capacities are not extended, e_nom is used"},
      {"e_set", "", FAULT_WARNING, "set energies are left out"},
      {"marginal_cost", "0", FAULT_WARNING, "the cost is one of discharging alone: charging is not credited"},
      {"marginal_cost_quadratic", "0", FAULT_WARNING, "quadratic costs of stores are left out"},
      {"marginal_cost_storage", "0", FAULT_WARNING, "costs of stored energy are left out"},
  };
  const PetscInt n_units = p->net->storage.n;
  PypsaTable     t;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "stores", &t));
  if (t.n) {
    PetscCall(CheckStoreNames(&t, n_units));
    PetscCall(NetworkResizeStorage(p->net, n_units + t.n));
    for (PetscInt k = 0; k < t.n; k++) PetscCall(ReadStore(&t, k, n_units + k));
    PetscCall(PypsaCheckUnsupported(&t, PETSC_STATIC_ARRAY_LENGTH(unsupported), unsupported));
    PetscCall(WarnOfEmissions(&t));
  }
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadReserve(PypsaTable *t, PetscInt k, PetscReal *series)
{
  Network       net    = t->folder->net;
  ReserveTable *r      = &net->reserve;
  const char   *column = PypsaText(t, k, "column"), *label = PypsaText(t, k, "label");
  PetscInt      buses = 0;

  PetscFunctionBeginUser;
  PetscCall(NetworkSetString(&r->name[k], t->name[k]));
  PetscCall(NetworkSetString(&r->column[k], column));
  PetscCall(NetworkSetString(&r->label[k], label));
  r->requirement_mw[k] = PypsaReal(t, k, "requirement_mw", series && t->folder->n_snapshots ? series[0] : 0);
  r->shortage_price[k] = PypsaReal(t, k, "shortage_price", INFINITY);
  PetscCall(PypsaCheckRange(t, k, "requirement_mw", r->requirement_mw[k], 0, INFINITY));
  if (!(r->shortage_price[k] >= 0))
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found shortage_price = %g, expected at least 0, or nothing for a hard requirement",
                         r->shortage_price[k]));
  if (series) PetscCall(PypsaAddSeries(t->folder, series, 1, &r->requirement_series[k]));
  for (PetscInt b = 0; b < net->bus.n; b++) buses += NetworkReserveCovers(net, k, b);
  if (column[0] && !NetworkBusColumn(net, column))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "column: found '%.60s', expected a column of buses.csv, or nothing for all",
                         column));
  else if (!buses)
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "label: found '%.60s', expected a value of the column '%.60s' of buses.csv",
                         label, column));
  PetscFunctionReturn(0);
}

/* A requirement below zero in any hour is no requirement. */
static PetscErrorCode CheckRequirements(PypsaTable *t, PetscReal **series)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < t->n; k++)
    for (PetscInt i = 0; series[k] && i < t->folder->n_snapshots; i++) {
      if (series[k][i] >= 0) continue;
      PetscCall(PypsaFault(t, k, FAULT_ERROR,
                           "found requirement_mw = %g in snapshot %" PetscInt_FMT " of '%.60s', expected at least 0",
                           series[k][i], i, t->name[k]));
      break;
    }
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadReserves(Pypsa *p)
{
  PypsaTable  t;
  PetscReal **series;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "reserves", &t));
  PetscCall(NetworkResizeReserves(p->net, t.n));
  PetscCall(PypsaReadSeries(&t, "requirement_mw", &series));
  for (PetscInt k = 0; k < t.n; k++) PetscCall(ReadReserve(&t, k, series[k]));
  PetscCall(CheckRequirements(&t, series));
  PetscCall(PypsaSeriesDestroy(&t, &series));
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}
