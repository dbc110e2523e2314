/* archipelago synth: a generated system of regional microgrids of any size. */
#include "inputs/synth.h"
#include "jobs/command.h"
#include "jobs/file.h"

#include <petsctime.h>
#include <string.h>

static const CommandHelp Help = {
    "synth", "a generated system of regional microgrids, of any size", "-o DIR [options]",
    "Writes a PyPSA CSV folder with participants, device data and a study that runs: regions on a map, each\n"
    "with substations, cables, demand, weather, units and batteries, and ties between neighbours. The same\n"
    "bytes for the same options; a region is the same in a system of ten regions and in one of ten thousand.\n"
    "With --invest it has columns of investment, too, and plan.yaml for `archipelago plan`.",
    "  archipelago synth -o town --regions 4 --buses 12 --seed 7 && archipelago run town/study.yaml -o town-run"};

typedef struct {
  const char  *folder, *topology, *carriers;
  SynthOptions synth;
} SynthCommand;

static void TakeTopology(SynthCommand *c)
{
  static const char *const word[] = {"grid", "ring", "random", "hub"};

  for (int k = 0; k < 4; k++)
    if (!strcmp(c->topology, word[k])) c->synth.topology = (SynthTopology)k;
}

static void TakeCarriers(Job job, SynthCommand *c)
{
  for (const char *at = c->carriers; at;) {
    const size_t n = strcspn(at, ",");
    if (n == 4 && !strncmp(at, "heat", n))
      c->synth.heat = PETSC_TRUE;
    else if (n == 8 && !strncmp(at, "hydrogen", n))
      c->synth.hydrogen = PETSC_TRUE;
    else if (!(n == 11 && !strncmp(at, "electricity", n)))
      JobFail(job, JOB_INPUT, "synth: --carriers has '%.*s', expected electricity, heat, hydrogen, with commas between",
              (int)PetscMin(n, 40), at);
    at = at[n] ? at + n + 1 : NULL;
  }
}

static void Check(Job job, const SynthCommand *c)
{
  const char *bad = SynthCheckOptions(&c->synth);

  if (!c->folder)
    JobFail(job, JOB_INPUT, "synth: --output DIR is missing");
  else if (bad)
    JobFail(job, JOB_INPUT, "synth: found %d regions of %d buses, %d hours, seed %d; %s", (int)c->synth.regions,
            (int)c->synth.buses, (int)c->synth.hours, (int)c->synth.seed, bad);
}

/* Rank 0: into a folder beside it, which then takes its name. */
static void Write(Job job, const SynthCommand *c)
{
  char      path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN], text[1024];
  size_t    n = strlen(c->folder);
  FileError error;

  while (n > 1 && c->folder[n - 1] == '/') n--;
  if (n >= sizeof path - 32) {
    JobFail(job, JOB_INPUT, "synth: the name of the folder is too long");
    return;
  }
  (void)snprintf(path, sizeof path, "%.*s", (int)n, c->folder);
  if (FileExists(path)) {
    JobFail(job, JOB_INPUT, "%s: found something there already, expected a name that is free", path);
    return;
  }
  if (!FileTemporary(path, temporary, &error)) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    return;
  }
  if (!DirectoryRemove(temporary, &error) || !DirectoryMake(temporary, &error)) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    return;
  }
  if (!SynthWrite(&c->synth, temporary, text, sizeof text)) {
    JobFail(job, JOB_INTERNAL, "%s", text);
    (void)DirectoryRemove(temporary, &error);
  } else if (!DirectoryCommit(temporary, path, &error)) {
    JobFail(job, JOB_INTERNAL, "%s", error.text);
    (void)DirectoryRemove(temporary, &error);
  }
}

static void Tell(Job job, const SynthCommand *c, double seconds)
{
  const SynthOptions *o = &c->synth;

  if (job->rank) return;
  if (!job->json) {
    printf("%s: %d regions of %d buses, %d hours, seed %d, in %.1f s\n", c->folder, (int)o->regions, (int)o->buses,
           (int)o->hours, (int)o->seed, seconds);
    return;
  }
  JsonPut(job->document, "status", json_string("done"));
  JsonPut(job->document, "folder", JsonText(c->folder));
  JsonPut(job->document, "regions", json_integer(o->regions));
  JsonPut(job->document, "buses_per_region", json_integer(o->buses));
  JsonPut(job->document, "hours", json_integer(o->hours));
  JsonPut(job->document, "seed", json_integer(o->seed));
  JsonPut(job->document, "topology", json_string(c->topology));
  JsonPut(job->document, "seconds", JsonReal(seconds));
}

PetscErrorCode CommandSynth(Job job, int argc, char **argv)
{
  SynthCommand   c = {.topology = "random"};
  PetscLogDouble begin, end;
  Arguments      arguments;

  PetscFunctionBeginUser;
  SynthDefaultOptions(&c.synth);
  const Option options[] = {
      {"output", 'o', TAKES_TEXT, &c.folder, "DIR", "the folder to be written", 0},
      {"regions", 'r', TAKES_INTEGER, &c.synth.regions, "N", "regions (default 4)", 1},
      {"buses", 'b', TAKES_INTEGER, &c.synth.buses, "B", "buses of a region (default 8)", 1},
      {"hours", 0, TAKES_INTEGER, &c.synth.hours, "H", "hours of the series, from 1 January 2030 (default 24)", 1},
      {"seed", 's', TAKES_INTEGER, &c.synth.seed, "S", "another seed, another system (default 1)", 0},
      {"topology", 't', TAKES_TEXT, &c.topology, "grid|ring|random|hub",
       "which regions are neighbours (default random)", 0},
      {"carriers", 0, TAKES_TEXT, &c.carriers, "LIST", "electricity, heat, hydrogen, with commas between", 0},
      {"invest", 0, TAKES_NOTHING, &c.synth.invest, NULL, "columns of investment, and plan.yaml", 0},
  };
  PetscCall(OptionsParse(job, &Help, options, PETSC_STATIC_ARRAY_LENGTH(options), 0, 0, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  TakeTopology(&c);
  TakeCarriers(job, &c);
  Check(job, &c);
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(PetscTime(&begin));
  if (job->rank == 0) Write(job, &c);
  PetscCall(JobAgree(job));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(PetscTime(&end));
  Tell(job, &c, end - begin);
  PetscFunctionReturn(0);
}
