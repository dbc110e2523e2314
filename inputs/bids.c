/* The table of bids and offers. */
#include "inputs/bids.h"

#include "inputs/csv.h"
#include "inputs/timestamp.h"
#include "inputs/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In millionths, and in watt-hours, what a double still tells from its neighbours. */
#define PRICE_MOST 9e9
#define KWH_MOST 9e12
#define KWH_LEAST 0.001
#define ORDER_MOST 200 /* bytes */

enum { PARTICIPANT, SIDE, ASSET, BUS, HOUR, TIME, KWH, PRICE, PARTNER, PREMIUM, ORDER, COLUMNS };

static const char *const column_name[COLUMNS] = {"participant", "side",  "asset",   "bus",     "hour", "time",
                                                 "kwh",         "price", "partner", "premium", "order"};

typedef struct {
  Csv          csv;
  PetscInt     column[COLUMNS];
  Network      net;
  Participants who;
  Faults       faults;
  NameIndex    participant, generator, load, storage;
  PetscInt     row; /* being read */
} Reader;

static const char *Cell(const Reader *r, int column)
{
  return CsvText(r->csv, r->row, r->column[column]);
}

#define FAULT(r, ...) \
  PetscCall(FaultsAdd((r)->faults, FAULT_ERROR, CsvPath((r)->csv), CsvLine((r)->csv, (r)->row), __VA_ARGS__))

PetscErrorCode BidTableDestroy(BidTable *table)
{
  PetscFunctionBeginUser;
  if (!table || !*table) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*table)->n; k++) {
    PetscCall(PetscFree((*table)->row[k].partner_class));
    PetscCall(PetscFree((*table)->row[k].order));
  }
  PetscCall(PetscFree((*table)->row));
  PetscCall(PetscFree((*table)->path));
  PetscCall(PetscFree(*table));
  PetscFunctionReturn(0);
}

/* ---- who, where, when ---- */

