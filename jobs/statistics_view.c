/* Components seen as assets with ports, capacities and costs. */
#include <math.h>
#include <string.h>

#include "inputs/csv.h"
#include "jobs/statistics_impl.h"

static const ComponentKind kinds[] = {COMPONENT_GENERATOR, COMPONENT_LINK, COMPONENT_STORAGE_UNIT,
                                      COMPONENT_STORE,     COMPONENT_LINE, COMPONENT_TRANSFORMER,
                                      COMPONENT_LOAD};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *StatisticsNominal(ComponentKind kind)
{
  if (kind == COMPONENT_LOAD) return NULL;
  if (kind == COMPONENT_STORE) return "e_nom";
  return kind == COMPONENT_LINE || kind == COMPONENT_TRANSFORMER ? "s_nom" : "p_nom";
}

PetscReal StatisticsReal(const StatisticsView *v, const Asset *a, const char *attribute, PetscReal otherwise)
{
  const Column *column = ComponentsColumn(v->c, a->kind, attribute);
  return column && column->real && !PetscIsNanReal(column->real[a->row]) ? column->real[a->row] : otherwise;
}

PetscReal StatisticsYears(const StatisticsView *v, PetscInt p)
{
  return v->c->n_periods ? v->c->period_years[p] : 1;
}

PetscReal StatisticsCostWeight(const StatisticsView *v, PetscInt p)
{
  return v->c->n_periods ? v->c->period_objective[p] : 1;
}

PetscInt StatisticsLabel(const StatisticsView *v, PetscInt p)
{
  return v->c->n_periods ? v->c->period[p] : 0;
}

PetscInt StatisticsYear(Components c)
{
  PetscInt year = 0;

  for (int k = 0; k < 4; k++) {
    const char digit = c->n_snapshots ? c->snapshot[0][k] : '\0';
    if (digit < '0' || digit > '9') return 0;
    year = 10 * year + digit - '0';
  }
  return c->snapshot[0][4] == '-' ? year : 0;
}

PetscReal StatisticsCapacity(const StatisticsView *v, const Asset *a, PetscInt p, PetscBool optimal)
{
  const char   *nominal = StatisticsNominal(a->kind);
  const Column *of_period, *built;
  char          name[64];

  if (!nominal || !ComponentsActive(v->c, a->kind, a->row, p)) return 0;
  if (!optimal) return StatisticsReal(v, a, nominal, 0);
  snprintf(name, sizeof name, "%s_opt_%d", nominal, (int)StatisticsLabel(v, p));
  of_period = v->c->n_periods ? ComponentsColumn(v->c, a->kind, name) : NULL;
  if (of_period && of_period->real && (!of_period->given || of_period->given[a->row])) return of_period->real[a->row];
  snprintf(name, sizeof name, "%s_opt", nominal);
  built = ComponentsColumn(v->c, a->kind, name);
  if (built->given && built->given[a->row]) return built->real[a->row];
  snprintf(name, sizeof name, "%s_extendable", nominal);
  return StatisticsReal(v, a, name, 0) != 0 ? built->real[a->row] : StatisticsReal(v, a, nominal, 0);
}

PetscReal StatisticsAnnuity(PetscReal rate, PetscReal lifetime)
{
  if (PetscIsNanReal(rate)) return NAN;
  if (rate == 0) return 1 / lifetime;
  return isinf(lifetime) ? (rate > 0 ? rate : 0) : rate / (1 - pow(1 + rate, -lifetime));
}

PetscReal StatisticsCapitalCost(const StatisticsView *v, const Asset *a, PetscInt p)
{
  const PetscReal overnight = StatisticsReal(v, a, "overnight_cost", NAN);

  if (PetscIsNanReal(overnight)) return StatisticsReal(v, a, "capital_cost", 0);
  return overnight *
         StatisticsAnnuity(StatisticsReal(v, a, "discount_rate", v->discount_rate),
                           StatisticsReal(v, a, "lifetime", PETSC_INFINITY)) *
         v->hours_objective[p] / 8760;
}

PetscBool StatisticsIsBranch(const Asset *a)
{
  return (PetscBool)(a->kind == COMPONENT_LINE || a->kind == COMPONENT_TRANSFORMER);
}

