/* Reading a checkpoint: verified as a whole by all ranks together, then read by each as it asks. */
#include <string.h>

#include "jobs/checkpoint_impl.h"

enum { PIECE = 1 << 20 };

/* An open file, this rank's. */
typedef struct {
  hid_t file, data;
} Source;

static PetscBool ReadBytes(hid_t data, int64_t place, int64_t size, void *bytes)
{
  const hsize_t at = (hsize_t)place, n = (hsize_t)size;
  hid_t         there, here;
  PetscBool     good;

  if (!size) return PETSC_TRUE;
  there = H5Dget_space(data);
  here  = H5Screate_simple(1, &n, NULL);
  good  = (PetscBool)(H5Sselect_hyperslab(there, H5S_SELECT_SET, &at, NULL, &n, NULL) >= 0 &&
                     H5Dread(data, H5T_NATIVE_UCHAR, here, there, H5P_DEFAULT, bytes) >= 0);
  H5Sclose(here);
  H5Sclose(there);
  return good;
}

static PetscErrorCode Fetch(void *context, const CheckpointEntry *entry, void *data)
{
  const Source *source = context;

  PetscFunctionBeginUser;
  PetscCheck(ReadBytes(source->data, entry->place, entry->n * (int64_t)CheckpointKindSize(entry->kind), data),
             PETSC_COMM_SELF, PETSC_ERR_FILE_READ, "a checkpoint's entry %s cannot be read", entry->name);
  PetscFunctionReturn(0);
}

static void SourceClose(Source *source)
{
  if (source->data >= 0) H5Dclose(source->data);
  if (source->file >= 0) H5Fclose(source->file);
  source->data = source->file = -1;
}

static PetscBool SourceOpen(const char *path, Source *source, FileError *error)
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);

  H5Pset_file_locking(access, 0, 1);
  source->data = -1;
  source->file = H5Fopen(path, H5F_ACC_RDONLY, access);
  if (source->file >= 0) source->data = H5Dopen2(source->file, CHECKPOINT_DATA, H5P_DEFAULT);
  H5Pclose(access);
  if (source->data >= 0) return PETSC_TRUE;
  SourceClose(source);
  snprintf(error->text, sizeof error->text, "%.900s: cannot be read", path);
  return PETSC_FALSE;
}

static PetscBool ReadIndex(const Source *source, int64_t n, IndexRecord *index)
{
  hid_t     list = H5Dopen2(source->file, CHECKPOINT_INDEX, H5P_DEFAULT), space;
  PetscBool good;

  if (list < 0) return PETSC_FALSE;
  space = H5Dget_space(list);
  good  = (PetscBool)(n == 0 || H5Sget_simple_extent_npoints(space) == n * (hssize_t)sizeof *index);
  if (good && n) good = (PetscBool)(H5Dread(list, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, index) >= 0);
  H5Sclose(space);
  H5Dclose(list);
  return good;
}

static PetscErrorCode HashEntry(const Source *source, const IndexRecord *r, unsigned char *buffer, PetscBool *same)
{
  EVP_MD_CTX   *hash = EVP_MD_CTX_new();
  const int64_t size = r->n * (int64_t)CheckpointKindSize(r->kind);
  unsigned char sha[EVP_MAX_MD_SIZE];
  PetscBool     good = (PetscBool)(hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL));

  PetscFunctionBeginUser;
  for (int64_t at = 0; good && at < size; at += PIECE) {
    const int64_t n = size - at < PIECE ? size - at : PIECE;
    good = (PetscBool)(ReadBytes(source->data, r->place + at, n, buffer) && EVP_DigestUpdate(hash, buffer, (size_t)n));
  }
  *same = (PetscBool)(good && EVP_DigestFinal_ex(hash, sha, NULL) && !memcmp(sha, r->sha, SHA_SIZE));
  EVP_MD_CTX_free(hash);
  PetscFunctionReturn(0);
}

