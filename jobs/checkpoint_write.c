/* Writing a checkpoint: the first rank makes the file with its index and room for all data; all ranks fill it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/checkpoint_impl.h"

enum { FRAME_SIZE = 1 << 16 }; /* more than HDF5 needs besides index and data */

/* What this rank writes: its bytes in one piece, and the index of them. */
typedef struct {
  PetscInt       n;
  IndexRecord   *record; /* [n] */
  int64_t        place, size, total;
  unsigned char *bytes; /* [size] */
} Share;

static PetscErrorCode ShareCreate(MPI_Comm comm, Checkpoint c, Share *share)
{
  PetscMPIInt rank;
  int64_t     at;

  PetscFunctionBeginUser;
  memset(share, 0, sizeof *share);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (PetscInt k = 0; k < c->n; k++)
    share->size += rank && c->entry[k].part == CHECKPOINT_SHARED
                       ? 0
                       : c->entry[k].n * (int64_t)CheckpointKindSize(c->entry[k].kind);
  PetscCallMPI(MPI_Exscan(&share->size, &share->place, 1, MPI_INT64_T, MPI_SUM, comm));
  if (!rank) share->place = 0;
  PetscCallMPI(MPI_Allreduce(&share->size, &share->total, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCall(PetscCalloc1(c->n, &share->record));
  PetscCall(PetscMalloc1(share->size + 1, &share->bytes));
  at = 0;
  for (PetscInt k = 0; k < c->n; k++) {
    const CheckpointEntry *e    = &c->entry[k];
    const size_t           size = (size_t)e->n * CheckpointKindSize(e->kind);
    IndexRecord           *r    = &share->record[share->n];
    if (rank && e->part == CHECKPOINT_SHARED) continue;
    if (size && e->data)
      memcpy(share->bytes + at, e->data, size);
    else if (size)
      PetscCall(c->fetch(c->context, e, share->bytes + at)); /* what was read and not changed */
    strcpy(r->name, e->name);
    r->part  = e->part;
    r->kind  = e->kind;
    r->n     = e->n;
    r->place = share->place + at;
    PetscCheck(EVP_Digest(share->bytes + at, size, r->sha, NULL, EVP_sha256(), NULL), PETSC_COMM_SELF, PETSC_ERR_LIB,
               "SHA-256 failed");
    at += (int64_t)size;
    share->n++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ShareDestroy(Share *share)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(share->record));
  PetscCall(PetscFree(share->bytes));
  PetscFunctionReturn(0);
}

/* The index of all ranks, on the first. */
static PetscErrorCode GatherIndex(MPI_Comm comm, const Share *share, PetscInt *n, IndexRecord **all)
{
  PetscMPIInt  rank, size, mine = (PetscMPIInt)share->n, *count = NULL, *begin = NULL;
  MPI_Datatype type;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  *n   = 0;
  *all = NULL;
  if (!rank) PetscCall(PetscMalloc2(size, &count, size, &begin));
  PetscCallMPI(MPI_Gather(&mine, 1, MPI_INT, count, 1, MPI_INT, 0, comm));
  for (PetscMPIInt p = 0; !rank && p < size; p++) {
    begin[p] = (PetscMPIInt)*n;
    *n += count[p];
  }
  if (!rank) PetscCall(PetscMalloc1(*n + 1, all));
  PetscCallMPI(MPI_Type_contiguous((int)sizeof(IndexRecord), MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Gatherv(share->record, mine, type, *all, count, begin, type, 0, comm));
  PetscCallMPI(MPI_Type_free(&type));
  PetscCall(PetscFree2(count, begin));
  PetscFunctionReturn(0);
}

/* Takes room on the disk, so that a full one is known before HDF5 writes. A file system that cannot tell is believed. */
static PetscBool Reserve(const char *path, int64_t size, FileError *error)
{
  struct stat info;
  int         fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), why = 0;

  if (fd < 0) return FileFail(error, path, "cannot be written");
  if (size == 0 && !fstat(fd, &info)) size = info.st_size;
  why = posix_fallocate(fd, 0, size);
  if (why == EOPNOTSUPP || why == EINVAL || why == ENOSYS) why = 0;
  if (close(fd) && !why) why = errno;
  errno = why;
  return why ? FileFail(error, path, "cannot be written") : PETSC_TRUE;
}

/* A dataset of bytes in one piece, with its place in the file from the start. */
static hid_t CreateBytes(hid_t file, const char *name, int64_t size)
{
  const hsize_t n     = (hsize_t)(size > 0 ? size : 1);
  hid_t         space = H5Screate_simple(1, &n, NULL), create = H5Pcreate(H5P_DATASET_CREATE), set;

  H5Pset_layout(create, H5D_CONTIGUOUS);
  H5Pset_alloc_time(create, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(create, H5D_FILL_TIME_NEVER);
  H5Pset_obj_track_times(create, 0);
  set = H5Dcreate2(file, name, H5T_STD_U8LE, space, H5P_DEFAULT, create, H5P_DEFAULT);
  H5Pclose(create);
  H5Sclose(space);
  return set;
}

static PetscBool FillFrame(hid_t file, PetscInt n, const IndexRecord *index, CheckpointHead *head)
{
  const hid_t list = CreateBytes(file, CHECKPOINT_INDEX, n * (int64_t)sizeof *index);
  const hid_t data = list < 0 ? -1 : CreateBytes(file, CHECKPOINT_DATA, head->data_size);
  PetscBool   good = (PetscBool)(data >= 0);

  if (good && n) good = (PetscBool)(H5Dwrite(list, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, index) >= 0);
  head->data_place = good ? (int64_t)H5Dget_offset(data) : 0;
  if (data >= 0 && H5Dclose(data) < 0) good = PETSC_FALSE;
  if (list >= 0 && H5Dclose(list) < 0) good = PETSC_FALSE;
  return good;
}

/* First rank: the file but for data and text. */
static PetscBool MakeFrame(const char *path, PetscInt n, const IndexRecord *index, CheckpointHead *head,
                           FileError *error)
{
  hid_t     access, create, file;
  PetscBool good;

  unlink(path);
  errno = 0;
  if (!Reserve(path, n * (int64_t)sizeof *index + FRAME_SIZE, error)) return PETSC_FALSE;
  access = H5Pcreate(H5P_FILE_ACCESS);
  create = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
  H5Pset_file_locking(access, 0, 1);
  H5Pset_userblock(create, HEAD_SIZE);
  file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
  good = (PetscBool)(file >= 0);
  if (good) good = FillFrame(file, n, index, head);
  if (file >= 0 && H5Fclose(file) < 0) good = PETSC_FALSE;
  H5Pclose(create);
  H5Pclose(access);
  if (!good && !errno) errno = EIO;
  if (!good) return FileFail(error, path, "cannot be written");
  return Reserve(path, 0, error);
}

/* Collective: every rank its bytes. */
static PetscBool FillData(MPI_Comm comm, const char *path, const Share *share, FileError *error)
{
  const hsize_t place = (hsize_t)share->place, size = (hsize_t)share->size;
  hid_t         access = H5Pcreate(H5P_FILE_ACCESS), transfer = H5Pcreate(H5P_DATASET_XFER), file, data = -1;
  PetscBool     good;

  H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL);
  H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
  H5Pset_file_locking(access, 0, 1);
  H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
  file = H5Fopen(path, H5F_ACC_RDWR, access);
  if (file >= 0) data = H5Dopen2(file, CHECKPOINT_DATA, H5P_DEFAULT);
  good = (PetscBool)(data >= 0);
  if (good) {
    hid_t there = H5Dget_space(data), here = H5Screate_simple(1, &size, NULL);
    if (size)
      H5Sselect_hyperslab(there, H5S_SELECT_SET, &place, NULL, &size, NULL);
    else
      H5Sselect_none(there);
    if (!size) H5Sselect_none(here);
    good = (PetscBool)(H5Dwrite(data, H5T_NATIVE_UCHAR, here, there, transfer, share->bytes) >= 0);
    H5Sclose(here);
    H5Sclose(there);
  }
  if (data >= 0 && H5Dclose(data) < 0) good = PETSC_FALSE;
  if (file >= 0 && H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) good = PETSC_FALSE; /* each machine's own bytes to the disk */
  if (file >= 0 && H5Fclose(file) < 0) good = PETSC_FALSE;
  H5Pclose(transfer);
  H5Pclose(access);
  if (!good && !errno) errno = EIO;
  return good ? PETSC_TRUE : FileFail(error, path, "cannot be written");
}

static PetscErrorCode WriteShares(MPI_Comm comm, const char *path, const CheckpointLabel *label, const Share *share,
                                  PetscBool *written, FileError *error)
{
  char           temporary[PETSC_MAX_PATH_LEN] = "";
  CheckpointHead head                          = {.label = *label, .data_size = share->total};
  IndexRecord   *index;
  PetscInt       n = 0;
  PetscMPIInt    rank;
  PetscBool      good = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(GatherIndex(comm, share, &n, &index));
  head.entries = n;
  if (!rank) good = (PetscBool)(FileTemporary(path, temporary, error) && MakeFrame(temporary, n, index, &head, error));
  PetscCall(PetscFree(index));
  PetscCallMPI(MPI_Bcast(temporary, sizeof temporary, MPI_CHAR, 0, comm));
  PetscCall(CheckpointAgree(comm, &good, error));
  if (good) {
    errno = 0;
    good  = FillData(comm, temporary, share, error);
    PetscCall(CheckpointAgree(comm, &good, error));
  }
  if (!rank && good)
    good = (PetscBool)(CheckpointHeadWrite(temporary, &head, error) && FileReplace(temporary, path, error));
  PetscCall(CheckpointAgree(comm, &good, error));
  if (!rank && !good && temporary[0]) unlink(temporary);
  *written = good;
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointFileWrite(MPI_Comm comm, const char *path, const CheckpointLabel *label, Checkpoint checkpoint,
                                   PetscBool *written, FileError *error)
{
  const CheckpointQuiet quiet = CheckpointQuietBegin();
  Share                 share;

  PetscFunctionBeginUser;
  PetscCall(ShareCreate(comm, checkpoint, &share));
  PetscCall(WriteShares(comm, path, label, &share, written, error));
  PetscCall(ShareDestroy(&share));
  CheckpointQuietEnd(quiet);
  PetscFunctionReturn(0);
}