PetscBool StatisticsIsTransmission(const StatisticsView *v, const Asset *a)
{
  if (a->ports < 2) return PETSC_FALSE;
  for (PetscInt i = 1; i < a->ports; i++)
    if (a->bus[i] >= 0 && strcmp(StatisticsBusCarrier(v, a->bus[0]), StatisticsBusCarrier(v, a->bus[i])) != 0)
      return PETSC_FALSE;
  return PETSC_TRUE;
}

const char *StatisticsBusCarrier(const StatisticsView *v, PetscInt bus)
{
  return ColumnText(ComponentsColumn(v->c, COMPONENT_BUS, "carrier"), bus);
}

const char *StatisticsBusRegion(const StatisticsView *v, PetscInt bus)
{
  return ComponentsRegion(v->c, bus, v->region_column);
}

/* Passive branches have p0 and p1, links p0 ... pN, all counted as taken from the bus; others p, fed into it. */
const Column *StatisticsPortColumn(const StatisticsView *v, const Asset *a, PetscInt port)
{
  char name[16];

  if (a->ports == 1) return ComponentsColumn(v->c, a->kind, "p");
  snprintf(name, sizeof name, "p%d", (int)port);
  return ComponentsColumn(v->c, a->kind, name);
}

PetscReal StatisticsPortSign(const StatisticsView *v, const Asset *a, PetscInt port)
{
  (void)port;
  return a->ports > 1 ? -1 : StatisticsReal(v, a, "sign", a->kind == COMPONENT_LOAD ? -1 : 1);
}

void StatisticsUnit(const StatisticsVariable *variable, const char *currency, char *unit, size_t size)
{
  const char *rest = !strncmp(variable->unit, "%s", 2) ? variable->unit + 2 : NULL;

  if (rest)
    snprintf(unit, size, "%s%s", currency && currency[0] ? currency : "currency", rest);
  else
    snprintf(unit, size, "%s", variable->unit);
}

