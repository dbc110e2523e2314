/* Statistics in the layout of the Integrated Assessment Modeling Consortium. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inputs/network.h"
#include "jobs/format.h"
#include "jobs/statistics.h"

enum { NAME_SIZE = 512 };

/* What a technology is, as the rows of all sets tell. */
typedef struct {
  const char *technology;
  PetscReal   most;            /* that it feeds into a bus */
  char        good[NAME_SIZE]; /* "Electricity", "Heat": carrier of the bus that it feeds most */
  PetscBool   transmission, storage, load;
} Role;

typedef struct {
  PetscInt          n;
  const Statistics *statistics;
  PetscInt          n_years, year[64], n_roles;
  Role             *role;
  Text             *csv;
} IamcView;

/* "hot water" as "Hot Water"; names that people write in capitals stay. */
static void Capitalise(const char *name, char *text, size_t size)
{
  size_t    n     = 0;
  PetscBool first = PETSC_TRUE;

  for (; *name && n + 1 < size; name++) {
    const char c = *name == '_' || *name == '|' ? ' ' : *name;
    text[n++]    = first ? (char)toupper((unsigned char)c) : c;
    first        = (PetscBool)(c == ' ' || c == '-');
  }
  text[n] = '\0';
}

static void NameGood(const char *carrier, char *text, size_t size)
{
  if (CarrierIsElectric(carrier) || !strcmp(carrier, "electricity"))
    snprintf(text, size, "Electricity");
  else if (!strcmp(carrier, "H2") || !strcmp(carrier, "hydrogen"))
    snprintf(text, size, "Hydrogen");
  else
    Capitalise(carrier, text, size);
}

/* The consortium's names of the usual technologies. */
static void NameTechnology(const char *carrier, char *text, size_t size)
{
  static const char *const names[][2] = {{"onwind", "Wind|Onshore"},    {"onshore wind", "Wind|Onshore"},
                                         {"offwind", "Wind|Offshore"},  {"offshore wind", "Wind|Offshore"},
                                         {"solar pv", "Solar|PV"},      {"pv", "Solar|PV"},
                                         {"csp", "Solar|CSP"},          {"OCGT", "Gas|OCGT"},
                                         {"CCGT", "Gas|CCGT"},          {"ocgt", "Gas|OCGT"},
                                         {"ccgt", "Gas|CCGT"},          {"lignite", "Coal|Lignite"},
                                         {"ror", "Hydro|Run of River"}, {"hydro", "Hydro"},
                                         {"PHS", "Pumped Hydro"}};

  for (size_t k = 0; k < sizeof names / sizeof *names; k++)
    if (!strcmp(names[k][0], carrier)) {
      snprintf(text, size, "%s", names[k][1]);
      return;
    }
  Capitalise(carrier, text, size);
}

static Role *RoleOf(const IamcView *w, const char *technology)
{
  for (PetscInt k = 0; k < w->n_roles; k++)
    if (!strcmp(w->role[k].technology, technology)) return &w->role[k];
  return NULL;
}

static PetscErrorCode AddRole(IamcView *w, const char *technology, Role **role)
{
  PetscFunctionBeginUser;
  *role = RoleOf(w, technology);
  if (*role) PetscFunctionReturn(0);
  PetscCall(PetscRealloc((size_t)(w->n_roles + 1) * sizeof *w->role, &w->role));
  *role = &w->role[w->n_roles++];
  PetscCall(PetscMemzero(*role, sizeof **role));
  (*role)->technology = technology;
  (*role)->most       = -INFINITY;
  PetscFunctionReturn(0);
}

/* What a row over all regions says about a technology. */
static PetscErrorCode LearnRole(IamcView *w, const StatisticsRow *row)
{
  const PetscBool balance = (PetscBool)!strcmp(row->variable, "Energy Balance");
  const char     *bar     = balance ? strrchr(row->carrier, '|') : NULL;
  Role           *role;

  PetscFunctionBeginUser;
  if (row->region[0] || !row->carrier[0] || (balance && !bar)) PetscFunctionReturn(0);
  PetscCall(AddRole(w, bar ? bar + 1 : row->carrier, &role));
  if (!strcmp(row->variable, "Transmission Volume")) role->transmission = PETSC_TRUE;
  if (!strcmp(row->variable, "Optimal Storage Capacity")) role->storage = PETSC_TRUE;
  if (!strcmp(row->variable, "Energy Bill")) role->load = PETSC_TRUE;
  if (bar && row->value > role->most) {
    char carrier[NAME_SIZE];
    role->most = row->value;
    snprintf(carrier, sizeof carrier, "%.*s", (int)(bar - row->carrier), row->carrier);
    NameGood(carrier, role->good, sizeof role->good);
  }
  PetscFunctionReturn(0);
}

