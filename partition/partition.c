/* Regions from a column, a file or a number; their ties, border buses and ranks. */
#include "partition/partition.h"

#include "inputs/csv.h"
#include "partition/cut.h"
#include "partition/region.h"

#include <stdlib.h>
#include <string.h>

PetscBool NetworkBranchActive(Network net, PetscInt branch)
{
  const BranchTable *b = &net->branch;

  return (PetscBool)(b->in_service[branch] && net->bus.type[b->from[branch]] != BUS_ISOLATED &&
                     net->bus.type[b->to[branch]] != BUS_ISOLATED);
}

PetscBool NetworkLinkActive(Network net, PetscInt link)
{
  const LinkTable *l = &net->link;

  return (PetscBool)(l->in_service[link] && net->bus.type[l->from[link]] != BUS_ISOLATED &&
                     net->bus.type[l->to[link]] != BUS_ISOLATED &&
                     (l->to2[link] < 0 || net->bus.type[l->to2[link]] != BUS_ISOLATED) &&
                     (l->to3[link] < 0 || net->bus.type[l->to3[link]] != BUS_ISOLATED));
}

/* Sorting buses by label, to number equal labels alike without comparing all pairs. */
typedef struct {
  const char *label;
  PetscInt    bus;
} Labelled;

static int CompareLabelled(const void *a, const void *b)
{
  const Labelled *x = a, *y = b;
  const int       c = strcmp(x->label, y->label);

  return c ? c : (x->bus > y->bus) - (x->bus < y->bus);
}

/* Numbers labels in order of first appearance over the buses; sets n_regions, name and bus_region. */
static PetscErrorCode NumberLabels(Partition p, const char *const *label)
{
  const PetscInt n = p->n_buses;
  Labelled      *sorted;
  PetscInt      *first; /* [n] first bus with the same label */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &sorted, n, &first));
  for (PetscInt i = 0; i < n; ++i) sorted[i] = (Labelled){label[i], i};
  qsort(sorted, (size_t)n, sizeof *sorted, CompareLabelled);
  for (PetscInt k = 0; k < n; ++k)
    first[sorted[k].bus] =
        k > 0 && !strcmp(sorted[k].label, sorted[k - 1].label) ? first[sorted[k - 1].bus] : sorted[k].bus;
  p->n_regions = 0;
  for (PetscInt i = 0; i < n; ++i) p->bus_region[i] = first[i] == i ? p->n_regions++ : p->bus_region[first[i]];
  PetscCall(PetscCalloc1(p->n_regions, &p->name));
  for (PetscInt i = 0; i < n; ++i)
    if (first[i] == i) PetscCall(PetscStrallocpy(label[i], &p->name[p->bus_region[i]]));
  PetscCall(PetscFree2(sorted, first));
  PetscFunctionReturn(0);
}

static PetscErrorCode FromColumn(Partition p, Network net, const char *column, Faults faults)
{
  const char **label;
  PetscInt     before = FaultsErrorCount(faults);

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(p->n_buses, &label));
  for (PetscInt i = 0; i < p->n_buses; ++i) label[i] = NetworkBusColumn(net, column)[i];
  PetscCall(LabelEnergyBuses(net, label));
  for (PetscInt i = 0; i < p->n_buses; ++i)
    if (!label[i] || !label[i][0])
      PetscCall(FaultsAdd(faults, FAULT_ERROR, net->source, 0,
                          "bus %" PetscInt_FMT " has no label in column \"%s\", by which regions are cut",
                          net->bus.number[i], column));
  if (FaultsErrorCount(faults) == before) PetscCall(NumberLabels(p, label));
  PetscCall(PetscFree(label));
  PetscFunctionReturn(0);
}