static PetscErrorCode FindParticipant(Reader *r, int column, const char *name, PetscInt *participant)
{
  const char *near;

  PetscFunctionBeginUser;
  *participant = NameIndexFind(r->participant, name);
  if (*participant >= 0) PetscFunctionReturn(0);
  near = NearestName(name, r->who->n, r->who->name);
  FAULT(r, "found the %s '%.60s', expected one of the study's %" PetscInt_FMT " participants%s%.60s%s",
        column_name[column], name, r->who->n, near ? " such as '" : "", near ? near : "", near ? "'" : "");
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSide(Reader *r, BidRow *bid)
{
  const char *side = Cell(r, SIDE);

  PetscFunctionBeginUser;
  bid->buys = strcmp(side, "buy") ? PETSC_FALSE : PETSC_TRUE;
  if (!bid->buys && strcmp(side, "sell") != 0) FAULT(r, "found the side '%.60s', expected sell or buy", side);
  PetscFunctionReturn(0);
}

/* A generator or storage unit sells, a load or storage unit buys. */
static void FindUnit(const Reader *r, BidRow *bid, const char *name)
{
  bid->component = bid->buys ? BID_UNIT_LOAD : BID_UNIT_GENERATOR;
  bid->unit      = NameIndexFind(bid->buys ? r->load : r->generator, name);
  if (bid->unit >= 0) return;
  bid->component = BID_UNIT_STORAGE;
  bid->unit      = NameIndexFind(r->storage, name);
}

static PetscInt OwnerOf(const Reader *r, const BidRow *bid)
{
  if (bid->component == BID_UNIT_GENERATOR) return r->who->of_generator[bid->unit];
  return (bid->component == BID_UNIT_LOAD ? r->who->of_load : r->who->of_storage)[bid->unit];
}

static PetscInt BusOf(const Reader *r, const BidRow *bid)
{
  if (bid->component == BID_UNIT_GENERATOR) return r->net->generator.bus[bid->unit];
  return bid->component == BID_UNIT_LOAD ? r->net->load.bus[bid->unit] : r->net->storage.bus[bid->unit];
}

static PetscErrorCode ReadUnit(Reader *r, BidRow *bid)
{
  const char *name = Cell(r, ASSET), *near;

  PetscFunctionBeginUser;
  FindUnit(r, bid, name);
  if (bid->unit < 0) {
    near = bid->buys ? NearestName(name, r->net->load.n, r->net->load.name)
                     : NearestName(name, r->net->generator.n, r->net->generator.name);
    FAULT(r, "found the asset '%.60s' to %s, expected a %s or storage unit of the network%s%.60s%s", name,
          bid->buys ? "buy" : "sell", bid->buys ? "load" : "generator", near ? " such as '" : "", near ? near : "",
          near ? "'" : "");
    bid->component = BID_UNIT_NONE;
    PetscFunctionReturn(0);
  }
  bid->bus = BusOf(r, bid);
  if (bid->participant >= 0 && OwnerOf(r, bid) != bid->participant)
    FAULT(r, "found the asset '%.60s' of '%.60s' in a bid of '%.60s', expected one of its own", name,
          r->who->name[OwnerOf(r, bid)], r->who->name[bid->participant]);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPlace(Reader *r, BidRow *bid)
{
  const char *asset = Cell(r, ASSET), *bus = Cell(r, BUS);

  PetscFunctionBeginUser;
  bid->unit = bid->bus = -1;
  if (!asset[0] == !bus[0]) {
    FAULT(r, "found %s, expected an asset or a bus", asset[0] ? "both an asset and a bus" : "neither asset nor bus");
    PetscFunctionReturn(0);
  }
  if (asset[0]) {
    PetscCall(ReadUnit(r, bid));
  } else {
    bid->bus = NetworkFindBusNamed(r->net, bus);
    if (bid->bus < 0) FAULT(r, "found the bus '%.60s', expected a name or number of one of the network's", bus);
  }
  if (bid->bus >= 0 && !NetworkBusIsElectric(r->net, bid->bus))
    FAULT(r, "found a bid at the bus '%.60s' of '%.40s', expected an electric bus", r->net->bus.name[bid->bus],
          r->net->bus.carrier[bid->bus]);
  PetscFunctionReturn(0);
}

static PetscInt Hours(const Reader *r)
{
  return PetscMax(r->net->series.n_snapshots, 1);
}

static PetscErrorCode OutsideStudy(Reader *r, int column)
{
  PetscFunctionBeginUser;
  FAULT(r, "found the %s '%.60s', expected one of the study's %" PetscInt_FMT " hours from 0 on", column_name[column],
        Cell(r, column), Hours(r));
  PetscFunctionReturn(0);
}

/* "12", "8-17" or "*". */
static PetscErrorCode ReadHours(Reader *r, BidRow *bid)
{
  const char *text = Cell(r, HOUR), *dash = strchr(text, '-');
  char        first[32];
  PetscBool   good;

  PetscFunctionBeginUser;
  bid->first_hour = 0;
  bid->last_hour  = Hours(r) - 1;
  if (!strcmp(text, "*")) PetscFunctionReturn(0);
  if (dash && dash > text && (size_t)(dash - text) < sizeof first) {
    snprintf(first, sizeof first, "%.*s", (int)(dash - text), text);
    good = TextToInt(first, &bid->first_hour) && TextToInt(dash + 1, &bid->last_hour) ? PETSC_TRUE : PETSC_FALSE;
  } else {
    good           = TextToInt(text, &bid->first_hour);
    bid->last_hour = bid->first_hour;
  }
  if (!good)
    FAULT(r, "found the hour '%.60s', expected a number, hours such as 8-17, or *", text);
  else if (bid->first_hour > bid->last_hour)
    FAULT(r, "found the hours '%.60s', expected the first before the last", text);
  else if (bid->first_hour < 0 || bid->last_hour >= Hours(r))
    PetscCall(OutsideStudy(r, HOUR));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTime(Reader *r, BidRow *bid)
{
  const SeriesTable *series = &r->net->series;
  const char        *text   = Cell(r, TIME);
  long long          seconds;
  double             hour;

  PetscFunctionBeginUser;
  if (!TimestampParse(text, &seconds)) {
    FAULT(r, "found the time '%.60s', expected a time such as 2030-06-21T08:00:00Z", text);
    PetscFunctionReturn(0);
  }
  hour = series->n_snapshots ? (double)(seconds - series->start) / (series->step_hours * 3600) : -1;
  if (hour < 0 || hour >= (double)Hours(r))
    PetscCall(OutsideStudy(r, TIME));
  else if (fabs(hour - round(hour)) > 1e-9)
    FAULT(r, "found the time '%.60s', expected the start of an hour of the study", text);
  else
    bid->first_hour = bid->last_hour = (PetscInt)round(hour);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadWhen(Reader *r, BidRow *bid)
{
  const char *hour = Cell(r, HOUR), *time = Cell(r, TIME);

  PetscFunctionBeginUser;
  if (!hour[0] == !time[0])
    FAULT(r, "found %s, expected an hour or a time", hour[0] ? "both an hour and a time" : "neither hour nor time");
  else
    PetscCall(hour[0] ? ReadHours(r, bid) : ReadTime(r, bid));
  PetscFunctionReturn(0);
}

/* ---- how much, at what price, from whom ---- */

static PetscErrorCode ReadNumbers(Reader *r, BidRow *bid)
{
  PetscFunctionBeginUser;
  PetscCall(CsvReal(r->csv, r->faults, r->row, r->column[KWH], 0, 1, &bid->kwh));
  PetscCall(CsvReal(r->csv, r->faults, r->row, r->column[PRICE], 0, 0, &bid->price));
  PetscCall(CsvReal(r->csv, r->faults, r->row, r->column[PREMIUM], CSV_EMPTY_ALLOWED, 0, &bid->premium));
  if (!(bid->kwh >= KWH_LEAST && bid->kwh <= KWH_MOST))
    FAULT(r, "found %.60s kWh, expected at least %g and at most %g", Cell(r, KWH), KWH_LEAST, KWH_MOST);
  if (!(fabs(bid->price) <= PRICE_MOST))
    FAULT(r, "found the price %.60s, which overflows; expected at most %g per MWh in size", Cell(r, PRICE), PRICE_MOST);
  if (bid->premium < 0 || bid->premium > PRICE_MOST)
    FAULT(r, "found the premium %.60s, expected above 0 and at most %g per MWh", Cell(r, PREMIUM), PRICE_MOST);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadClass(Reader *r, const char *name, BidRow *bid)
{
  PetscFunctionBeginUser;
  bid->partner = BID_PARTNER_CLASS;
  PetscCall(PetscFree(bid->partner_class));
  PetscCall(PetscStrallocpy(name, &bid->partner_class));
  for (PetscInt k = 0; k < r->who->n; k++)
    if (name[0] && !strcmp(r->who->class_name[k], name)) PetscFunctionReturn(0);
  FAULT(r, "found the class '%.60s', expected that of some participant", name);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPartner(Reader *r, BidRow *bid)
{
  const char *text = Cell(r, PARTNER);

  PetscFunctionBeginUser;
  if (!text[0]) {
    if (bid->premium != 0) FAULT(r, "found a premium without a partner, expected both or neither");
    PetscFunctionReturn(0);
  }
  if (!bid->buys) FAULT(r, "found the partner '%.60s' of a seller; only buyers prefer", text);
  if (bid->premium == 0) FAULT(r, "found the partner '%.60s' without a premium, expected both or neither", text);
  if (!strcmp(text, "source:renewable")) {
    bid->partner = BID_PARTNER_RENEWABLE;
  } else if (!strncmp(text, "class:", 6)) {
    PetscCall(ReadClass(r, text + 6, bid));
  } else {
    bid->partner = BID_PARTNER_PARTICIPANT;
    PetscCall(FindParticipant(r, PARTNER, text, &bid->partner_participant));
    if (bid->partner_participant >= 0 && bid->partner_participant == bid->participant)
      FAULT(r, "found '%.60s' as its own partner, expected another participant", text);
  }
  PetscFunctionReturn(0);
}

static PetscBool HasControl(const char *text)
{
  for (const unsigned char *s = (const unsigned char *)text; *s; s++)
    if (*s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0)) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode ReadOrder(Reader *r, BidRow *bid)
{
  const char *text = Cell(r, ORDER);

  PetscFunctionBeginUser;
  if (text[0] == '~') FAULT(r, "found the order '%.60s', expected one that does not begin with ~", text);
  if (strlen(text) > ORDER_MOST) FAULT(r, "found an order of %zu bytes, expected at most %d", strlen(text), ORDER_MOST);
  if (HasControl(text)) FAULT(r, "found control characters in an order, expected none");
  PetscCall(PetscStrallocpy(text, &bid->order));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRow(Reader *r, BidRow *bid)
{
  PetscFunctionBeginUser;
  *bid = (BidRow){.line = CsvLine(r->csv, r->row), .unit = -1, .bus = -1, .partner_participant = -1};
  PetscCall(PetscStrallocpy("", &bid->partner_class));
  PetscCall(FindParticipant(r, PARTICIPANT, Cell(r, PARTICIPANT), &bid->participant));
  PetscCall(ReadSide(r, bid));
  PetscCall(ReadPlace(r, bid));
  PetscCall(ReadWhen(r, bid));
  PetscCall(ReadNumbers(r, bid));
  PetscCall(ReadPartner(r, bid));
  PetscCall(ReadOrder(r, bid));
  PetscFunctionReturn(0);
}

/* ---- orders ---- */

#define ORDER_BY(x, y) \
  if ((x) != (y)) return (x) < (y) ? -1 : 1

/* Rows without an order by what they say. */
static int CompareContents(const void *a, const void *b)
{
  const BidRow *x = *(BidRow *const *)a, *y = *(BidRow *const *)b;
  ORDER_BY(x->participant, y->participant);
  ORDER_BY(x->first_hour, y->first_hour);
  ORDER_BY(x->last_hour, y->last_hour);
  ORDER_BY(x->buys, y->buys);
  ORDER_BY(x->component, y->component);
  ORDER_BY(x->unit, y->unit);
  ORDER_BY(x->bus, y->bus);
  ORDER_BY(x->price, y->price);
  ORDER_BY(x->kwh, y->kwh);
  ORDER_BY(x->partner, y->partner);
  ORDER_BY(x->partner_participant, y->partner_participant);
  ORDER_BY(x->premium, y->premium);
  return strcmp(x->partner_class, y->partner_class);
}

/* Orders of a participant by name, then hours. */
static int CompareOrders(const void *a, const void *b)
{
  const BidRow *x = *(BidRow *const *)a, *y = *(BidRow *const *)b;
  int           order;
  ORDER_BY(x->participant, y->participant);
  order = strcmp(x->order, y->order);
  if (order) return order;
  ORDER_BY(x->first_hour, y->first_hour);
  ORDER_BY(x->line, y->line);
  return 0;
}

static PetscErrorCode NumberOrders(BidTable table, BidRow **row)
{
  PetscInt n = 0, number = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < table->n; k++)
    if (!table->row[k].order[0]) row[n++] = &table->row[k];
  qsort(row, (size_t)n, sizeof *row, CompareContents);
  for (PetscInt k = 0; k < n; k++) {
    char text[32];
    number = k > 0 && row[k]->participant == row[k - 1]->participant ? number + 1 : 1;
    snprintf(text, sizeof text, "~%" PetscInt_FMT, number);
    PetscCall(PetscFree(row[k]->order));
    PetscCall(PetscStrallocpy(text, &row[k]->order));
  }
  PetscFunctionReturn(0);
}

/* No hour may see an order of a participant twice. */
static PetscErrorCode CheckOrders(BidTable table, BidRow **row, Participants who, Faults faults)
{
  const BidRow *last = NULL; /* of the orders alike, that which reaches furthest */

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < table->n; k++) row[k] = &table->row[k];
  qsort(row, (size_t)table->n, sizeof *row, CompareOrders);
  for (PetscInt k = 0; k < table->n; k++) {
    PetscBool same = last && last->participant == row[k]->participant && !strcmp(last->order, row[k]->order);
    if (same && row[k]->first_hour <= last->last_hour)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, table->path, row[k]->line,
                          "found the order '%.60s' of '%.60s' again for hour %" PetscInt_FMT
                          ", expected it once in an hour (line %" PetscInt_FMT ")",
                          row[k]->order, who->name[row[k]->participant], row[k]->first_hour, last->line));
    if (!same || row[k]->last_hour > last->last_hour) last = row[k];
  }
  PetscFunctionReturn(0);
}

/* ---- the table ---- */

static PetscErrorCode FindColumns(Reader *r)
{
  static const int required[] = {PARTICIPANT, SIDE, KWH, PRICE};
  const char      *missing[4];
  PetscInt         found[4], n = 0;

  PetscFunctionBeginUser;
  for (int k = 0; k < COLUMNS; k++) r->column[k] = CsvColumn(r->csv, column_name[k]);
  for (size_t k = 0; k < sizeof required / sizeof *required; k++)
    if (r->column[required[k]] < 0) missing[n++] = column_name[required[k]];
  PetscCall(CsvRequire(r->csv, r->faults, n, missing, found));
  for (PetscInt c = 0; c < CsvColumns(r->csv); c++) {
    PetscBool known = PETSC_FALSE;
    for (int k = 0; k < COLUMNS; k++) known = known || r->column[k] == c ? PETSC_TRUE : PETSC_FALSE;
    if (!known)
      PetscCall(
          FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), 1,
                    "found the column '%.60s', expected participant, side, asset or bus, hour or time, kwh, price and "
                    "perhaps partner, premium, order",
                    CsvColumnName(r->csv, c)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRows(Reader *r, BidTable table)
{
  PetscInt before = FaultsErrorCount(r->faults);
  BidRow **row;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(CsvRows(r->csv) + 1, &table->row));
  for (r->row = 0; r->row < CsvRows(r->csv); r->row++) PetscCall(ReadRow(r, &table->row[table->n++]));
  if (FaultsErrorCount(r->faults) > before) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(table->n + 1, &row));
  PetscCall(NumberOrders(table, row));
  PetscCall(CheckOrders(table, row, r->who, r->faults));
  PetscCall(PetscFree(row));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTable(Reader *r, BidTable table)
{
  PetscInt before = FaultsErrorCount(r->faults);

  PetscFunctionBeginUser;
  PetscCall(FindColumns(r));
  if (FaultsErrorCount(r->faults) > before) PetscFunctionReturn(0);
  PetscCall(NameIndexCreate(r->who->n, r->who->name, &r->participant));
  PetscCall(NameIndexCreate(r->net->generator.n, r->net->generator.name, &r->generator));
  PetscCall(NameIndexCreate(r->net->load.n, r->net->load.name, &r->load));
  PetscCall(NameIndexCreate(r->net->storage.n, r->net->storage.name, &r->storage));
  PetscCall(ReadRows(r, table));
  PetscCall(NameIndexDestroy(&r->participant));
  PetscCall(NameIndexDestroy(&r->generator));
  PetscCall(NameIndexDestroy(&r->load));
  PetscCall(NameIndexDestroy(&r->storage));
  PetscFunctionReturn(0);
}

PetscErrorCode BidTableRead(MPI_Comm comm, const char *path, Network net, Participants participants, Faults faults,
                            BidTable *table)
{
  Reader   r      = {.net = net, .who = participants, .faults = faults};
  PetscInt before = FaultsErrorCount(faults);

  PetscFunctionBeginUser;
  *table = NULL;
  PetscCall(CsvRead(comm, path, faults, &r.csv));
  if (!r.csv) PetscFunctionReturn(0);
  PetscCall(PetscNew(table));
  PetscCall(PetscStrallocpy(path, &(*table)->path));
  PetscCall(ReadTable(&r, *table));
  PetscCall(CsvDestroy(&r.csv));
  if (FaultsErrorCount(faults) > before) PetscCall(BidTableDestroy(table));
  PetscFunctionReturn(0);
}
