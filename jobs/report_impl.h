/* Inside the report: a run that is being read, and the parts of the page's data. Each part is put into the run's JSON object;
   a part for which a run has nothing is left out. */
#ifndef ARCHIPELAGO_JOBS_REPORT_IMPL_H
#define ARCHIPELAGO_JOBS_REPORT_IMPL_H

#include "inputs/components.h"
#include "jobs/dataset.h"
#include "jobs/job.h"
#include "jobs/report.h"

struct _p_Report {
  char    *title;
  PetscInt budget; /* numbers of series that one run may bring */
  json_t  *runs;
};

/* A run directory on its way into the page. */
typedef struct {
  const char *directory;
  char        name[256];     /* of the directory */
  json_t     *plan;          /* plan.json, or NULL */
  json_t     *summary;       /* summary.json, or NULL */
  json_t     *identity;      /* study.json, or NULL */
  const char *region_column; /* of a plan's buses; NULL: the usual choice */
  Components  components;
  Dataset     results; /* of a run; NULL of a plan */
  PetscInt    budget;
  json_t     *out;
} ReportRun;

/* What a series stands for. */
typedef enum {
  SERIES_POWER,  /* MW by technology: fed into the buses of a carrier, negative where taken */
  SERIES_LOAD,   /* MW of demand served */
  SERIES_ENERGY, /* MWh in storage at the end of an interval, by technology */
  SERIES_PRICE,  /* currency/MWh, mean over buses weighted by demand */
  SERIES_WEIGHT, /* MW that prices are weighted with; not shown */
  SERIES_KINDS
} SeriesKind;

typedef struct {
  SeriesKind kind;
  PetscInt   carrier, region, technology; /* positions in the operation's lists; region -1: all */
  double    *value;                       /* [n] */
} Series;

/* Growing list of distinct texts. */
typedef struct {
  PetscInt n;
  char   **text;
} TextList;

PetscErrorCode TextListFind(TextList *list, const char *text, PetscInt *position); /* added when it is new */
PetscErrorCode TextListDestroy(TextList *list);
json_t        *TextListJson(const TextList *list);

/* How a system runs, hour by hour: series by carrier, region and technology over snapshots that are grouped in periods. */
typedef struct _p_Operation {
  PetscInt   n, n_periods;
  PetscInt  *first; /* [n_periods + 1] */
  char     **period;
  PetscBool  dated;
  long long *time;  /* [n] POSIX seconds when dated */
  double    *hours; /* [n] that each snapshot stands for */
  double     step;  /* length of an interval in hours */
  TextList   carriers, regions, technologies;
  PetscInt   n_series;
  Series    *series;
} * Operation;

PetscErrorCode OperationCreate(PetscInt n, PetscInt n_periods, Operation *operation);
PetscErrorCode OperationDestroy(Operation *operation);
/* The values of a series, zeros when it is new; add to them. Region NULL: all. */
PetscErrorCode OperationSeries(Operation op, SeriesKind kind, const char *carrier, const char *region,
                               const char *technology, double **value);
/* One bus's price, weighted with what its loads take. */
PetscErrorCode OperationAddPrice(Operation op, const char *carrier, const char *region, const double *price,
                                 const double *demand);
/* Sums over regions, divides prices by their weights. Once, when all is added. */
PetscErrorCode OperationFinish(Operation op);

/* A series in small: 16-bit steps in base64 with the size of a step, means of `thin` snapshots each. */
json_t *SeriesEncode(const double *value, PetscInt n, PetscInt thin);
/* Snapshots to average so that `count` series of them stay below `budget` numbers. */
PetscInt OperationThinning(Operation op, PetscInt count, PetscInt budget);

/* Buses and ties as a drawing: places (distinct coordinates within a region) and what flows between them. */
typedef struct {
  double   x, y;
  PetscInt region, buses; /* its region's position; buses that lie there */
  uint64_t carriers;      /* bits of the operation's first 64 carriers that its buses have */
  char    *name;
} Place;

typedef struct {
  PetscInt from, to;
  char    *name, *carrier;
  PetscInt parallel; /* how many lines and links it stands for */
  double  *limit;    /* [n_periods] MW or MVA */
  double  *flow;     /* [n] MW, positive from `from` to `to` */
} Edge;

typedef struct _p_Chart {
  Operation op;
  PetscInt  n_places, n_edges, n_buses;
  Place    *place;
  PetscInt *place_of; /* [n_buses] */
  Edge     *edge;
  PetscBool whole_regions; /* there are too many places: each region is one */
} * Chart;

PetscErrorCode ChartCreate(Operation op, PetscInt n_buses, Chart *chart);
PetscErrorCode ChartDestroy(Chart *chart);
/* Buses in their order; then ChartSettle; then edges. */
PetscErrorCode ChartAddBus(Chart chart, PetscInt bus, const char *name, const char *region, const char *carrier,
                           double x, double y);
PetscErrorCode ChartSettle(Chart chart);
/* The edge between two buses, made when it is new; NULL where both lie at one place. *sign turns its direction. */
PetscErrorCode ChartEdge(Chart chart, PetscInt from, PetscInt to, const char *carrier, const char *name, Edge **edge,
                         double *sign);
/* Operation and chart into the run's object: `operation` and `map`. */
PetscErrorCode ReportPutOperation(ReportRun *run, Operation op, Chart chart);

/* How a run or plan operates. */
PetscErrorCode ReportReadDispatch(ReportRun *run);
PetscErrorCode ReportReadPlan(ReportRun *run, FileError *error);

/* Totals: statistics.csv of a plan; and, of a run too, what its hours add up to: variables "Fed in: CARRIER" and
   "Taken: CARRIER" by technology. */
PetscErrorCode ReportPutStatistics(ReportRun *run, Operation op);
json_t        *ReportTable(void); /* an empty table of statistics */
void           ReportTableAdd(json_t *table, const char *const key[5], double value);

void           ReportPutConvergence(ReportRun *run);
PetscErrorCode ReportPutStability(ReportRun *run);
PetscErrorCode ReportPutSettlement(ReportRun *run);
void           ReportPutPrices(ReportRun *run);
void           ReportPutLedger(ReportRun *run);

/* Texts of a data set, or NULL; reals, or NULL. */
char *const  *ReportTexts(Dataset ds, const char *name);
const double *ReportReals(Dataset ds, const char *name);
size_t        ReportLength(Dataset ds, const char *dimension);

/* Directories below DIR/check that hold a file of that name, sorted: names in *list. */
PetscErrorCode ReportChecks(const char *directory, const char *file, TextList *list);

/* The page's fixed parts. */
typedef struct {
  const char *bytes;
  size_t      size;
} PagePart;

PagePart ReportPagePart(const char *name); /* "page", "style", "script", "library", "licence" */

#endif