/* Variables whose name alone is the mapping; of those with a technology its name follows. */
static const struct {
  const char *variable, *name;
  enum { ALONE, BY_TECHNOLOGY, BY_GOOD } by;
} plain[] = {
    {"Annual System Cost", "Cost|Energy System", BY_TECHNOLOGY},
    {"Overnight Investment Cost", "Investment|Energy Supply", BY_TECHNOLOGY},
    {"Annual Carbon Payments", "Revenue|Government|Tax|Carbon", ALONE},
    {"Emissions CO2", "Emissions|CO2|Energy", BY_TECHNOLOGY},
    {"Emissions SO2", "Emissions|Sulfur|Energy", BY_TECHNOLOGY},
    {"Emissions NOx", "Emissions|NOx|Energy", BY_TECHNOLOGY},
    {"Carbon Price", "Price|Carbon", ALONE},
    {"Price Average", "Price|Secondary Energy", BY_GOOD},
    {"Demand", "Final Energy", BY_GOOD},
    {"Unserved Energy", "Unserved Energy", ALONE},
    {"Curtailment", "Curtailment", BY_TECHNOLOGY},
};

/* Capacities: where from and how the technology is used. */
static PetscBool NameCapacity(const StatisticsRow *row, const Role *role, char *name, size_t size)
{
  const char *head = NULL, *use = role->transmission ? "|Transmission" : role->storage ? "|Storage" : "";
  char        technology[NAME_SIZE];

  if (!strcmp(row->variable, "Optimal Capacity")) head = "Capacity";
  if (!strcmp(row->variable, "Expanded Capacity")) head = "Capacity Additions";
  if (!strcmp(row->variable, "Optimal Storage Capacity")) head = "Storage Capacity";
  if (!strcmp(row->variable, "Expanded Storage Capacity")) head = "Storage Capacity Additions";
  if (!head || !role->good[0]) return PETSC_FALSE;
  if (!strncmp(head, "Storage", 7)) use = "";
  NameTechnology(row->carrier, technology, sizeof technology);
  snprintf(name, size, "%s|%s%s|%s", head, role->good, use, technology);
  return PETSC_TRUE;
}

/* What technologies deliver: positive balances of buses, but for storage and transmission. */
static PetscBool NameEnergy(const StatisticsRow *row, const Role *role, char *name, size_t size)
{
  const char *bar = strrchr(row->carrier, '|');
  char        carrier[NAME_SIZE], good[NAME_SIZE], technology[NAME_SIZE];

  if (!bar || row->value < 0 || role->transmission || role->storage || role->load) return PETSC_FALSE;
  snprintf(carrier, sizeof carrier, "%.*s", (int)(bar - row->carrier), row->carrier);
  NameGood(carrier, good, sizeof good);
  NameTechnology(bar + 1, technology, sizeof technology);
  snprintf(name, size, "Secondary Energy|%s|%s", good, technology);
  return PETSC_TRUE;
}