/* Regions numbered 0 .. n - 1 in any order become "1", "2", ... in order of first appearance. */
static PetscErrorCode FromNumbers(Partition p, PetscInt n, const PetscInt *number)
{
  PetscInt *renumbered;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &renumbered));
  for (PetscInt r = 0; r < n; ++r) renumbered[r] = -1;
  p->n_regions = 0;
  for (PetscInt i = 0; i < p->n_buses; ++i) {
    if (renumbered[number[i]] < 0) renumbered[number[i]] = p->n_regions++;
    p->bus_region[i] = renumbered[number[i]];
  }
  PetscCall(PetscFree(renumbered));
  PetscCall(PetscCalloc1(p->n_regions, &p->name));
  for (PetscInt r = 0; r < p->n_regions; ++r) {
    char name[32];
    PetscCall(PetscSNPrintf(name, sizeof name, "%" PetscInt_FMT, r + 1));
    PetscCall(PetscStrallocpy(name, &p->name[r]));
  }
  PetscFunctionReturn(0);
}

/* Cuts on rank 0 and broadcasts; an error there must not leave the other ranks waiting. */
static PetscErrorCode FromCount(MPI_Comm comm, Partition p, Network net, PetscInt n, Faults faults)
{
  PetscMPIInt rank;
  PetscInt   *number, failed = 0;

  PetscFunctionBeginUser;
  if (n < 1 || n > p->n_buses) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0,
                        "%" PetscInt_FMT " regions asked for, expected 1 to %" PetscInt_FMT ", the number of buses", n,
                        p->n_buses));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(p->n_buses, &number));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0 && n > 1) failed = NetworkCut(net, n, number);
  PetscCallMPI(MPI_Bcast(&failed, 1, MPIU_INT, 0, comm));
  PetscCheck(!failed, PETSC_COMM_SELF, (PetscErrorCode)failed,
             "Cutting the network into %" PetscInt_FMT " regions failed", n);
  PetscCallMPI(MPI_Bcast(number, (PetscMPIInt)p->n_buses, MPIU_INT, 0, comm));
  PetscCall(FromNumbers(p, n, number));
  PetscCall(PetscFree(number));
  if (p->n_regions < n)
    PetscCall(FaultsAdd(faults, FAULT_WARNING, NULL, 0,
                        "%" PetscInt_FMT " regions asked for, made %" PetscInt_FMT
                        ": what is left over is no region by itself (next to no work), or buses must stay together "
                        "(links with several outputs)",
                        n, p->n_regions));
  PetscFunctionReturn(0);
}

/* Labels of the buses out of a table `bus,region`: label [buses], NULL where the file names none; line [buses]. */
static PetscErrorCode ReadLabels(Network net, Csv csv, Faults faults, const char **label, PetscInt *line)
{
  static const char *const columns[] = {"bus", "region"};
  PetscInt                 column[2];
  PetscInt                 before = FaultsErrorCount(faults);

  PetscFunctionBeginUser;
  PetscCall(CsvRequire(csv, faults, 2, columns, column));
  if (FaultsErrorCount(faults) > before) PetscFunctionReturn(0);
  for (PetscInt row = 0; row < CsvRows(csv); ++row) {
    const PetscInt at = CsvLine(csv, row), rows_before = FaultsErrorCount(faults);
    const char    *text = CsvText(csv, row, column[1]);
    PetscInt       number, bus;

    PetscCall(CsvInt(csv, faults, row, column[0], 0, -1, &number));
    if (FaultsErrorCount(faults) > rows_before) continue;
    bus = NetworkFindBus(net, number);
    if (bus < 0)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), at,
                          "found bus %" PetscInt_FMT ", expected a bus of the network", number));
    else if (label[bus])
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), at,
                          "found bus %" PetscInt_FMT " again, expected each bus once (first on line %" PetscInt_FMT ")",
                          number, line[bus]));
    else if (!text[0])
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), at,
                          "found no region for bus %" PetscInt_FMT ", expected a label", number));
    if (bus >= 0 && !label[bus]) label[bus] = text, line[bus] = at;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode FromFile(MPI_Comm comm, Partition p, Network net, const char *path, Faults faults)
{
  const PetscInt before = FaultsErrorCount(faults);
  Csv            csv;
  const char   **label;
  PetscInt      *line, missing = 0, example = -1;

  PetscFunctionBeginUser;
  PetscCall(CsvRead(comm, path, faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  PetscCall(PetscCalloc2(p->n_buses, &label, p->n_buses, &line));
  PetscCall(ReadLabels(net, csv, faults, label, line));
  if (FaultsErrorCount(faults) == before) {
    PetscCall(LabelEnergyBuses(net, label));
    for (PetscInt i = p->n_buses - 1; i >= 0; --i)
      if (!label[i]) ++missing, example = i;
    if (missing)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, path, CsvRows(csv) ? CsvLine(csv, CsvRows(csv) - 1) : 1,
                          "the file ends without a region for %" PetscInt_FMT " of %" PetscInt_FMT
                          " buses (the first is bus %" PetscInt_FMT "), expected each bus once",
                          missing, p->n_buses, net->bus.number[example]));
    else
      PetscCall(NumberLabels(p, label));
  }
  PetscCall(PetscFree2(label, line));
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

/* A spec that names neither a number nor a column is a path only if it looks like one or is one. */
static PetscErrorCode LooksLikePath(MPI_Comm comm, const char *spec, PetscBool *path)
{
  const size_t n = strlen(spec);
  PetscMPIInt  rank;
  PetscBool    there = PETSC_FALSE;

  PetscFunctionBeginUser;
  *path = PETSC_TRUE;
  if (strchr(spec, '/') || (n > 4 && !strcmp(spec + n - 4, ".csv"))) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) PetscCall(PetscTestFile(spec, '\0', &there));
  PetscCallMPI(MPI_Bcast(&there, 1, MPIU_BOOL, 0, comm));
  *path = there;
  PetscFunctionReturn(0);
}

