/* Choosing a reader by what stands at the path. */
#include "inputs/reader.h"
#include "inputs/source.h"

#include <string.h>
#include <strings.h>

typedef enum { FORMAT_NONE, FORMAT_MATPOWER, FORMAT_RTS_GMLC, FORMAT_PYPSA, FORMAT_PSSE_RAW } Format;

static PetscErrorCode HasFiles(MPI_Comm comm, const char *path, const char *const *name, PetscBool *all)
{
  PathKind kind = PATH_FILE;
  PetscFunctionBegin;
  for (; *name && kind == PATH_FILE; ++name) PetscCall(SourceKind(comm, path, *name, &kind));
  *all = kind == PATH_FILE ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode DetectFolder(MPI_Comm comm, const char *path, Format *format)
{
  static const char *const rts[]   = {"bus.csv", "gen.csv", "branch.csv", NULL};
  static const char *const above[] = {"source/bus.csv", "source/gen.csv", "source/branch.csv", NULL};
  static const char *const pypsa[] = {"buses.csv", NULL};
  PetscBool                is_rts = PETSC_FALSE, is_above = PETSC_FALSE, is_pypsa = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(HasFiles(comm, path, rts, &is_rts));
  PetscCall(HasFiles(comm, path, above, &is_above));
  PetscCall(HasFiles(comm, path, pypsa, &is_pypsa));
  *format = is_rts || is_above ? FORMAT_RTS_GMLC : is_pypsa ? FORMAT_PYPSA : FORMAT_NONE;
  PetscFunctionReturn(0);
}

static PetscErrorCode Detect(MPI_Comm comm, const char *path, Faults faults, Format *format)
{
  const size_t n = strlen(path);
  PathKind     kind;

  PetscFunctionBegin;
  *format = FORMAT_NONE;
  PetscCall(SourceKind(comm, path, NULL, &kind));
  if (kind == PATH_DIRECTORY)
    PetscCall(DetectFolder(comm, path, format));
  else if (n > 2 && !strcmp(path + n - 2, ".m"))
    *format = FORMAT_MATPOWER;
  else if (n > 4 && !strcasecmp(path + n - 4, ".raw"))
    *format = FORMAT_PSSE_RAW;
  if (*format != FORMAT_NONE) PetscFunctionReturn(0);
  if (kind == PATH_NONE)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 0, "found no such file or folder"));
  else
    PetscCall(
        FaultsAdd(faults, FAULT_ERROR, path, 0,
                  "found no network, expected a MATPOWER file (.m), a PSS/E file (.raw), an RTS-GMLC folder (bus.csv, "
                  "gen.csv, branch.csv) or a PyPSA folder (buses.csv)"));
  PetscFunctionReturn(0);
}

static PetscErrorCode NamedFormat(const char *name, const char *path, Faults faults, Format *format)
{
  PetscFunctionBegin;
  *format = !strcmp(name, "matpower")   ? FORMAT_MATPOWER
            : !strcmp(name, "rts-gmlc") ? FORMAT_RTS_GMLC
            : !strcmp(name, "pypsa")    ? FORMAT_PYPSA
            : !strcmp(name, "psse-raw") ? FORMAT_PSSE_RAW
                                        : FORMAT_NONE;
  if (*format == FORMAT_NONE)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 0,
                        "found format \"%s\", expected auto, matpower, psse-raw, rts-gmlc or pypsa", name));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkRead(MPI_Comm comm, const char *path, const char *format, Faults faults, Network *net)
{
  const PetscInt errors = FaultsErrorCount(faults);
  Format         chosen;

  PetscFunctionBeginUser;
  *net = NULL;
  if (!format || !*format || !strcmp(format, "auto"))
    PetscCall(Detect(comm, path, faults, &chosen));
  else
    PetscCall(NamedFormat(format, path, faults, &chosen));
  if (chosen == FORMAT_MATPOWER) PetscCall(NetworkReadMatpower(comm, path, faults, net));
  if (chosen == FORMAT_RTS_GMLC) PetscCall(NetworkReadRtsGmlc(comm, path, 0, 0, faults, net));
  if (chosen == FORMAT_PYPSA) PetscCall(NetworkReadPypsa(comm, path, faults, net));
  if (chosen == FORMAT_PSSE_RAW) PetscCall(NetworkReadPsseRaw(comm, path, faults, net));
  if (*net) PetscCall(NetworkValidate(*net, faults));
  if (FaultsErrorCount(faults) > errors) PetscCall(NetworkDestroy(net));
  PetscFunctionReturn(0);
}