static PetscBool NamePlain(const StatisticsRow *row, char *name, size_t size)
{
  char part[NAME_SIZE] = "";

  for (size_t k = 0; k < sizeof plain / sizeof *plain; k++) {
    if (strcmp(plain[k].variable, row->variable) != 0) continue;
    if (plain[k].by == ALONE && row->carrier[0]) return PETSC_FALSE;
    if (plain[k].by == BY_TECHNOLOGY) NameTechnology(row->carrier, part, sizeof part);
    if (plain[k].by == BY_GOOD) NameGood(row->carrier, part, sizeof part);
    snprintf(name, size, "%s%s%s", plain[k].name, part[0] ? "|" : "", part);
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscBool NameRow(const IamcView *w, const StatisticsRow *row, char *name, size_t size)
{
  const PetscBool balance = (PetscBool)!strcmp(row->variable, "Energy Balance");
  const char     *bar     = balance ? strrchr(row->carrier, '|') : NULL;
  const Role     *role;

  if (NamePlain(row, name, size)) return PETSC_TRUE;
  if (!balance && !strstr(row->variable, "Capacity")) return PETSC_FALSE;
  role = RoleOf(w, bar ? bar + 1 : row->carrier);
  if (!role) return PETSC_FALSE;
  return balance ? NameEnergy(row, role, name, size) : NameCapacity(row, role, name, size);
}

static PetscErrorCode AddYears(IamcView *w, PetscInt otherwise)
{
  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < w->n; s++)
    for (PetscInt k = 0; k < StatisticsCount(w->statistics[s]); k++) {
      const PetscInt year = StatisticsGet(w->statistics[s], k)->period;
      PetscInt       at   = 0;
      if (!year) continue;
      while (at < w->n_years && w->year[at] != year) at++;
      if (at == w->n_years && at < (PetscInt)(sizeof w->year / sizeof *w->year)) w->year[w->n_years++] = year;
    }
  if (!w->n_years) {
    w->n_years = 1;
    w->year[0] = otherwise;
  }
  PetscCall(PetscSortInt(w->n_years, w->year));
  PetscFunctionReturn(0);
}

/* Rows of one key stand together, period after period: the first of them writes the line. */
static PetscErrorCode AddLine(const IamcView *w, Statistics s, PetscInt k, PetscBool periods, const char *scenario)
{
  const StatisticsRow *row = StatisticsGet(s, k), *before = k ? StatisticsGet(s, k - 1) : NULL;
  const char          *field[5];
  char                 name[3 * NAME_SIZE];

  PetscFunctionBeginUser;
  if (periods && !row->period) PetscFunctionReturn(0);
  if (before && (!periods || before->period) && !strcmp(before->variable, row->variable) &&
      !strcmp(before->carrier, row->carrier) && !strcmp(before->region, row->region))
    PetscFunctionReturn(0);
  if (!NameRow(w, row, name, sizeof name)) PetscFunctionReturn(0);
  field[0] = "Archipelago", field[1] = scenario, field[2] = row->region[0] ? row->region : "World";
  field[3] = name, field[4] = row->unit;
  for (int f = 0; f < 5; f++) {
    TextAddField(w->csv, field[f]);
    TextAdd(w->csv, ",");
  }
  for (PetscInt y = 0; y < w->n_years; y++) {
    const PetscReal value = StatisticsValue(s, row->variable, row->carrier, row->region, periods ? w->year[y] : 0);
    TextAdd(w->csv, "%s%s", PetscIsNanReal(value) ? "" : FormatExact(value).text, y + 1 < w->n_years ? "," : "\n");
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsIamc(PetscInt n, const Statistics *statistics, const char *const *scenario, PetscInt year,
                              Text *csv)
{
  IamcView w = {.n = n, .statistics = statistics, .csv = csv};

  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < n; s++) PetscCall(StatisticsSort(statistics[s]));
  for (PetscInt s = 0; s < n; s++)
    for (PetscInt k = 0; k < StatisticsCount(statistics[s]); k++)
      PetscCall(LearnRole(&w, StatisticsGet(statistics[s], k)));
  PetscCall(AddYears(&w, year));
  TextAdd(csv, "model,scenario,region,variable,unit");
  for (PetscInt y = 0; y < w.n_years; y++) TextAdd(csv, ",%d", (int)w.year[y]);
  TextAdd(csv, "\n");
  for (PetscInt s = 0; s < n; s++) {
    PetscBool periods = PETSC_FALSE;
    for (PetscInt k = 0; k < StatisticsCount(statistics[s]); k++)
      periods = (PetscBool)(periods || StatisticsGet(statistics[s], k)->period != 0);
    for (PetscInt k = 0; k < StatisticsCount(statistics[s]); k++)
      PetscCall(AddLine(&w, statistics[s], k, periods, scenario[s]));
  }
  PetscCall(PetscFree(w.role));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsWriteIamc(Statistics statistics, const char *scenario, PetscInt year, const char *path,
                                   PetscBool *written, FileError *error)
{
  Text csv = {0};

  PetscFunctionBeginUser;
  PetscCall(StatisticsIamc(1, &statistics, &scenario, year, &csv));
  *written = FileWrite(path, csv.bytes, csv.size, error);
  free(csv.bytes);
  PetscFunctionReturn(0);
}