static PetscErrorCode NoSuchColumn(Network net, const char *spec, Faults faults)
{
  char known[512] = "";

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < net->bus.n_columns; ++c) {
    const size_t n = strlen(known);
    PetscCall(PetscSNPrintf(known + n, sizeof known - n, "%s\"%s\"", c ? ", " : "", net->bus.column[c].name));
  }
  PetscCall(
      FaultsAdd(faults, FAULT_ERROR, NULL, 0,
                "found regions \"%s\", expected a number, a bus column (this network has %s) or a file bus,region",
                spec, known[0] ? known : "none"));
  PetscFunctionReturn(0);
}

static PetscErrorCode AssignRegions(MPI_Comm comm, Partition p, Network net, const char *spec, Faults faults)
{
  PetscInt  n;
  PetscBool path;

  PetscFunctionBeginUser;
  if (!spec || !spec[0]) {
    PetscCall(FromCount(comm, p, net, 1, faults));
    PetscFunctionReturn(0);
  }
  if (NetworkBusColumn(net, spec)) {
    PetscCall(FromColumn(p, net, spec, faults));
    PetscFunctionReturn(0);
  }
  if (TextToInt(spec, &n)) {
    PetscCall(FromCount(comm, p, net, n, faults));
    PetscFunctionReturn(0);
  }
  PetscCall(LooksLikePath(comm, spec, &path));
  if (path)
    PetscCall(FromFile(comm, p, net, spec, faults));
  else
    PetscCall(NoSuchColumn(net, spec, faults));
  PetscFunctionReturn(0);
}

/* Appends a tie when the element joins two regions, and marks its ends. */
static void AddTie(Partition p, PetscBool is_link, PetscInt index, PetscInt from, PetscInt to, PetscBool *touched)
{
  const PetscInt rf = p->bus_region[from], rt = p->bus_region[to];

  if (rf == rt) return;
  p->tie[p->n_ties++] = (Tie){is_link, index, from, to, rf, rt};
  touched[from] = touched[to] = PETSC_TRUE;
}

static PetscErrorCode FindTies(Partition p, Network net)
{
  PetscBool *touched;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n_buses, &touched));
  PetscCall(PetscMalloc1(net->branch.n + net->link.n, &p->tie));
  for (PetscInt k = 0; k < net->branch.n; ++k)
    if (NetworkBranchActive(net, k)) AddTie(p, PETSC_FALSE, k, net->branch.from[k], net->branch.to[k], touched);
  for (PetscInt k = 0; k < net->link.n; ++k)
    if (NetworkLinkActive(net, k)) AddTie(p, PETSC_TRUE, k, net->link.from[k], net->link.to[k], touched);
  for (PetscInt i = 0; i < p->n_buses; ++i) p->n_border += touched[i];
  PetscCall(PetscMalloc1(p->n_border, &p->border));
  for (PetscInt i = 0, k = 0; i < p->n_buses; ++i)
    if (touched[i]) p->border[k++] = i;
  PetscCall(PetscFree(touched));
  PetscFunctionReturn(0);
}

