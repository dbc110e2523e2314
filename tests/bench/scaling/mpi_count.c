/* Interposition of MPI: what is called, how often, with how many bytes, and how long it took. */
#include "mpi_count.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static MpiCounts counts;

MpiCounts MpiCountsNow(void)
{
  return counts;
}

MpiCounts MpiCountsSince(const MpiCounts *before)
{
  return (MpiCounts){.collectives      = counts.collectives - before->collectives,
                     .collective_bytes = counts.collective_bytes - before->collective_bytes,
                     .gathered_bytes   = counts.gathered_bytes - before->gathered_bytes,
                     .messages         = counts.messages - before->messages,
                     .message_bytes    = counts.message_bytes - before->message_bytes,
                     .seconds          = counts.seconds - before->seconds,
                     .processor        = counts.processor - before->processor};
}

typedef struct {
  double wall, processor;
} Clock;

static Clock Begin(void)
{
  struct timespec t;

  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (Clock){PMPI_Wtime(), (double)t.tv_sec + 1e-9 * (double)t.tv_nsec};
}

static void Passed(Clock begin)
{
  const Clock end = Begin();

  counts.seconds += end.wall - begin.wall;
  counts.processor += end.processor - begin.processor;
}

static long long Bytes(long long count, MPI_Datatype type)
{
  int size = 0;

  if (type != MPI_DATATYPE_NULL) PMPI_Type_size(type, &size);
  return count * size;
}

static long long Sum(const int *count, MPI_Comm comm)
{
  long long total = 0;
  int       size;

  PMPI_Comm_size(comm, &size);
  for (int k = 0; k < size; k++) total += count[k];
  return total;
}

static void Collective(MPI_Comm comm, long long sent, long long received, Clock begin)
{
  int size;

  PMPI_Comm_size(comm, &size);
  if (size == 1) return;
  counts.collectives++;
  counts.collective_bytes += sent;
  counts.gathered_bytes += received;
  Passed(begin);
}

int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Allreduce(in, out, n, type, op, comm);

  Collective(comm, Bytes(n, type), Bytes(n, type), begin);
  return status;
}

int MPI_Reduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, int root, MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Reduce(in, out, n, type, op, root, comm);

  Collective(comm, Bytes(n, type), 0, begin);
  return status;
}

int MPI_Bcast(void *data, int n, MPI_Datatype type, int root, MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Bcast(data, n, type, root, comm);

  Collective(comm, 0, Bytes(n, type), begin);
  return status;
}

int MPI_Allgather(const void *in, int n, MPI_Datatype type, void *out, int m, MPI_Datatype out_type, MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Allgather(in, n, type, out, m, out_type, comm);
  int         size;

  PMPI_Comm_size(comm, &size);
  Collective(comm, Bytes(m, out_type), Bytes((long long)m * size, out_type), begin);
  return status;
}

int MPI_Allgatherv(const void *in, int n, MPI_Datatype type, void *out, const int *m, const int *place,
                   MPI_Datatype out_type, MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Allgatherv(in, n, type, out, m, place, out_type, comm);
  int         rank;

  PMPI_Comm_rank(comm, &rank);
  Collective(comm, Bytes(m[rank], out_type), Bytes(Sum(m, comm), out_type), begin);
  return status;
}

int MPI_Gather(const void *in, int n, MPI_Datatype type, void *out, int m, MPI_Datatype out_type, int root,
               MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Gather(in, n, type, out, m, out_type, root, comm);

  Collective(comm, Bytes(n, type), 0, begin);
  return status;
}

int MPI_Gatherv(const void *in, int n, MPI_Datatype type, void *out, const int *m, const int *place,
                MPI_Datatype out_type, int root, MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Gatherv(in, n, type, out, m, place, out_type, root, comm);

  Collective(comm, Bytes(n, type), 0, begin);
  return status;
}

int MPI_Barrier(MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Barrier(comm);

  Collective(comm, 0, 0, begin);
  return status;
}

static void Message(long long bytes)
{
  counts.messages++;
  counts.message_bytes += bytes;
}

int MPI_Send(const void *data, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm)
{
  const Clock begin  = Begin();
  const int   status = PMPI_Send(data, n, type, to, tag, comm);

  Message(Bytes(n, type));
  Passed(begin);
  return status;
}

int MPI_Isend(const void *data, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *request)
{
  Message(Bytes(n, type));
  return PMPI_Isend(data, n, type, to, tag, comm, request);
}

/* Persistent sends: their bytes count at each start. */
enum { MOST_PERSISTENT = 4096 };

static struct {
  MPI_Request request;
  long long   bytes;
} persistent[MOST_PERSISTENT];
static int n_persistent;

int MPI_Send_init(const void *data, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *request)
{
  const int status = PMPI_Send_init(data, n, type, to, tag, comm, request);

  if (n_persistent < MOST_PERSISTENT) {
    persistent[n_persistent].request = *request;
    persistent[n_persistent++].bytes = Bytes(n, type);
  }
  return status;
}

static void Started(MPI_Request request)
{
  for (int k = n_persistent; k-- > 0;) /* the latest first: handles are used again */
    if (persistent[k].request == request) {
      Message(persistent[k].bytes);
      return;
    }
}

int MPI_Start(MPI_Request *request)
{
  Started(*request);
  return PMPI_Start(request);
}

int MPI_Startall(int n, MPI_Request request[])
{
  for (int k = 0; k < n; k++) Started(request[k]);
  return PMPI_Startall(n, request);
}

int MPI_Recv(void *data, int n, MPI_Datatype type, int from, int tag, MPI_Comm comm, MPI_Status *status)
{
  const Clock begin = Begin();
  const int   code  = PMPI_Recv(data, n, type, from, tag, comm, status);

  Passed(begin);
  return code;
}

int MPI_Wait(MPI_Request *request, MPI_Status *status)
{
  const Clock begin = Begin();
  const int   code  = PMPI_Wait(request, status);

  Passed(begin);
  return code;
}

int MPI_Waitall(int n, MPI_Request request[], MPI_Status status[])
{
  const Clock begin = Begin();
  const int   code  = PMPI_Waitall(n, request, status);

  Passed(begin);
  return code;
}

int MPI_Finalize(void)
{
  const char *file = getenv("MPI_COUNT_FILE");
  char        path[4096];
  int         rank;
  FILE       *out = NULL;

  PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (file && snprintf(path, sizeof path, "%s.%d", file, rank) < (int)sizeof path) out = fopen(path, "w");
  if (out) {
    fprintf(out,
            "{\"collectives\": %lld, \"collective_bytes\": %lld, \"gathered_bytes\": %lld, \"messages\": %lld, "
            "\"message_bytes\": %lld, \"seconds\": %.6f}\n",
            counts.collectives, counts.collective_bytes, counts.gathered_bytes, counts.messages, counts.message_bytes,
            counts.seconds);
    (void)fclose(out);
  }
  return PMPI_Finalize();
}
