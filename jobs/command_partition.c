/* archipelago partition: regions, ties, the border between them, and the ranks that hold them. */
#include "jobs/case.h"
#include "jobs/command.h"
#include "partition/shape.h"

static const CommandHelp Help = {
    "partition", "regions, tie lines, the border between them, and their ranks", "CASE [options]",
    "Cuts a case into regions by a bus column, by a file bus,region, or automatically into N (for a small\n"
    "border and equal work), and shows the regions, the ties, the unknowns of the border that the exact\n"
    "method over regions will have, and the assignment to ranks, balanced by estimated work.",
    "  archipelago partition case118.m --regions 4 --ranks 2"};

/* Share of a region in the estimated work. */
static double WorkShare(const Case *grid, PetscInt region)
{
  double total = 0;

  for (PetscInt r = 0; r < grid->partition->n_regions; r++) total += grid->partition->work[r];
  return grid->partition->work[region] / total;
}

static void PrintRegions(const Case *grid, const PartitionShape *shape)
{
  const Partition p = grid->partition;

  printf("%-20s %7s %11s %6s %9s %12s %12s %14s %6s %6s\n", "region", "buses", "generators", "ties", "at ties",
         "interior AC", "interior DC", "border AC", "work", "rank");
  for (PetscInt r = 0; r < p->n_regions; r++) {
    char border[32];
    snprintf(border, sizeof border, "%d at %d", (int)shape->touched_ac[r], (int)shape->touched[r]);
    printf("%-20s %7d %11d %6d %9d %12d %12d %14s %5.1f%% %6d\n", p->name[r], (int)p->size[r],
           (int)shape->generators[r], (int)shape->ties[r], (int)shape->border_bus[r], (int)shape->interior_ac[r],
           (int)shape->interior_dc[r], border, 100 * WorkShare(grid, r), (int)p->rank[r]);
  }
  if (p->n_ties)
    printf(
        "\ninterior: unknowns per hour of the region alone; border: unknowns per hour, at so many covered buses, that\n"
        "it shares; work: its estimated share\n");
}

static void PrintText(const Case *grid, const PartitionShape *shape)
{
  const Partition p = grid->partition;

  printf("%s: %d buses in %d regions, %d ties, %d border buses, on %d rank%s (largest work over mean %.3f)\n",
         grid->net->name, (int)p->n_buses, (int)p->n_regions, (int)p->n_ties, (int)p->n_border, (int)p->n_ranks,
         p->n_ranks == 1 ? "" : "s", (double)PartitionBalance(p));
  printf("border of the exact method: %d of them covered, %d unknowns per hour (AC), %d (DC)\n\n", (int)shape->n_cover,
         (int)shape->border_ac, (int)shape->border_dc);
  PrintRegions(grid, shape);
  if (p->n_ties) printf("\n%-24s %10s %10s  %s\n", "tie", "from bus", "to bus", "regions");
  for (PetscInt k = 0; k < p->n_ties; k++) {
    const Tie *t = &p->tie[k];
    printf("%-24s %10d %10d  %s - %s%s\n",
           t->is_link ? grid->net->link.name[t->index] : grid->net->branch.name[t->index],
           (int)grid->net->bus.number[t->from], (int)grid->net->bus.number[t->to], p->name[t->from_region],
           p->name[t->to_region], t->is_link ? " (link)" : "");
  }
}

static json_t *BorderRecord(const Case *grid, const PartitionShape *shape)
{
  json_t *border = json_object(), *buses = json_array();

  for (PetscInt k = 0; k < shape->n_cover; k++)
    json_array_append_new(buses, json_integer(grid->net->bus.number[shape->cover[k]]));
  JsonPut(border, "covered_buses", buses);
  JsonPut(border, "unknowns_per_hour_ac", json_integer(shape->border_ac));
  JsonPut(border, "unknowns_per_hour_dc", json_integer(shape->border_dc));
  return border;
}