/* Entries lie one after the other: each rank hashes those that begin in its share of the bytes. */
static PetscErrorCode VerifyEntries(MPI_Comm comm, const char *path, const CheckpointHead *head, const Source *source,
                                    const IndexRecord *index, PetscBool *good, FileError *error)
{
  const int64_t  total = head->data_size > 0 ? head->data_size : 1;
  PetscMPIInt    rank, size;
  unsigned char *buffer;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc1(PIECE, &buffer));
  for (int64_t k = 0; *good && k < head->entries; k++) {
    const IndexRecord *r     = &index[k];
    const double       share = (double)r->place / (double)total * size;
    if ((PetscMPIInt)PetscMin(share, size - 1) != rank) continue;
    *good = (PetscBool)(memchr(r->name, 0, sizeof r->name) && r->place >= 0 && r->n >= 0 &&
                        r->place + r->n * (int64_t)CheckpointKindSize(r->kind) <= head->data_size);
    if (*good) PetscCall(HashEntry(source, r, buffer, good));
    if (!*good)
      snprintf(error->text, sizeof error->text, "%.700s: its data differ from what was written (%.63s)", path, r->name);
  }
  PetscCall(PetscFree(buffer));
  PetscCall(CheckpointAgree(comm, good, error));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeIndex(const CheckpointHead *head, const IndexRecord *index, const Source *source,
                                Checkpoint *checkpoint)
{
  Checkpoint c;
  Source    *kept;

  PetscFunctionBeginUser;
  PetscCall(CheckpointCreate(checkpoint));
  c = *checkpoint;
  PetscCall(PetscMalloc1(head->entries + 1, &c->entry));
  c->n = c->room = (PetscInt)head->entries;
  for (PetscInt k = 0; k < c->n; k++) {
    const IndexRecord *r = &index[k];
    c->entry[k] =
        (CheckpointEntry){.part = (PetscInt)r->part, .kind = (CheckpointKind)r->kind, .n = r->n, .place = r->place};
    strcpy(c->entry[k].name, r->name);
  }
  PetscCall(PetscNew(&kept));
  *kept      = *source;
  c->fetch   = Fetch;
  c->context = kept;
  PetscFunctionReturn(0);
}

/* With the head at hand: opens, reads the index, verifies. */
static PetscErrorCode OpenVerified(MPI_Comm comm, const char *path, const CheckpointHead *head, Checkpoint *checkpoint,
                                   FileError *error)
{
  Source       source = {-1, -1};
  IndexRecord *index  = NULL;
  MPI_Datatype type;
  PetscMPIInt  rank;
  PetscBool    good;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscMalloc1(head->entries + 1, &index));
  good = SourceOpen(path, &source, error);
  if (good && !rank && !ReadIndex(&source, head->entries, index)) {
    good = PETSC_FALSE;
    snprintf(error->text, sizeof error->text, "%.900s: its index cannot be read", path);
  }
  PetscCall(CheckpointAgree(comm, &good, error));
  if (good) {
    PetscCallMPI(MPI_Type_contiguous((int)sizeof *index, MPI_BYTE, &type));
    PetscCallMPI(MPI_Type_commit(&type));
    PetscCallMPI(MPI_Bcast(index, (int)head->entries, type, 0, comm));
    PetscCallMPI(MPI_Type_free(&type));
    PetscCall(VerifyEntries(comm, path, head, &source, index, &good, error));
  }
  if (good)
    PetscCall(TakeIndex(head, index, &source, checkpoint));
  else
    SourceClose(&source);
  PetscCall(PetscFree(index));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointFileOpen(MPI_Comm comm, const char *path, CheckpointLabel *label, Checkpoint *checkpoint,
                                  FileError *error)
{
  const CheckpointQuiet quiet                   = CheckpointQuietBegin();
  char                  own[PETSC_MAX_PATH_LEN] = "";
  CheckpointHead        head;
  PetscMPIInt           rank;
  PetscBool             good = PETSC_TRUE;

  PetscFunctionBeginUser;
  *checkpoint = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) snprintf(own, sizeof own, "%s", path);
  PetscCallMPI(MPI_Bcast(own, sizeof own, MPI_CHAR, 0, comm));
  if (!rank) good = (PetscBool)(CheckpointHeadRead(own, &head, error) && CheckpointHeadVerify(own, &head, error));
  PetscCall(CheckpointAgree(comm, &good, error));
  if (good) {
    PetscCallMPI(MPI_Bcast(&head, (int)sizeof head, MPI_BYTE, 0, comm));
    *label = head.label;
    PetscCall(OpenVerified(comm, own, &head, checkpoint, error));
  }
  CheckpointQuietEnd(quiet);
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointFileClose(Checkpoint *checkpoint)
{
  PetscFunctionBeginUser;
  if (!*checkpoint) PetscFunctionReturn(0);
  SourceClose((*checkpoint)->context);
  PetscCall(PetscFree((*checkpoint)->context));
  PetscCall(CheckpointDestroy(checkpoint));
  PetscFunctionReturn(0);
}
