/* How far the work in a directory is. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "jobs/status.h"

void FormatDuration(double seconds, char *text, size_t size)
{
  const long s = (long)(seconds + 0.5);

  if (s < 60)
    snprintf(text, size, "%ld s", s);
  else if (s < 3600)
    snprintf(text, size, "%ld min %ld s", s / 60, s % 60);
  else
    snprintf(text, size, "%ld h %ld min", s / 3600, s % 3600 / 60);
}

/* Folders of whole windows: "0000-...". */
static PetscInt CountWindows(const char *directory)
{
  char                 path[PETSC_MAX_PATH_LEN];
  DIR                 *folder;
  const struct dirent *entry;
  PetscInt             n = 0;

  FileJoin(path, sizeof path, directory, "windows");
  folder = opendir(path);
  while (folder && (entry = readdir(folder)))
    if (strspn(entry->d_name, "0123456789") >= 4) n++;
  if (folder) closedir(folder);
  return n;
}

/* A line "2030-06-21T10:00:00Z rank 0 dispatch: window 1 of 2" of the log's end. */
static void ReadStage(const char *log, char *at, size_t size)
{
  FILE *stream = log ? fopen(log, "r") : NULL;
  char  line[1024];

  if (!stream) return;
  if (!fseek(stream, -16384, SEEK_END) || !fseek(stream, 0, SEEK_SET))
    while (fgets(line, sizeof line, stream)) {
      const char *told = strstr(line, "Z rank 0 ");
      if (!told || told - line > 24) continue;
      line[strcspn(line, "\r\n")] = '\0';
      snprintf(at, size, "%s", told + 9);
    }
  fclose(stream);
}

void RunProgressRead(const char *directory, const char *log, RunProgress *progress)
{
  json_t *identity = JsonLoad(directory, "study.json");

  memset(progress, 0, sizeof *progress);
  progress->windows = (PetscInt)json_integer_value(json_object_get(identity, "windows"));
  json_decref(identity);
  progress->windows_done = CountWindows(directory);
  ReadStage(log, progress->at, sizeof progress->at);
}
