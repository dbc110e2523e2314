/* The list of faults. */
#include "inputs/fault.h"

#include <stdarg.h>
#include <string.h>

typedef struct {
  FaultSeverity severity;
  char         *file, *text;
  PetscInt      line;
} Fault;

typedef struct {
  PetscInt line;
  char    *name;
} Place;

struct _p_Faults {
  PetscInt n, capacity, errors;
  Fault   *fault;
  PetscInt n_places;
  Place   *place;
};

PetscErrorCode FaultsCreate(Faults *faults)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(faults));
  PetscFunctionReturn(0);
}

PetscErrorCode FaultsDestroy(Faults *faults)
{
  PetscFunctionBeginUser;
  if (!faults || !*faults) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*faults)->n; ++k) {
    PetscCall(PetscFree((*faults)->fault[k].file));
    PetscCall(PetscFree((*faults)->fault[k].text));
  }
  for (PetscInt k = 0; k < (*faults)->n_places; ++k) PetscCall(PetscFree((*faults)->place[k].name));
  PetscCall(PetscFree((*faults)->place));
  PetscCall(PetscFree((*faults)->fault));
  PetscCall(PetscFree(*faults));
  PetscFunctionReturn(0);
}

/* A fault is one line whatever the file held: control characters are shown as question marks. */
static void OneLine(char *text)
{
  for (; *text; ++text)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
}

PetscErrorCode FaultsPlace(Faults faults, PetscInt line, const char *name)
{
  PetscInt k = 0;

  PetscFunctionBeginUser;
  while (k < faults->n_places && faults->place[k].line != line) ++k;
  if (k == faults->n_places) {
    PetscCall(PetscRealloc((size_t)(k + 1) * sizeof *faults->place, &faults->place));
    faults->place[faults->n_places++] = (Place){line, NULL};
  }
  PetscCall(PetscFree(faults->place[k].name));
  PetscCall(PetscStrallocpy(name, &faults->place[k].name));
  PetscFunctionReturn(0);
}

PetscErrorCode FaultsAdd(Faults faults, FaultSeverity severity, const char *file, PetscInt line, const char *format,
                         ...)
{
  char    text[1024];
  va_list arguments;
  Fault  *fault;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  OneLine(text);
  for (PetscInt k = 0; line > 0 && k < faults->n_places; ++k)
    if (faults->place[k].line == line) {
      file = faults->place[k].name;
      line = 0;
    }
  if (faults->n == faults->capacity) {
    faults->capacity = faults->capacity ? 2 * faults->capacity : 16;
    PetscCall(PetscRealloc((size_t)faults->capacity * sizeof *faults->fault, &faults->fault));
  }
  fault           = &faults->fault[faults->n++];
  fault->severity = severity;
  fault->line     = line;
  fault->file     = NULL;
  fault->text     = NULL;
  if (severity == FAULT_ERROR) ++faults->errors;
  PetscCall(PetscStrallocpy(file, &fault->file));
  PetscCall(PetscStrallocpy(text, &fault->text));
  PetscFunctionReturn(0);
}

PetscInt FaultsErrorCount(Faults faults)
{
  return faults->errors;
}

PetscInt FaultsWarningCount(Faults faults)
{
  return faults->n - faults->errors;
}

PetscInt FaultsCount(Faults faults)
{
  return faults->n;
}

PetscErrorCode FaultsGet(Faults faults, PetscInt k, FaultSeverity *severity, const char **file, PetscInt *line,
                         const char **text)
{
  PetscFunctionBeginUser;
  PetscCheck(k >= 0 && k < faults->n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "Fault %" PetscInt_FMT " of %" PetscInt_FMT, k, faults->n);
  if (severity) *severity = faults->fault[k].severity;
  if (file) *file = faults->fault[k].file;
  if (line) *line = faults->fault[k].line;
  if (text) *text = faults->fault[k].text;
  PetscFunctionReturn(0);
}

static PetscBool IsKnown(const Fault *fault, Faults known)
{
  for (PetscInt k = 0; k < known->n; ++k) {
    const Fault *other = &known->fault[k];
    if (fault->line == other->line && !strcmp(fault->text, other->text) &&
        !strcmp(fault->file ? fault->file : "", other->file ? other->file : ""))
      return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

PetscErrorCode FaultsAddNew(Faults found, Faults known)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < found->n; ++k) {
    const Fault *f = &found->fault[k];
    if (!IsKnown(f, known)) PetscCall(FaultsAdd(known, f->severity, f->file, f->line, "%s", f->text));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode FaultsView(Faults faults, FILE *stream)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < faults->n; ++k) {
    const Fault *fault = &faults->fault[k];
    if (fault->file) fprintf(stream, "%s:", fault->file);
    if (fault->file && fault->line > 0) fprintf(stream, "%" PetscInt_FMT ":", fault->line);
    fprintf(stream, "%s%s: %s\n", fault->file ? " " : "", fault->severity == FAULT_ERROR ? "error" : "warning",
            fault->text);
  }
  PetscFunctionReturn(0);
}
