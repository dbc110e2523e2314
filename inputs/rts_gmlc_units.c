/* Generators and storage units of the RTS-GMLC folder. */
#include "inputs/rts_gmlc.h"
#include "inputs/source.h"

#include <math.h>
#include <string.h>

static const char *const gen_column[] = {"GEN UID",
                                         "Bus ID",
                                         "Gen ID",
                                         "Unit Type",
                                         "Fuel",
                                         "MW Inj",
                                         "MVAR Inj",
                                         "V Setpoint p.u.",
                                         "PMax MW",
                                         "PMin MW",
                                         "QMax MVAR",
                                         "QMin MVAR",
                                         "Ramp Rate MW/Min",
                                         "Inertia MJ/MW",
                                         "Base MVA",
                                         "Pump Load MW",
                                         "Storage Roundtrip Efficiency"};
enum {
  UID,
  BUS,
  GEN_ID,
  UNIT_TYPE,
  FUEL,
  MW_INJ,
  MVAR_INJ,
  V_SET,
  PMAX,
  PMIN,
  QMAX,
  QMIN,
  RAMP,
  INERTIA,
  BASE_MVA,
  PUMP_LOAD,
  ROUND_TRIP,
  GEN_COLUMNS
};

static const char *const storage_column[] = {"GEN UID", "Max Volume GWh", "Initial Volume GWh", "position"};
enum { STORAGE_UID, MAX_VOLUME, INITIAL_VOLUME, POSITION, STORAGE_COLUMNS };

typedef struct {
  RtsGmlc *reader;
  Csv      gen, storage;
  PetscInt column[GEN_COLUMNS], storage_column[STORAGE_COLUMNS];
  PetscInt n_convexified, n_reservoirs;
} Units;

/* Storage: batteries, and the solar plant with heat storage, whose mirrors fill its store as an inflow. */
static PetscBool IsStorage(const Units *u, PetscInt row)
{
  const char *type = CsvText(u->gen, row, u->column[UNIT_TYPE]);
  return !strcmp(type, "STORAGE") || !strcmp(type, "CSP") ? PETSC_TRUE : PETSC_FALSE;
}

static const char *Technology(const char *type, const char *fuel)
{
  static const char *const known[][3] = {{"SYNC_COND", NULL, "synchronous condenser"},
                                         {"STORAGE", NULL, "battery"},
                                         {"CSP", NULL, "csp"},
                                         {NULL, "NG", "gas"},
                                         {NULL, "Coal", "coal"},
                                         {NULL, "Oil", "oil"},
                                         {NULL, "Nuclear", "nuclear"},
                                         {NULL, "Hydro", "hydro"},
                                         {NULL, "Wind", "wind"},
                                         {NULL, "Solar", "solar"}};
  for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
    if (known[k][0] ? !strcmp(known[k][0], type) : !strcmp(known[k][1], fuel)) return known[k][2];
  return "";
}

