/* The program and the libraries under it, as it was built and as it runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <hdf5.h>
#include <link.h>
#include <openssl/crypto.h>
#include <scotch/scotch.h>
#include <stdlib.h>
#include <string.h>
#include <suitesparse/SuiteSparse_config.h>
#include <sundials/sundials_version.h>
#include <yaml.h>
#if __has_include(<dmumps_c.h>)
#include <dmumps_c.h>
#endif

#include "jobs/install_path.h"
#include "jobs/provenance.h"
#include "jobs/version.h"

static void Put(json_t *all, const char *name, json_t *built, json_t *running)
{
  json_t *library = json_object();

  JsonPut(library, "built", built);
  JsonPut(library, "running", running);
  JsonPut(all, name, library);
}

/* Search for a loaded library by the beginning of its file's name. */
typedef struct {
  const char *prefix;
  char        file[PETSC_MAX_PATH_LEN];
} Loaded;

static int IsLoaded(struct dl_phdr_info *info, size_t size, void *context)
{
  Loaded     *search = context;
  const char *name   = strrchr(info->dlpi_name, '/');

  (void)size;
  name = name ? name + 1 : info->dlpi_name;
  if (strncmp(name, search->prefix, strlen(search->prefix)) != 0) return 0;
  snprintf(search->file, sizeof search->file, "%s", info->dlpi_name);
  return 1;
}

/* The file of a loaded library that tells no version itself, without its folder and with its full number. */
static json_t *LoadedFile(const char *prefix)
{
  Loaded      search = {.prefix = prefix, .file = ""};
  char       *real;
  const char *name;
  json_t     *text;

  if (!dl_iterate_phdr(IsLoaded, &search)) return json_null();
  real = realpath(search.file, NULL);
  name = real ? strrchr(real, '/') : NULL;
  text = JsonText(name ? name + 1 : search.file);
  free(real);
  return text;
}

static void PutPetsc(json_t *all)
{
  PetscInt major = 0, minor = 0, release = 0;

  (void)PetscGetVersionNumber(&major, &minor, &release, NULL);
  Put(all, "petsc", json_sprintf("%d.%d.%d", PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR),
      json_sprintf("%d.%d.%d", (int)major, (int)minor, (int)release));
}

static void PutMpi(json_t *all)
{
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int  length;

  MPI_Get_library_version(text, &length);
  text[strcspn(text, ",\n")] = '\0';
#ifdef OMPI_MAJOR_VERSION
  Put(all, "mpi", json_sprintf("Open MPI v%d.%d.%d", OMPI_MAJOR_VERSION, OMPI_MINOR_VERSION, OMPI_RELEASE_VERSION),
      JsonText(text));
#else
  Put(all, "mpi", json_sprintf("MPI %d.%d", MPI_VERSION, MPI_SUBVERSION), JsonText(text));
#endif
}

static void PutHdf5(json_t *all)
{
  unsigned major = 0, minor = 0, release = 0;

  H5get_libversion(&major, &minor, &release);
  Put(all, "hdf5", json_sprintf("%d.%d.%d", H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE),
      json_sprintf("%u.%u.%u", major, minor, release));
}

static void PutSundials(json_t *all)
{
  char text[64] = "";

  SUNDIALSGetVersion(text, sizeof text);
  Put(all, "sundials", json_string(SUNDIALS_VERSION), JsonText(text));
}

static void PutSparse(json_t *all)
{
  int scotch[3] = {0}, suite[3] = {0};

  SCOTCH_version(&scotch[0], &scotch[1], &scotch[2]);
  Put(all, "scotch", json_sprintf("%d.%d.%d", SCOTCH_VERSION, SCOTCH_RELEASE, SCOTCH_PATCHLEVEL),
      json_sprintf("%d.%d.%d", scotch[0], scotch[1], scotch[2]));
  SuiteSparse_version(suite);
  Put(all, "suitesparse",
      json_sprintf("%d.%d.%d", SUITESPARSE_MAIN_VERSION, SUITESPARSE_SUB_VERSION, SUITESPARSE_SUBSUB_VERSION),
      json_sprintf("%d.%d.%d", suite[0], suite[1], suite[2]));
#ifdef MUMPS_VERSION
  Put(all, "mumps", json_string(MUMPS_VERSION), LoadedFile("libdmumps"));
#else
  Put(all, "mumps", json_null(), LoadedFile("libdmumps"));
#endif
}

static const char *CallText(const char *symbol)
{
  char *(*function)(void) = NULL;
  void *found             = dlsym(RTLD_DEFAULT, symbol);

  memcpy(&function, &found, sizeof function);
  return function ? function() : NULL;
}

/* Which BLAS answers is chosen when the program starts, and its kernels by the processor: both decide over last bits. */
static void PutBlas(json_t *all)
{
  json_t     *blas   = json_object();
  void       *symbol = dlsym(RTLD_DEFAULT, "dgemm_");
  Dl_info     info   = {0};
  char       *real   = symbol && dladdr(symbol, &info) && info.dli_fname ? realpath(info.dli_fname, NULL) : NULL;
  const char *config = CallText("openblas_get_config"), *core = CallText("openblas_get_corename");

  JsonPut(blas, "file", JsonText(real));
  JsonPut(blas, "running", JsonText(config));
  JsonPut(blas, "kernels", JsonText(core));
  JsonPut(all, "blas", blas);
  free(real);
}

json_t *ProvenanceLibraries(void)
{
  json_t *all = json_object();
  int     major, minor, patch;

  PutPetsc(all);
  PutMpi(all);
  PutHdf5(all);
  PutSundials(all);
  PutSparse(all);
  PutBlas(all);
  Put(all, "openssl", json_string(OPENSSL_VERSION_TEXT), json_string(OpenSSL_version(OPENSSL_VERSION)));
  Put(all, "jansson", json_string(JANSSON_VERSION), json_string(jansson_version_str()));
  yaml_get_version(&major, &minor, &patch);
  Put(all, "libyaml", json_null(), json_sprintf("%d.%d.%d", major, minor, patch));
  return all;
}

json_t *ProvenanceProgram(void)
{
  json_t *program = json_object();
  char    path[PETSC_MAX_PATH_LEN];

  JsonPut(program, "name", json_string("archipelago"));
  JsonPut(program, "version", json_string(ProgramVersion()));
  JsonPut(program, "commit", JsonText(ProgramCommit()));
  JsonPut(program, "compiler", json_string(ProgramCompiler()));
  JsonPut(program, "build_type", json_string(ProgramBuildType()));
  JsonPut(program, "file", JsonText(InstallProgram(path, sizeof path) ? path : NULL));
  return program;
}