static json_t *RegionRecord(const Case *grid, const PartitionShape *shape, PetscInt r)
{
  json_t *row = json_object();

  JsonPut(row, "name", json_string(grid->partition->name[r]));
  JsonPut(row, "buses", json_integer(grid->partition->size[r]));
  JsonPut(row, "generators", json_integer(shape->generators[r]));
  JsonPut(row, "ties", json_integer(shape->ties[r]));
  JsonPut(row, "border_buses", json_integer(shape->border_bus[r]));
  JsonPut(row, "interior_unknowns_per_hour_ac", json_integer(shape->interior_ac[r]));
  JsonPut(row, "interior_unknowns_per_hour_dc", json_integer(shape->interior_dc[r]));
  JsonPut(row, "n_covered_buses", json_integer(shape->touched[r]));
  JsonPut(row, "border_unknowns_per_hour_ac", json_integer(shape->touched_ac[r]));
  JsonPut(row, "work_share", json_real(WorkShare(grid, r)));
  JsonPut(row, "rank", json_integer(grid->partition->rank[r]));
  return row;
}

static void FillDocument(const Case *grid, const PartitionShape *shape, json_t *document)
{
  const Partition p       = grid->partition;
  json_t         *regions = json_array(), *ties = json_array();

  JsonPut(document, "status", json_string("done"));
  JsonPut(document, "case", json_string(grid->net->name));
  JsonPut(document, "buses", json_integer(p->n_buses));
  JsonPut(document, "ranks", json_integer(p->n_ranks));
  JsonPut(document, "n_regions", json_integer(p->n_regions));
  JsonPut(document, "n_ties", json_integer(p->n_ties));
  JsonPut(document, "border_buses", json_integer(p->n_border));
  JsonPut(document, "largest_work_over_mean", json_real((double)PartitionBalance(p)));
  JsonPut(document, "border", BorderRecord(grid, shape));
  for (PetscInt r = 0; r < p->n_regions; r++) json_array_append_new(regions, RegionRecord(grid, shape, r));
  JsonPut(document, "regions", regions);
  for (PetscInt k = 0; k < p->n_ties; k++) {
    const Tie *t   = &p->tie[k];
    json_t    *row = json_object();
    JsonPut(row, "kind", json_string(t->is_link ? "link" : "branch"));
    JsonPut(row, "name", json_string(t->is_link ? grid->net->link.name[t->index] : grid->net->branch.name[t->index]));
    JsonPut(row, "from_bus", json_integer(grid->net->bus.number[t->from]));
    JsonPut(row, "to_bus", json_integer(grid->net->bus.number[t->to]));
    JsonPut(row, "from_region", json_string(p->name[t->from_region]));
    JsonPut(row, "to_region", json_string(p->name[t->to_region]));
    json_array_append_new(ties, row);
  }
  JsonPut(document, "ties", ties);
}

PetscErrorCode CommandPartition(Job job, int argc, char **argv)
{
  const char  *regions   = NULL;
  PetscInt     ranks     = 0;
  const Option options[] = {
      {"regions", 'r', TAKES_TEXT, &regions, "SPEC", "a number, a bus column (area, zone, ...) or a file bus,region",
       0},
      {"ranks", 0, TAKES_INTEGER, &ranks, "N", "assign to N ranks (default: those the program runs on)", 1},
  };
  Arguments       arguments;
  Case            grid;
  PartitionShape *shape;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, 2, 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  PetscCall(CaseLoad(job, arguments.word[0], regions, &grid));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  if (ranks) PetscCall(PartitionAssignRanks(grid.partition, ranks));
  if (job->rank == 0) {
    PetscCall(PartitionShapeCreate(grid.partition, grid.net, &shape));
    if (job->json)
      FillDocument(&grid, shape, job->document);
    else
      PrintText(&grid, shape);
    PetscCall(PartitionShapeDestroy(&shape));
  }
  PetscCall(CaseDestroy(&grid));
  PetscFunctionReturn(0);
}