static PetscErrorCode Real(const Units *u, PetscInt row, PetscInt which, PetscReal *value)
{
  PetscFunctionBegin;
  PetscCall(CsvReal(u->gen, u->reader->faults, row, u->column[which], 0, 0, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode Order(const Units *u, PetscInt row, PetscInt low, PetscInt high, PetscReal lower, PetscReal upper)
{
  PetscFunctionBegin;
  if (lower > upper)
    PetscCall(FaultsAdd(u->reader->faults, FAULT_ERROR, CsvPath(u->gen), CsvLine(u->gen, row),
                        "found %s %g above %s %g, expected a lower limit below the upper", gen_column[low],
                        (double)lower, gen_column[high], (double)upper));
  PetscFunctionReturn(0);
}

/* A rating of 0 (synchronous condensers) is taken from the reactive limits. */
static PetscErrorCode ReadMachine(const Units *u, PetscInt row, GeneratorTable *g, PetscInt k)
{
  PetscReal ramp, inertia;
  PetscFunctionBegin;
  PetscCall(Real(u, row, RAMP, &ramp));
  PetscCall(Real(u, row, INERTIA, &inertia));
  PetscCall(Real(u, row, BASE_MVA, &g->mva_base[k]));
  if (ramp > 0) g->ramp_mw_per_h[k] = 60 * ramp;
  if (inertia > 0 || g->mva_base[k] > 0) g->inertia_s[k] = inertia;
  if (!(g->mva_base[k] > 0)) g->mva_base[k] = PetscMax(PetscMax(g->p_max_mw[k], g->q_max_mvar[k]), 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadGenerator(Units *u, PetscInt row, PetscInt k)
{
  GeneratorTable *g = &u->reader->net->generator;
  PetscBool       convexified;

  PetscFunctionBegin;
  PetscCall(RtsGmlcBus(u->reader, u->gen, row, u->column[BUS], &g->bus[k]));
  PetscCall(NetworkSetString(&g->name[k], CsvText(u->gen, row, u->column[UID])));
  PetscCall(NetworkSetString(&g->unit[k], CsvText(u->gen, row, u->column[GEN_ID])));
  PetscCall(NetworkSetString(&g->technology[k], Technology(CsvText(u->gen, row, u->column[UNIT_TYPE]),
                                                           CsvText(u->gen, row, u->column[FUEL]))));
  PetscCall(Real(u, row, MW_INJ, &g->p_mw[k]));
  PetscCall(Real(u, row, MVAR_INJ, &g->q_mvar[k]));
  PetscCall(Real(u, row, V_SET, &g->vm_set_pu[k]));
  PetscCall(Real(u, row, PMAX, &g->p_max_mw[k]));
  PetscCall(Real(u, row, PMIN, &g->p_min_mw[k]));
  PetscCall(Real(u, row, QMAX, &g->q_max_mvar[k]));
  PetscCall(Real(u, row, QMIN, &g->q_min_mvar[k]));
  PetscCall(Order(u, row, PMIN, PMAX, g->p_min_mw[k], g->p_max_mw[k]));
  PetscCall(Order(u, row, QMIN, QMAX, g->q_min_mvar[k], g->q_max_mvar[k]));
  PetscCall(ReadMachine(u, row, g, k));
  PetscCall(
      RtsGmlcReadCost(u->reader, u->gen, row, g->p_max_mw[k], &g->cost[k], &g->emission_t_per_mwh[k], &convexified));
  u->n_convexified += convexified;
  PetscFunctionReturn(0);
}

/* Row of storage.csv with a unit's upper store, -1 when there is none. */
static PetscInt HeadRow(const Units *u, const char *uid)
{
  for (PetscInt k = 0; u->storage && k < CsvRows(u->storage); ++k)
    if (!strcmp(CsvText(u->storage, k, u->storage_column[STORAGE_UID]), uid) &&
        !strcmp(CsvText(u->storage, k, u->storage_column[POSITION]), "head"))
      return k;
  return -1;
}

/* Round-trip efficiency in per cent is split evenly; 0 stands for a store that is only discharged. */
static PetscErrorCode ReadEfficiency(const Units *u, PetscInt row, StorageTable *s, PetscInt k)
{
  PetscReal percent;
  PetscFunctionBegin;
  PetscCall(Real(u, row, ROUND_TRIP, &percent));
  if (percent < 0 || percent > 100)
    PetscCall(FaultsAdd(u->reader->faults, FAULT_ERROR, CsvPath(u->gen), CsvLine(u->gen, row),
                        "found Storage Roundtrip Efficiency %g, expected 0 to 100 per cent", (double)percent));
  else if (percent > 0)
    s->efficiency_charge[k] = s->efficiency_discharge[k] = PetscSqrtReal(percent / 100);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStorage(Units *u, PetscInt row, PetscInt k)
{
  RtsGmlc       *reader = u->reader;
  StorageTable  *s      = &reader->net->storage;
  const char    *uid    = CsvText(u->gen, row, u->column[UID]);
  const PetscInt head   = HeadRow(u, uid);
  PetscReal      volume, initial;

  PetscFunctionBegin;
  PetscCall(RtsGmlcBus(reader, u->gen, row, u->column[BUS], &s->bus[k]));
  PetscCall(NetworkSetString(&s->name[k], uid));
  PetscCall(NetworkSetString(&s->technology[k], Technology(CsvText(u->gen, row, u->column[UNIT_TYPE]), "")));
  PetscCall(Real(u, row, PMAX, &s->p_discharge_max_mw[k]));
  PetscCall(Real(u, row, PUMP_LOAD, &s->p_charge_max_mw[k]));
  PetscCall(Real(u, row, QMAX, &s->q_max_mvar[k]));
  PetscCall(Real(u, row, QMIN, &s->q_min_mvar[k]));
  PetscCall(Real(u, row, PMAX, &s->p_discharge_max_mw[k]));
  PetscCall(ReadEfficiency(u, row, s, k));
  if (head < 0) {
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, CsvPath(u->gen), CsvLine(u->gen, row),
                        "found storage unit \"%.80s\" without a head row in storage.csv, expected its volume", uid));
    PetscFunctionReturn(0);
  }
  PetscCall(CsvReal(u->storage, reader->faults, head, u->storage_column[MAX_VOLUME], 0, 0, &volume));
  PetscCall(CsvReal(u->storage, reader->faults, head, u->storage_column[INITIAL_VOLUME], 0, 0, &initial));
  s->e_max_mwh[k]     = 1000 * volume;
  s->e_initial_mwh[k] = 1000 * initial;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRows(Units *u)
{
  Network  net          = u->reader->net;
  PetscInt n_generators = 0, n_storage = 0;

  PetscFunctionBegin;
  for (PetscInt row = 0; row < CsvRows(u->gen); ++row) n_storage += IsStorage(u, row);
  PetscCall(NetworkResizeStorage(net, n_storage));
  PetscCall(NetworkResizeGenerators(net, CsvRows(u->gen) - n_storage));
  n_storage = 0;
  for (PetscInt row = 0; row < CsvRows(u->gen); ++row) {
    if (IsStorage(u, row)) {
      PetscCall(ReadStorage(u, row, n_storage++));
    } else {
      if (HeadRow(u, CsvText(u->gen, row, u->column[UID])) >= 0) ++u->n_reservoirs;
      PetscCall(ReadGenerator(u, row, n_generators++));
    }
  }
  if (u->n_convexified)
    PetscCall(FaultsAdd(u->reader->faults, FAULT_WARNING, CsvPath(u->gen), 0,
                        "cost curves of %" PetscInt_FMT
                        " units have falling slopes and are replaced by their convex hulls",
                        u->n_convexified));
  if (u->n_reservoirs)
    PetscCall(FaultsAdd(u->reader->faults, FAULT_WARNING, CsvPath(u->storage), 0,
                        "reservoirs of %" PetscInt_FMT " generators are not used: their output follows their series",
                        u->n_reservoirs));
  PetscFunctionReturn(0);
}

PetscErrorCode RtsGmlcReadUnits(RtsGmlc *reader)
{
  const PetscInt errors = FaultsErrorCount(reader->faults);
  Units          u      = {.reader = reader};
  PathKind       kind;

  PetscFunctionBegin;
  PetscCall(RtsGmlcTable(reader, "gen.csv", &u.gen));
  if (u.gen) PetscCall(CsvRequire(u.gen, reader->faults, GEN_COLUMNS, gen_column, u.column));
  PetscCall(SourceKind(reader->comm, reader->folder, "storage.csv", &kind));
  if (kind == PATH_FILE) PetscCall(RtsGmlcTable(reader, "storage.csv", &u.storage));
  if (u.storage) PetscCall(CsvRequire(u.storage, reader->faults, STORAGE_COLUMNS, storage_column, u.storage_column));
  if (u.gen && FaultsErrorCount(reader->faults) == errors) PetscCall(ReadRows(&u));
  PetscCall(CsvDestroy(&u.gen));
  PetscCall(CsvDestroy(&u.storage));
  PetscFunctionReturn(0);
}