static PetscErrorCode IncreaseOver(Statistics s, const char *variable, const char *carrier, const char *region,
                                   const char *unit, PetscBool over_carriers, PetscInt label, PetscReal value)
{
  PetscFunctionBeginUser;
  for (int all_carriers = 0; all_carriers <= (over_carriers && carrier[0]); all_carriers++)
    for (int all_regions = 0; all_regions <= (region[0] != '\0'); all_regions++)
      PetscCall(
          StatisticsIncrease(s, variable, all_carriers ? "" : carrier, all_regions ? "" : region, label, unit, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode SpreadOver(const StatisticsView *v, Statistics s, const char *variable, const char *carrier,
                                 const char *region, const char *unit, PetscBool over_carriers,
                                 StatisticsPeriods periods, PetscInt p, PetscReal value)
{
  PetscReal weight = 1;

  PetscFunctionBeginUser;
  PetscCall(IncreaseOver(s, variable, carrier, region, unit, over_carriers, StatisticsLabel(v, p), value));
  if (!v->c->n_periods || periods == PERIODS_APART) PetscFunctionReturn(0);
  if (periods == PERIODS_YEARS) weight = StatisticsYears(v, p);
  if (periods == PERIODS_VALUE) weight = StatisticsCostWeight(v, p);
  PetscCall(IncreaseOver(s, variable, carrier, region, unit, over_carriers, 0, weight * value));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsSpread(const StatisticsView *v, const char *variable, const char *carrier, const char *region,
                                PetscInt p, PetscReal value)
{
  const StatisticsVariable *known = StatisticsVariableFind(variable);
  char                      unit[64];

  PetscFunctionBeginUser;
  PetscCheck(known, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "no variable %s", variable);
  StatisticsUnit(known, v->c->currency, unit, sizeof unit);
  PetscCall(SpreadOver(v, v->rows, variable, carrier, region, unit, known->over_carriers, known->periods, p, value));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsNote(const StatisticsView *v, const char *name, const char *carrier, const char *region,
                              PetscInt p, StatisticsPeriods periods, PetscReal value)
{
  PetscFunctionBeginUser;
  PetscCall(SpreadOver(v, v->work, name, carrier, region, "", PETSC_FALSE, periods, p, value));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPut(const StatisticsView *v, const char *variable, const char *carrier, const char *region,
                             PetscInt label, PetscReal value)
{
  const StatisticsVariable *known = StatisticsVariableFind(variable);
  char                      unit[64];

  PetscFunctionBeginUser;
  PetscCheck(known, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "no variable %s", variable);
  StatisticsUnit(known, v->c->currency, unit, sizeof unit);
  PetscCall(StatisticsAdd(v->rows, variable, carrier, region, label, unit, value));
  PetscFunctionReturn(0);
}

/* A load without a carrier of its own, or with that of its bus, is told by what it is, and so are branches: otherwise they
   would be added to the generators and links of that name. */
static PetscErrorCode NameTechnology(const StatisticsView *v, Asset *a)
{
  const Column *column  = ComponentsColumn(v->c, a->kind, "carrier");
  const char   *carrier = column && column->text ? column->text[a->row] : "";
  const char   *of_bus  = a->bus[0] >= 0 ? StatisticsBusCarrier(v, a->bus[0]) : "";
  const char   *kind    = a->kind == COMPONENT_LINE           ? "line"
                          : a->kind == COMPONENT_TRANSFORMER  ? "transformer"
                          : a->kind == COMPONENT_LOAD         ? "load"
                          : a->kind == COMPONENT_LINK         ? "link"
                          : a->kind == COMPONENT_STORE        ? "store"
                          : a->kind == COMPONENT_STORAGE_UNIT ? "storage unit"
                                                              : "generator";
  char          name[512];

  PetscFunctionBeginUser;
  if (StatisticsIsBranch(a) || (a->kind == COMPONENT_LOAD && (!carrier[0] || !strcmp(carrier, of_bus))))
    snprintf(name, sizeof name, "%s%s%s", of_bus, of_bus[0] ? " " : "", kind);
  else
    snprintf(name, sizeof name, "%s", carrier[0] ? carrier : kind);
  PetscCall(PetscStrallocpy(name, &a->technology));
  PetscFunctionReturn(0);
}

static PetscInt BusAt(const StatisticsView *v, ComponentKind kind, PetscInt row, const char *attribute)
{
  const Column *column = ComponentsColumn(v->c, kind, attribute);
  return column && column->text && column->text[row][0] ? ComponentsFind(v->c, COMPONENT_BUS, column->text[row]) : -1;
}

static PetscErrorCode FillAsset(const StatisticsView *v, Asset *a)
{
  const PetscBool two = (PetscBool)(StatisticsIsBranch(a) || a->kind == COMPONENT_LINK);
  char            name[16];

  PetscFunctionBeginUser;
  a->ports = two ? 2 : 1;
  if (!two) a->bus[0] = BusAt(v, a->kind, a->row, "bus");
  for (PetscInt i = 0; two && i < (a->kind == COMPONENT_LINK ? ASSET_PORTS : 2); i++) {
    snprintf(name, sizeof name, "bus%d", (int)i);
    a->bus[i] = BusAt(v, a->kind, a->row, name);
    if (a->bus[i] >= 0) a->ports = PetscMax(a->ports, i + 1);
  }
  PetscCall(NameTechnology(v, a));
  a->region = a->bus[0] >= 0 ? StatisticsBusRegion(v, a->bus[0]) : "";
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsViewCreate(Components c, const StatisticsOptions *options, StatisticsView *v)
{
  PetscInt n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(v, sizeof *v));
  v->c             = c;
  v->T             = c->n_snapshots;
  v->P             = ComponentsPeriods(c);
  v->region_column = options->region;
  v->discount_rate = options->discount_rate;
  PetscCall(StatisticsCreateEmpty(&v->rows));
  PetscCall(StatisticsCreateEmpty(&v->work));
  for (int k = 0; k < KINDS; k++) v->n_assets += c->table[kinds[k]].n;
  PetscCall(PetscCalloc1(v->n_assets + 1, &v->asset));
  for (int k = 0; k < KINDS; k++)
    for (PetscInt row = 0; row < c->table[kinds[k]].n; row++) {
      v->asset[n].kind = kinds[k];
      v->asset[n].row  = row;
      PetscCall(FillAsset(v, &v->asset[n++]));
    }
  PetscCall(PetscCalloc4(v->P, &v->sum, v->P, &v->carbon_price, v->P, &v->hours_generators, v->P, &v->hours_objective));
  for (PetscInt t = 0; t < v->T; t++) {
    v->hours_generators[c->period_of[t]] += c->weight_generators[t];
    v->hours_objective[c->period_of[t]] += c->weight_objective[t];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsViewDestroy(StatisticsView *v)
{
  PetscFunctionBeginUser;
  PetscCall(StatisticsDestroy(&v->rows));
  PetscCall(StatisticsDestroy(&v->work));
  for (PetscInt k = 0; k < v->n_assets; k++) PetscCall(PetscFree(v->asset[k].technology));
  PetscCall(PetscFree(v->asset));
  PetscCall(PetscFree4(v->sum, v->carbon_price, v->hours_generators, v->hours_objective));
  PetscCall(PetscFree(v->owner));
  for (PetscInt k = 0; k < v->n_participants; k++) PetscCall(PetscFree(v->participant[k]));
  PetscCall(PetscFree(v->participant));
  PetscFunctionReturn(0);
}

static PetscInt FindParticipant(const StatisticsView *v, const char *name)
{
  PetscInt k = 0;
  while (k < v->n_participants && strcmp(v->participant[k], name) != 0) k++;
  return k;
}

static PetscInt FindAsset(const StatisticsView *v, const char *component, const char *name)
{
  static const struct {
    const char   *word;
    ComponentKind kind;
  } words[] = {{"generator", COMPONENT_GENERATOR},
               {"load", COMPONENT_LOAD},
               {"storage", COMPONENT_STORAGE_UNIT},
               {"storage", COMPONENT_STORE},
               {"link", COMPONENT_LINK},
               {"line", COMPONENT_LINE},
               {"store", COMPONENT_STORE},
               {"transformer", COMPONENT_TRANSFORMER}};

  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    const PetscInt row = strcmp(words[w].word, component) ? -1 : ComponentsFind(v->c, words[w].kind, name);
    for (PetscInt k = 0; row >= 0 && k < v->n_assets; k++)
      if (v->asset[k].kind == words[w].kind && v->asset[k].row == row) return k;
  }
  return -1;
}

/* One row of the table; an asset that the components do not have is a fault. */
static PetscErrorCode TakeOwner(StatisticsView *v, Csv csv, PetscInt row, const PetscInt column[3], Faults faults)
{
  const char *name = CsvText(csv, row, column[0]), *component = CsvText(csv, row, column[1]);
  PetscInt    asset = FindAsset(v, component, CsvText(csv, row, column[2])), owner = FindParticipant(v, name);

  PetscFunctionBeginUser;
  if (asset < 0) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                        "found %s \"%s\", which the network does not have", component, CsvText(csv, row, column[2])));
    PetscFunctionReturn(0);
  }
  if (owner == v->n_participants) PetscCall(PetscStrallocpy(name, &v->participant[v->n_participants++]));
  v->owner[asset] = owner;
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsViewOwners(MPI_Comm comm, StatisticsView *v, const char *participants, Faults faults)
{
  static const char *const columns[] = {"participant", "component", "asset"};
  PetscInt                 column[3];
  Csv                      csv = NULL;

  PetscFunctionBeginUser;
  if (participants) PetscCall(CsvRead(comm, participants, faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  PetscCall(CsvRequire(csv, faults, 3, columns, column));
  if (column[0] >= 0 && column[1] >= 0 && column[2] >= 0) {
    PetscCall(PetscMalloc1(v->n_assets + 1, &v->owner));
    PetscCall(PetscCalloc1(CsvRows(csv) + 1, &v->participant));
    for (PetscInt k = 0; k < v->n_assets; k++) v->owner[k] = -1;
    for (PetscInt k = 0; k < CsvRows(csv); k++) PetscCall(TakeOwner(v, csv, k, column, faults));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}
