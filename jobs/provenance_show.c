/* A provenance on one screen. */
#include <stdlib.h>
#include <string.h>

#include "jobs/provenance.h"

static void ViewProgram(const json_t *record, FILE *stream)
{
  const json_t *program = json_object_get(record, "program"), *word;
  size_t        k;

  fprintf(stream, "program      archipelago %s, commit %s, %s, %s\n", JsonWord(program, "version", "-"),
          JsonWord(program, "commit", "-"), JsonWord(program, "build_type", "-"), JsonWord(program, "compiler", "-"));
  fprintf(stream, "command     ");
  json_array_foreach(json_object_get(record, "command"), k, word) fprintf(stream, " %s", json_string_value(word));
  fprintf(stream, "\nin           %s\n", JsonWord(record, "directory", "-"));
}

/* A value in one line; what was not given is left out. */
static void ViewValues(const char *title, const json_t *values, FILE *stream)
{
  const char *key, *lead = "";
  json_t     *value;
  char       *text;

  if (!json_object_size(values)) return;
  fprintf(stream, "%-12s ", title);
  json_object_foreach((json_t *)values, key, value)
  {
    if (json_is_null(value) || json_is_false(value) || (json_is_array(value) && !json_array_size(value))) continue;
    text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    fprintf(stream, "%s%s %s", lead, key, text ? text : json_string_value(value));
    free(text);
    lead = ", ";
  }
  fprintf(stream, "\n");
}

static void ViewInputs(const json_t *record, FILE *stream)
{
  const json_t *inputs = json_object_get(record, "inputs");
  json_t       *input;
  size_t        k;

  fprintf(stream, "inputs       %zu files, SHA-256\n", json_array_size(inputs));
  json_array_foreach((json_t *)inputs, k, input)
      fprintf(stream, "  %s  %s\n", JsonWord(input, "sha256", "-"), JsonWord(input, "path", "-"));
}

static void ViewLibraries(const json_t *record, FILE *stream)
{
  const char *name;
  json_t     *library;

  fprintf(stream, "libraries    running (built with)\n");
  json_object_foreach(json_object_get(record, "libraries"), name, library)
  {
    const char *running = JsonWord(library, "running", "-"), *built = JsonWord(library, "built", "-");
    fprintf(stream, "  %-12s %s", name, running);
    if (json_object_get(library, "built") && strcmp(running, built) != 0) fprintf(stream, " (%s)", built);
    if (json_object_get(library, "kernels")) fprintf(stream, ", kernels %s", JsonWord(library, "kernels", "-"));
    if (json_object_get(library, "file")) fprintf(stream, ", %s", JsonWord(library, "file", "-"));
    fprintf(stream, "\n");
  }
}

static void ViewMemory(const json_t *start, FILE *stream)
{
  const json_t *memory = json_object_get(start, "peak_memory_mb");
  json_t       *value;
  size_t        k;

  if (!json_array_size(memory)) return;
  fprintf(stream, "    peak memory by rank, MB:");
  json_array_foreach((json_t *)memory, k, value) fprintf(stream, " %.0f", json_number_value(value));
  fprintf(stream, "\n");
}

static void ViewHosts(const json_t *start, FILE *stream)
{
  json_t *host;
  size_t  k;

  json_array_foreach(json_object_get(start, "hosts"), k, host)
      fprintf(stream, "    %s: %zu ranks, %s\n", JsonWord(host, "host", "-"),
              json_array_size(json_object_get(host, "ranks")), JsonWord(host, "processor", "-"));
}

static void ViewTimes(const json_t *start, FILE *stream)
{
  const char *name, *lead = "    ";
  json_t     *value;

  if (!json_object_get(start, "times")) return;
  json_object_foreach(json_object_get(start, "times"), name, value)
  {
    const size_t n = strlen(name);
    if (n < 9 || strcmp(name + n - 8, "_seconds") != 0) continue;
    fprintf(stream, "%s%.*s %.2f s", lead, (int)n - 8, name, json_number_value(value));
    lead = ", ";
  }
  fprintf(stream, "\n");
}

static void ViewStart(const json_t *start, FILE *stream)
{
  json_t *checkpoint;
  size_t  k;

  fprintf(stream, "  %s to %s: %s, %d ranks, from %s\n", JsonWord(start, "started", "-"), JsonWord(start, "ended", "-"),
          JsonWord(start, "status", "-"), (int)json_integer_value(json_object_get(start, "ranks")),
          JsonWord(start, "from", "-"));
  json_array_foreach(json_object_get(start, "checkpoints"), k, checkpoint)
      fprintf(stream, "    gone on with: %s\n", json_string_value(checkpoint));
  if (json_object_get(start, "message")) fprintf(stream, "    %s\n", JsonWord(start, "message", "-"));
  ViewHosts(start, stream);
  ViewTimes(start, stream);
  ViewMemory(start, stream);
  if (json_is_object(json_object_get(start, "slurm"))) {
    fprintf(stream, "  ");
    ViewValues("  slurm", json_object_get(start, "slurm"), stream);
  }
}

void ProvenanceView(const json_t *record, FILE *stream)
{
  const json_t *regions = json_object_get(record, "regions"), *starts = json_object_get(record, "starts");
  json_t       *start;
  size_t        k;

  fprintf(stream, "%s, %s, finished %s, %d ranks", JsonWord(record, "kind", "-"), JsonWord(record, "status", "-"),
          JsonWord(record, "finished", "-"), (int)json_integer_value(json_object_get(record, "ranks")));
  if (json_is_integer(regions)) fprintf(stream, ", %d regions", (int)json_integer_value(regions));
  fprintf(stream, "\n");
  ViewProgram(record, stream);
  ViewValues("options", json_object_get(record, "options"), stream);
  ViewValues("settings", json_object_get(record, "settings"), stream);
  ViewValues("seeds", json_object_get(record, "seeds"), stream);
  if (JsonWord(record, "petsc_options", "-")[0])
    fprintf(stream, "PETSc        %s\n", JsonWord(record, "petsc_options", "-"));
  ViewInputs(record, stream);
  ViewLibraries(record, stream);
  fprintf(stream, "starts       %zu\n", json_array_size(starts));
  json_array_foreach((json_t *)starts, k, start) ViewStart(start, stream);
}
