/* archipelago partition: regions, tie lines, border buses and the ranks that hold them. */
#include "jobs/case.h"
#include "jobs/command.h"

static const CommandHelp Help = {
    "partition", "regions, tie lines and their ranks", "CASE [options]",
    "Cuts a case into regions by a bus column, by a file bus,region, or automatically into N, and shows\n"
    "sizes, ties and the assignment to ranks, balanced by size.",
    "  archipelago partition case118.m --regions 4 --ranks 2"};

static void PrintText(const Case *grid)
{
  const Partition p = grid->partition;

  printf("%s: %d buses in %d regions, %d ties, %d border buses, on %d rank%s\n\n", grid->net->name, (int)p->n_buses,
         (int)p->n_regions, (int)p->n_ties, (int)p->n_border, (int)p->n_ranks, p->n_ranks == 1 ? "" : "s");
  printf("%-24s %8s %8s %6s\n", "region", "buses", "ties", "rank");
  for (PetscInt r = 0; r < p->n_regions; r++) {
    int ties = 0;
    for (PetscInt k = 0; k < p->n_ties; k++) ties += p->tie[k].from_region == r || p->tie[k].to_region == r;
    printf("%-24s %8d %8d %6d\n", p->name[r], (int)p->size[r], ties, (int)p->rank[r]);
  }
  if (p->n_ties) printf("\n%-24s %10s %10s  %s\n", "tie", "from bus", "to bus", "regions");
  for (PetscInt k = 0; k < p->n_ties; k++) {
    const Tie *t = &p->tie[k];
    printf("%-24s %10d %10d  %s - %s%s\n",
           t->is_link ? grid->net->link.name[t->index] : grid->net->branch.name[t->index],
           (int)grid->net->bus.number[t->from], (int)grid->net->bus.number[t->to], p->name[t->from_region],
           p->name[t->to_region], t->is_link ? " (link)" : "");
  }
}

static void FillDocument(const Case *grid, json_t *document)
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
  for (PetscInt r = 0; r < p->n_regions; r++) {
    json_t *row = json_object();
    JsonPut(row, "name", json_string(p->name[r]));
    JsonPut(row, "buses", json_integer(p->size[r]));
    JsonPut(row, "rank", json_integer(p->rank[r]));
    json_array_append_new(regions, row);
  }
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
  Arguments arguments;
  Case      grid;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, 2, 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  PetscCall(CaseLoad(job, arguments.word[0], regions, &grid));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  if (ranks) PetscCall(PartitionAssignRanks(grid.partition, ranks));
  if (job->rank == 0) {
    if (job->json)
      FillDocument(&grid, job->document);
    else
      PrintText(&grid);
  }
  PetscCall(CaseDestroy(&grid));
  PetscFunctionReturn(0);
}
