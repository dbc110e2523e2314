/* The text at the beginning of a checkpoint's file, and what it says of the bytes behind it. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/checkpoint_impl.h"
#include "jobs/digest.h"

enum { PIECE = 1 << 16, TEXT_SIZE = HEAD_SIZE - 65 };

static const char Format[] = "archipelago checkpoint 1\n"
                             "task %s\n"
                             "method %s\n"
                             "version %s\n"
                             "solve %d\n"
                             "iteration %d\n"
                             "sequence %lld\n"
                             "saved %lld\n"
                             "numbers real%d integer%d %s\n"
                             "size %lld\n"
                             "data %lld %lld\n"
                             "entries %lld\n"
                             "sha256 %s\n";

static const char *ByteOrder(void)
{
  const uint16_t one = 1;
  return *(const unsigned char *)&one ? "little" : "big";
}

static PetscBool Wrong(FileError *error, const char *path, const char *what)
{
  snprintf(error->text, sizeof error->text, "%.700s: %.200s", path, what);
  return PETSC_FALSE;
}

static PetscBool HashRange(int fd, int64_t from, int64_t to, EVP_MD_CTX *hash)
{
  static unsigned char bytes[PIECE];

  while (from < to) {
    const ssize_t n = pread(fd, bytes, (size_t)(to - from < PIECE ? to - from : PIECE), from);
    if (n <= 0 || !EVP_DigestUpdate(hash, bytes, (size_t)n)) return PETSC_FALSE;
    from += n;
  }
  return PETSC_TRUE;
}

/* Of all bytes behind the text that are no data. */
static PetscBool HashRest(int fd, const CheckpointHead *head, char hex[SHA_HEX])
{
  EVP_MD_CTX   *hash = EVP_MD_CTX_new();
  unsigned char sha[EVP_MAX_MD_SIZE];
  PetscBool     good = (PetscBool)(hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
                               HashRange(fd, HEAD_SIZE, head->data_place, hash) &&
                               HashRange(fd, head->data_place + head->data_size, head->size, hash) &&
                               EVP_DigestFinal_ex(hash, sha, NULL));

  EVP_MD_CTX_free(hash);
  if (good) DigestHex(sha, hex);
  return good;
}

/* The text with its own hash. */
static PetscBool Compose(const CheckpointHead *h, char text[HEAD_SIZE])
{
  const CheckpointLabel *l = &h->label;
  char                   hex[SHA_HEX];
  int                    n;

  memset(text, 0, HEAD_SIZE);
  n = snprintf(text, TEXT_SIZE, Format, l->task, l->method, l->version, (int)l->solve, (int)l->iteration,
               (long long)l->sequence, l->saved, (int)sizeof(PetscReal), (int)sizeof(PetscInt), ByteOrder(),
               (long long)h->size, (long long)h->data_place, (long long)h->data_size, (long long)h->entries, h->rest);
  if (n < 0 || n >= TEXT_SIZE || !DigestBytes(text, TEXT_SIZE, hex)) return PETSC_FALSE;
  memcpy(text + TEXT_SIZE, hex, SHA_HEX - 1);
  text[HEAD_SIZE - 1] = '\n';
  return PETSC_TRUE;
}

PetscBool CheckpointHeadWrite(const char *path, CheckpointHead *head, FileError *error)
{
  char        text[HEAD_SIZE];
  struct stat info;
  int         fd = open(path, O_RDWR | O_CLOEXEC);
  PetscBool   good;

  if (fd < 0) return FileFail(error, path, "cannot be written");
  good       = (PetscBool)(fstat(fd, &info) == 0);
  head->size = good ? info.st_size : 0;
  good       = (PetscBool)(good && HashRest(fd, head, head->rest) && Compose(head, text) &&
                     pwrite(fd, text, HEAD_SIZE, 0) == HEAD_SIZE);
  if (!good) FileFail(error, path, "cannot be written");
  close(fd);
  return good;
}

static PetscBool Parse(const char *text, CheckpointHead *h)
{
  CheckpointLabel *l = &h->label;
  char             again[HEAD_SIZE], order[8];
  long long        sequence, size, place, data, entries;
  int              solve, iteration, real, integer, n;

  memset(h, 0, sizeof *h);
  n = sscanf(
      text,
      "archipelago checkpoint 1 task %63s method %63s version %63s solve %d iteration %d sequence %lld saved %lld "
      "numbers real%d integer%d %7s size %lld data %lld %lld entries %lld sha256 %64s",
      l->task, l->method, l->version, &solve, &iteration, &sequence, &l->saved, &real, &integer, order, &size, &place,
      &data, &entries, h->rest);
  if (n != 15) return PETSC_FALSE;
  l->solve      = solve;
  l->iteration  = iteration;
  l->sequence   = sequence;
  h->size       = size;
  h->data_place = place;
  h->data_size  = data;
  h->entries    = entries;
  return (PetscBool)(Compose(h, again) && !memcmp(text, again, HEAD_SIZE));
}

PetscBool CheckpointHeadRead(const char *path, CheckpointHead *head, FileError *error)
{
  char        text[HEAD_SIZE + 1] = "", hex[SHA_HEX];
  struct stat info;
  int         fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe of that name would be waited for */
  ssize_t     n;

  if (fd < 0) return FileFail(error, path, "cannot be read");
  n = pread(fd, text, HEAD_SIZE, 0);
  if (n >= 0 && fstat(fd, &info)) n = -1;
  close(fd);
  if (n < 0) return FileFail(error, path, "cannot be read");
  if (n < HEAD_SIZE || strncmp(text, Format, strcspn(Format, "1")) != 0)
    return Wrong(error, path, "is no checkpoint, or was cut");
  if (!DigestBytes(text, TEXT_SIZE, hex) || memcmp(hex, text + TEXT_SIZE, SHA_HEX - 1) != 0)
    return Wrong(error, path, "its text differs from what was written");
  if (!Parse(text, head)) return Wrong(error, path, "is of another version of the program, or of another machine");
  if (info.st_size != head->size) return Wrong(error, path, "was cut, or grew");
  return PETSC_TRUE;
}

PetscBool CheckpointHeadVerify(const char *path, const CheckpointHead *head, FileError *error)
{
  char      hex[SHA_HEX];
  int       fd   = open(path, O_RDONLY | O_CLOEXEC);
  PetscBool good = PETSC_FALSE;

  if (fd < 0) return FileFail(error, path, "cannot be read");
  if (head->data_place >= HEAD_SIZE && head->data_size >= 0 && head->data_place + head->data_size <= head->size)
    good = (PetscBool)(HashRest(fd, head, hex) && !strcmp(hex, head->rest));
  close(fd);
  return good ? PETSC_TRUE : Wrong(error, path, "its index differs from what was written");
}

PetscBool CheckpointFileLabel(const char *path, CheckpointLabel *label, FileError *error)
{
  CheckpointHead head;

  if (!CheckpointHeadRead(path, &head, error)) return PETSC_FALSE;
  *label = head.label;
  return PETSC_TRUE;
}

PetscErrorCode CheckpointAgree(MPI_Comm comm, PetscBool *good, FileError *error)
{
  PetscMPIInt rank, size, failed, first;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  failed = *good ? size : rank;
  PetscCallMPI(MPI_Allreduce(&failed, &first, 1, MPI_INT, MPI_MIN, comm));
  *good = (PetscBool)(first == size);
  if (first < size) PetscCallMPI(MPI_Bcast(error->text, sizeof error->text, MPI_CHAR, first, comm));
  PetscFunctionReturn(0);
}
