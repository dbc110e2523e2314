/* A comparison on the screen: the head first, then capacities and generation; in blocks of as many runs as fit. */
#include <math.h>
#include <string.h>

#include "jobs/compare.h"
#include "jobs/format.h"

enum { UNIT_WIDTH = 10, VALUE_WIDTH = 12, DIFFERENCE_WIDTH = 12, PERCENT_WIDTH = 9, LEAST_LABEL = 30, MOST_LABEL = 48 };

enum { MOST_ACCOUNTS = 10 };

/* Which rows of a variable stand in a section, always over all regions: totals alone or carriers too; each period, or all
   periods together where the variable has such a row. */
typedef struct {
  const char *variable;
  PetscBool   carriers, periods;
} Line;

static const Line head[] = {
    {"System Cost", PETSC_FALSE, PETSC_FALSE},
    {"Annual System Cost", PETSC_FALSE, PETSC_TRUE},
    {"Capital Expenditure", PETSC_FALSE, PETSC_FALSE},
    {"Fixed O&M Cost", PETSC_FALSE, PETSC_FALSE},
    {"Operational Expenditure", PETSC_FALSE, PETSC_FALSE},
    {"Dispatch Cost", PETSC_FALSE, PETSC_TRUE},
    {"Cost of Security", PETSC_FALSE, PETSC_TRUE},
    {"Carbon Payments", PETSC_FALSE, PETSC_FALSE},
    {"Subsidies", PETSC_FALSE, PETSC_FALSE},
    {"Emissions CO2", PETSC_FALSE, PETSC_TRUE},
    {"Emissions SO2", PETSC_FALSE, PETSC_FALSE},
    {"Emissions NOx", PETSC_FALSE, PETSC_FALSE},
    {"Cost Per Tonne Avoided", PETSC_FALSE, PETSC_FALSE},
    {"Carbon Price", PETSC_FALSE, PETSC_TRUE},
    {"Price Average", PETSC_TRUE, PETSC_TRUE},
    {"Price Spread", PETSC_TRUE, PETSC_FALSE},
    {"Reserve Price", PETSC_TRUE, PETSC_FALSE},
    {"Unserved Energy", PETSC_FALSE, PETSC_FALSE},
    {"Expected Energy Not Served", PETSC_FALSE, PETSC_TRUE},
    {"Loss Of Load Hours", PETSC_FALSE, PETSC_TRUE},
    {"Loss Of Load Probability", PETSC_FALSE, PETSC_TRUE},
    {"Energy Bill", PETSC_TRUE, PETSC_FALSE},
    {"Settlement Net", PETSC_TRUE, PETSC_FALSE},
    {"Unstable Disturbances", PETSC_FALSE, PETSC_TRUE},
    {"Stability Margin", PETSC_FALSE, PETSC_TRUE},
    {"Critical Clearing Time", PETSC_FALSE, PETSC_TRUE},
    {"Frequency Nadir", PETSC_FALSE, PETSC_TRUE},
    {"Transmission Volume", PETSC_FALSE, PETSC_FALSE},
};
static const Line capacities[] = {{"Optimal Capacity", PETSC_TRUE, PETSC_TRUE},
                                  {"Optimal Storage Capacity", PETSC_TRUE, PETSC_TRUE}};
static const Line energies[]   = {{"Supply", PETSC_TRUE, PETSC_TRUE}, {"Curtailment", PETSC_TRUE, PETSC_TRUE}};

typedef struct {
  Comparison c;
  FILE      *out;
  int        label;      /* width of the first column */
  PetscInt   first, end; /* runs of this block, other than the base */
} Block;