/* A unit with several outputs stands in one region, so that no tie has more than two ends. */
static PetscErrorCode CheckOutputs(Partition p, Network net, Faults faults)
{
  const LinkTable *l = &net->link;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < l->n; ++k) {
    const PetscInt output[3] = {l->to[k], l->to2[k], l->to3[k]}, home = p->bus_region[l->from[k]];
    if (output[1] < 0 && output[2] < 0) continue;
    for (int i = 0; i < 3; ++i)
      if (output[i] >= 0 && p->bus_region[output[i]] != home)
        PetscCall(FaultsAdd(faults, FAULT_ERROR, net->source, 0,
                            "link \"%s\": found its bus%d (bus %" PetscInt_FMT
                            ") in region %s, expected region %s, where it takes its power",
                            l->name[k], i + 1, net->bus.number[output[i]], p->name[p->bus_region[output[i]]],
                            p->name[home]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PartitionCreate(MPI_Comm comm, Network net, const char *spec, Faults faults, Partition *partition)
{
  Partition      p;
  PetscMPIInt    n_ranks;
  const PetscInt before = FaultsErrorCount(faults);

  PetscFunctionBeginUser;
  *partition = NULL;
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(PetscNew(&p));
  p->n_buses = net->bus.n;
  PetscCall(PetscCalloc1(p->n_buses, &p->bus_region));
  PetscCall(AssignRegions(comm, p, net, spec, faults));
  if (FaultsErrorCount(faults) == before) PetscCall(CheckOutputs(p, net, faults));
  if (FaultsErrorCount(faults) > before) {
    PetscCall(PartitionDestroy(&p));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc2(p->n_regions, &p->size, p->n_regions, &p->rank));
  for (PetscInt i = 0; i < p->n_buses; ++i) ++p->size[p->bus_region[i]];
  PetscCall(FindTies(p, net));
  PetscCall(PetscMalloc1(p->n_regions, &p->work));
  PetscCall(PartitionEstimateWork(p, net, p->work));
  if (p->n_regions > 1) PetscCall(PartitionWarn(p, net, faults));
  PetscCall(PartitionAssignRanks(p, n_ranks));
  *partition = p;
  PetscFunctionReturn(0);
}

PetscErrorCode PartitionDestroy(Partition *partition)
{
  Partition p = *partition;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  if (p->name)
    for (PetscInt r = 0; r < p->n_regions; ++r) PetscCall(PetscFree(p->name[r]));
  PetscCall(PetscFree(p->name));
  PetscCall(PetscFree(p->bus_region));
  PetscCall(PetscFree2(p->size, p->rank));
  PetscCall(PetscFree(p->work));
  PetscCall(PetscFree(p->tie));
  PetscCall(PetscFree(p->border));
  PetscCall(PetscFree(*partition));
  PetscFunctionReturn(0);
}

static PetscReal Work(Partition p, PetscInt region)
{
  return p->work ? p->work[region] : (PetscReal)p->size[region];
}

/* Regions in the order in which they are dealt out. */
typedef struct {
  PetscReal work;
  PetscInt  region;
} Burden;

static int CompareBurdens(const void *a, const void *b)
{
  const Burden *x = a, *y = b;

  if (x->work != y->work) return x->work < y->work ? 1 : -1;
  return (x->region > y->region) - (x->region < y->region);
}

PetscErrorCode PartitionAssignRanks(Partition p, PetscInt n_ranks)
{
  PetscReal *load;
  Burden    *burden;

  PetscFunctionBeginUser;
  PetscCheck(n_ranks > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "Expected at least one rank");
  PetscCall(PetscCalloc1(n_ranks, &load));
  PetscCall(PetscMalloc1(p->n_regions, &burden));
  p->n_ranks = n_ranks;
  for (PetscInt r = 0; r < p->n_regions; ++r) burden[r] = (Burden){Work(p, r), r};
  qsort(burden, (size_t)p->n_regions, sizeof *burden, CompareBurdens);
  for (PetscInt k = 0; k < p->n_regions; ++k) {
    PetscInt rank = 0;
    for (PetscInt q = 1; q < n_ranks; ++q)
      if (load[q] < load[rank]) rank = q;
    p->rank[burden[k].region] = rank;
    load[rank] += burden[k].work;
  }
  PetscCall(PetscFree(burden));
  PetscCall(PetscFree(load));
  PetscFunctionReturn(0);
}

PetscErrorCode PartitionAssignRanksByCost(Partition p, PetscInt n_ranks, const PetscReal *cost)
{
  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < p->n_regions; ++r)
    PetscCheck(cost[r] >= 0 && cost[r] < PETSC_INFINITY, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Cost %g of region %" PetscInt_FMT, (double)cost[r], r);
  if (!p->work) PetscCall(PetscMalloc1(p->n_regions, &p->work));
  PetscCall(PetscArraycpy(p->work, cost, p->n_regions));
  PetscCall(PartitionAssignRanks(p, n_ranks));
  PetscFunctionReturn(0);
}

PetscReal PartitionBalance(Partition p)
{
  PetscReal largest = 0, total = 0;

  for (PetscInt q = 0; q < p->n_ranks; ++q) {
    PetscReal load = 0;
    for (PetscInt r = 0; r < p->n_regions; ++r)
      if (p->rank[r] == q) load += Work(p, r);
    largest = PetscMax(largest, load);
  }
  for (PetscInt r = 0; r < p->n_regions; ++r) total += Work(p, r);
  return total > 0 ? largest * (PetscReal)p->n_ranks / total : 1.0;
}

static void ViewTie(Partition p, Network net, const Tie *tie, FILE *stream)
{
  const char *circuit = tie->is_link ? net->link.name[tie->index] : net->branch.circuit[tie->index];

  fprintf(stream, "  %s %" PetscInt_FMT "-%" PetscInt_FMT "%s%s  region %s to region %s",
          tie->is_link ? "link" : "branch", net->bus.number[tie->from], net->bus.number[tie->to],
          tie->is_link ? " " : ":", circuit, p->name[tie->from_region], p->name[tie->to_region]);
  if (!tie->is_link && PetscIsInfReal(net->branch.rate_a[tie->index]))
    fprintf(stream, "  no limit\n");
  else if (tie->is_link)
    fprintf(stream, "  at most %g MW\n", (double)net->link.p_max_mw[tie->index]);
  else
    fprintf(stream, "  at most %g MVA\n", (double)net->branch.rate_a[tie->index]);
}

PetscErrorCode PartitionView(Partition p, Network net, FILE *stream)
{
  PetscInt *border, *ties;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(p->n_regions, &border, p->n_regions, &ties));
  for (PetscInt k = 0; k < p->n_border; ++k) ++border[p->bus_region[p->border[k]]];
  for (PetscInt k = 0; k < p->n_ties; ++k) ++ties[p->tie[k].from_region], ++ties[p->tie[k].to_region];
  fprintf(stream,
          "%" PetscInt_FMT " buses in %" PetscInt_FMT " region%s, %" PetscInt_FMT " tie%s, %" PetscInt_FMT
          " border buses, %" PetscInt_FMT " rank%s (largest over mean load %.3f)\n",
          p->n_buses, p->n_regions, p->n_regions == 1 ? "" : "s", p->n_ties, p->n_ties == 1 ? "" : "s", p->n_border,
          p->n_ranks, p->n_ranks == 1 ? "" : "s", (double)PartitionBalance(p));
  fprintf(stream, "%-20s %10s %12s %8s %6s\n", "region", "buses", "border buses", "ties", "rank");
  for (PetscInt r = 0; r < p->n_regions; ++r)
    fprintf(stream, "%-20s %10" PetscInt_FMT " %12" PetscInt_FMT " %8" PetscInt_FMT " %6" PetscInt_FMT "\n", p->name[r],
            p->size[r], border[r], ties[r], p->rank[r]);
  if (p->n_ties) fprintf(stream, "ties\n");
  for (PetscInt k = 0; k < p->n_ties; ++k) ViewTie(p, net, &p->tie[k], stream);
  PetscCall(PetscFree2(border, ties));
  PetscFunctionReturn(0);
}