/* A row over all periods of the same is there. */
static PetscBool HasTotal(Comparison c, const StatisticsRow *key)
{
  for (PetscInt k = 0; k < c->n_rows; k++) {
    const StatisticsRow *row = c->row[k].key;
    if (!row->period && !strcmp(row->variable, key->variable) && !strcmp(row->carrier, key->carrier) &&
        !strcmp(row->region, key->region))
      return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscBool IsShown(Comparison c, const StatisticsRow *key, const Line *line)
{
  if (strcmp(key->variable, line->variable) != 0 || key->region[0] || (!line->carriers && key->carrier[0]))
    return PETSC_FALSE;
  if (!key->period) return PETSC_TRUE;
  return (PetscBool)(line->periods || !HasTotal(c, key));
}

/* Something that is there and, where carriers are listed, more than what a solver's tolerance leaves. */
static PetscBool HasContent(Comparison c, const ComparedRow *row, PetscBool zeros)
{
  PetscReal most = NAN;

  for (PetscInt k = 0; k < c->n_runs; k++)
    if (!PetscIsNanReal(row->value[k]))
      most = PetscIsNanReal(most) ? fabs(row->value[k]) : PetscMax(most, fabs(row->value[k]));
  return (PetscBool)(zeros ? !PetscIsNanReal(most) : most >= 5e-4);
}

/* Shortened at the end, and padded by characters rather than bytes. */
static void PrintLabel(FILE *out, const char *text, int width)
{
  int n = 0;

  for (const char *at = text; *at && n < width; at++) {
    const PetscBool starts = (PetscBool)(((unsigned char)*at & 0xc0) != 0x80);
    if (starts && n == width - 1 && at[1]) {
      fputc('~', out);
      n++;
      break;
    }
    fputc(*at, out);
    n += starts;
  }
  fprintf(out, "%*s", width - n, "");
}

static void PrintValue(FILE *out, PetscReal value, int width, PetscBool sign)
{
  Short n = FormatNumber(fabs(value) < 5e-7 ? 0 : value);

  if (PetscIsNanReal(value)) n.text[0] = '\0';
  if (fabs(value) >= 1e11) snprintf(n.text, sizeof n.text, "%.4e", value);
  if (sign && value >= 5e-7)
    fprintf(out, "%*s+%s", width - (int)strlen(n.text) - 1, "", n.text);
  else
    fprintf(out, "%*s", width, n.text);
}

static void PrintPercent(FILE *out, PetscReal value)
{
  char text[32] = "";

  if (fabs(value) < 0.05) value = 0;
  if (isfinite(value) && fabs(value) < 1e4) snprintf(text, sizeof text, value == 0 ? "%.1f %%" : "%+.1f %%", value);
  fprintf(out, "%*s", PERCENT_WIDTH, text);
}

/* Half a kilowatt-hour and less is what a solver's tolerance leaves. */
static PetscReal Shown(const ComparedRow *row, PetscInt run)
{
  const PetscReal value = row->value[run];
  return fabs(value) < 5e-4 && !strncmp(row->key->unit, "MW", 2) ? 0 : value;
}

static void PrintRow(const Block *b, const ComparedRow *row, const char *label)
{
  const PetscReal base = Shown(row, b->c->base);

  PrintLabel(b->out, label, b->label);
  fputc(' ', b->out);
  PrintLabel(b->out, row->key->unit, UNIT_WIDTH);
  PrintValue(b->out, base, VALUE_WIDTH, PETSC_FALSE);
  for (PetscInt k = b->first; k < b->end; k++) {
    const PetscReal value = Shown(row, k);
    if (k == b->c->base) continue;
    PrintValue(b->out, value, VALUE_WIDTH, PETSC_FALSE);
    PrintValue(b->out, value - base, DIFFERENCE_WIDTH, PETSC_TRUE);
    PrintPercent(b->out, base == 0 ? NAN : ComparedPercent(b->c, row, k));
  }
  fputc('\n', b->out);
}

static void Label(const StatisticsRow *key, PetscBool with_variable, char *text, size_t size)
{
  char period[16] = "";

  if (key->period) snprintf(period, sizeof period, "%d", (int)key->period);
  snprintf(text, size, "%s%s%s%s%s%s%s", with_variable ? key->variable : "  ",
           key->carrier[0] && with_variable ? ", " : "", key->carrier, key->region[0] ? ", " : "", key->region,
           period[0] ? " " : "", period);
}

static void PrintColumns(const Block *b)
{
  char title[256];

  fprintf(b->out, "\n%*s", b->label + 1 + UNIT_WIDTH, "");
  snprintf(title, sizeof title, "%.*s", VALUE_WIDTH - 1, b->c->run[b->c->base].name);
  fprintf(b->out, "%*s", VALUE_WIDTH, title);
  for (PetscInt k = b->first; k < b->end; k++) {
    if (k == b->c->base) continue;
    snprintf(title, sizeof title, "%.*s", VALUE_WIDTH + DIFFERENCE_WIDTH + PERCENT_WIDTH - 1, b->c->run[k].name);
    fprintf(b->out, "%*s", VALUE_WIDTH + DIFFERENCE_WIDTH + PERCENT_WIDTH, title);
  }
  fputc('\n', b->out);
}

static void PrintSection(const Block *b, const char *title, const Line *line, size_t n, PetscBool zeros)
{
  PetscBool started = PETSC_FALSE;
  char      label[1024];

  for (size_t l = 0; l < n; l++) {
    PetscBool named = PETSC_FALSE;
    for (PetscInt k = 0; k < b->c->n_rows; k++) {
      const ComparedRow *row = &b->c->row[k];
      if (!IsShown(b->c, row->key, &line[l]) || !HasContent(b->c, row, zeros)) continue;
      if (!started && title) fprintf(b->out, "\n%s\n", title);
      if (title && !named) fprintf(b->out, "%s\n", row->key->variable);
      started = named = PETSC_TRUE;
      Label(row->key, (PetscBool)!title, label, sizeof label);
      PrintRow(b, row, label);
    }
  }
}

/* Energy bills of regions, and the accounts whose net changes most between any two runs: who gains, who loses. */
static PetscReal LargestDifference(Comparison c, const ComparedRow *row)
{
  PetscReal most = 0;

  for (PetscInt k = 0; k < c->n_runs; k++)
    if (!PetscIsNanReal(ComparedDifference(c, row, k))) most = PetscMax(most, fabs(ComparedDifference(c, row, k)));
  return most;
}

static void PrintAccounts(const Block *b)
{
  const ComparedRow *shown[MOST_ACCOUNTS];
  char               label[1024];

  for (int n = 0; n < MOST_ACCOUNTS; n++) {
    const ComparedRow *best = NULL;
    for (PetscInt k = 0; k < b->c->n_rows; k++) {
      const ComparedRow *row  = &b->c->row[k];
      PetscBool          seen = (PetscBool)(strcmp(row->key->variable, "Account Net") != 0);
      for (int i = 0; i < n; i++) seen = (PetscBool)(seen || shown[i] == row);
      if (!seen && LargestDifference(b->c, row) > (best ? LargestDifference(b->c, best) : 1e-6)) best = row;
    }
    if (!best) return;
    if (n == 0) fprintf(b->out, "\naccounts that change most\n");
    shown[n] = best;
    Label(best->key, PETSC_FALSE, label, sizeof label);
    PrintRow(b, best, label);
  }
}

static void PrintBills(const Block *b)
{
  PetscBool started = PETSC_FALSE;
  char      label[1024];

  for (PetscInt k = 0; k < b->c->n_rows; k++) {
    const StatisticsRow *key = b->c->row[k].key;
    if (strcmp(key->variable, "Energy Bill") != 0 || key->carrier[0] || !key->region[0] || key->period) continue;
    if (!started) fprintf(b->out, "\nenergy bills by region\n");
    started = PETSC_TRUE;
    snprintf(label, sizeof label, "  %.1000s", key->region);
    PrintRow(b, &b->c->row[k], label);
  }
  PrintAccounts(b);
}

static void PrintEverything(const Block *b)
{
  char label[1024];

  for (PetscInt k = 0; k < b->c->n_rows; k++) {
    Label(b->c->row[k].key, PETSC_TRUE, label, sizeof label);
    PrintRow(b, &b->c->row[k], label);
  }
}

static const char *KindName(ComparedKind kind)
{
  return kind == COMPARED_PLAN ? "plan" : kind == COMPARED_RUN ? "run" : "solved folder";
}

/* Runs, shortened names in full, and what is to be known about them. */
static void PrintRuns(Comparison c, FILE *out)
{
  for (PetscInt k = 0; k < c->n_runs; k++) {
    const ComparedRun *run = &c->run[k];
    fprintf(out, "%-8s%s: %s %s", k == c->base ? "base" : "run", run->name, KindName(run->kind), run->path);
    if (run->study[0]) fprintf(out, " (%s, policy %s)", run->study, run->policy);
    fputc('\n', out);
  }
  for (PetscInt k = 0; k < c->n_notes; k++) fprintf(out, "note    %s\n", c->note[k]);
}

PetscErrorCode ComparisonShow(Comparison c, PetscBool everything, int width, FILE *out)
{
  const int run_width = VALUE_WIDTH + DIFFERENCE_WIDTH + PERCENT_WIDTH, fixed = 1 + UNIT_WIDTH + VALUE_WIDTH;
  PetscInt  fitting = (width - LEAST_LABEL - fixed) / run_width, others = c->n_runs - 1;
  Block     b = {.c = c, .out = out};

  PetscFunctionBeginUser;
  PrintRuns(c, out);
  fitting = PetscMax(1, PetscMin(fitting, others));
  b.label = (int)PetscMax(LEAST_LABEL, PetscMin(MOST_LABEL, width - fixed - fitting * run_width));
  do {
    PetscInt taken = 0;
    for (b.end = b.first; b.end < c->n_runs && taken < fitting; b.end++) taken += b.end != c->base;
    if (b.end == c->n_runs - 1 && b.end == c->base) b.end++;
    PrintColumns(&b);
    if (everything) {
      PrintEverything(&b);
    } else {
      PrintSection(&b, NULL, head, sizeof head / sizeof *head, PETSC_TRUE);
      PrintBills(&b);
      PrintSection(&b, "capacities", capacities, sizeof capacities / sizeof *capacities, PETSC_FALSE);
      PrintSection(&b, "energy", energies, sizeof energies / sizeof *energies, PETSC_FALSE);
    }
    b.first = b.end;
  } while (b.first < c->n_runs);
  if (!everything)
    fprintf(out, "\n%d rows in all: --csv, --json, --filter VARIABLE, --by region|carrier|period\n", (int)c->n_rows);
  PetscFunctionReturn(0);
}
