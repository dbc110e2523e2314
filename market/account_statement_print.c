/* A participant's statement: table, CSV and JSON. */
#include "market/account_statement.h"
#include "market/describe.h"
#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 160, COLUMNS = 10 };

/* Start of a line's interval; it fits, as a valid entry's does. */
static int64_t StartOf(const SettlementEntry *e)
{
  return e->window_start + (int64_t)e->interval * e->interval_seconds;
}

static const char *UnitOf(SettlementKind kind)
{
  return kind == SETTLEMENT_CARBON ? "g" : "Wh";
}

/* The words of AccountCausePrint. */
static void CauseText(const AccountLine *line, char text[CELL])
{
  FILE *stream = fmemopen(text, CELL, "w");

  text[0] = 0;
  if (!stream) return;
  AccountCausePrint(stream, line);
  fclose(stream);
  text[CELL - 1] = 0;
}

/* ---- Table -------------------------------------------------------------------------------------------------------- */

typedef struct {
  char cell[COLUMNS][CELL];
} TableRow;

static const struct {
  const char *head;
  bool        right;
} columns[COLUMNS] = {{"time (UTC)", false}, {"for s", true}, {"kind", false}, {"asset", false}, {"region", false},
                      {"quantity", true},    {"unit", false}, {"price", true}, {"amount", true}, {"because of", false}};

/* Characters of a text: bytes that do not go on with one. */
static int Width(const char *text)
{
  int n = 0;

  for (; *text; text++) n += ((unsigned char)*text & 0xC0) != 0x80;
  return n;
}

static void CopyText(char cell[CELL], EntryText text)
{
  size_t n = text.length < CELL - 1 ? text.length : CELL - 1;

  memcpy(cell, text.bytes, n);
  cell[n] = 0;
}

static void FillRow(const AccountLine *line, TableRow *row)
{
  const SettlementEntry *e = &line->entry;
  char                   money[MONEY_TEXT_SIZE], time[DESCRIBE_TIME_SIZE];

  snprintf(row->cell[0], CELL, "%s", DescribeTime(StartOf(e), time));
  snprintf(row->cell[1], CELL, "%" PRIu32, e->interval_seconds);
  snprintf(row->cell[2], CELL, "%s", SettlementKindName(e->kind));
  CopyText(row->cell[3], e->asset);
  CopyText(row->cell[4], e->region_name);
  snprintf(row->cell[5], CELL, "%" PRId64, e->quantity_wh);
  snprintf(row->cell[6], CELL, "%s", UnitOf(e->kind));
  snprintf(row->cell[7], CELL, "%s", e->has_price ? MoneyFormat(e->price, money) : "");
  snprintf(row->cell[8], CELL, "%s", MoneyFormat(e->amount, money));
  CauseText(line, row->cell[9]);
}

static void PrintCell(FILE *stream, const char *text, int width, bool right)
{
  int pad = width - Width(text);

  fprintf(stream, "%*s%s%*s  ", right && pad > 0 ? pad : 0, "", text, !right && pad > 0 ? pad : 0, "");
}

/* Widths of the columns over a run's lines [from, to). */
static void Measure(AccountStatement s, size_t from, size_t to, int width[COLUMNS])
{
  for (int c = 0; c < COLUMNS; c++) width[c] = Width(columns[c].head);
  for (size_t k = from; k < to; k++) {
    AccountLine line = AccountStatementLine(s, k);
    TableRow    row;
    FillRow(&line, &row);
    for (int c = 0; c < COLUMNS; c++)
      if (Width(row.cell[c]) > width[c]) width[c] = Width(row.cell[c]);
  }
}

static void PrintLines(FILE *stream, AccountStatement s, size_t from, size_t to)
{
  int width[COLUMNS];

  Measure(s, from, to, width);
  for (int c = 0; c < COLUMNS; c++) PrintCell(stream, columns[c].head, width[c], columns[c].right);
  fputs("entry\n", stream);
  for (size_t k = from; k < to; k++) {
    AccountLine line = AccountStatementLine(s, k);
    TableRow    row;
    FillRow(&line, &row);
    for (int c = 0; c < COLUMNS; c++) PrintCell(stream, row.cell[c], width[c], columns[c].right);
    fprintf(stream, "%" PRIu64 "\n", line.index);
  }
}

static void PrintSum(FILE *stream, const char *name, const StatementLine *sum, const char *unit)
{
  char received[MONEY_TEXT_SIZE], paid[MONEY_TEXT_SIZE], net[MONEY_TEXT_SIZE];

  fprintf(stream, "%-28s %8" PRId64 " %18" PRId64 " %18" PRId64 " %-4s %20s %20s %20s\n", name, sum->lines,
          sum->injected_wh, sum->withdrawn_wh, unit, MoneyFormat(sum->received, received), MoneyFormat(sum->paid, paid),
          MoneyFormat(sum->received - sum->paid, net));
}

static void PrintSums(FILE *stream, const AccountRun *run)
{
  const StatementRow *row = &run->sums->row[0];

  fprintf(stream, "\n%-28s %8s %18s %18s %-4s %20s %20s %20s\n", "total by kind", "lines", "given", "taken", "unit",
          "received", "paid", "net");
  for (int k = 0; k < SETTLEMENT_KINDS; k++)
    if (row->kind[k].lines)
      PrintSum(stream, SettlementKindName(SettlementKindAt(k)), &row->kind[k], UnitOf(SettlementKindAt(k)));
  PrintSum(stream, "total", &row->total, "Wh");
}

/* The sentences and contracts that a run's lines go back to. */
static void PrintCauses(FILE *stream, const AccountRun *run)
{
  char hex[65];

  fputs("\nwhat the kinds of lines are\n", stream);
  for (int k = 0; k < SETTLEMENT_KINDS; k++)
    if (run->sums->row[0].kind[k].lines)
      fprintf(stream, "  %-26s %s\n", SettlementKindName(SettlementKindAt(k)), SettlementKindRule(SettlementKindAt(k)));
  if (run->n_contracts) fputs("contracts carried out (their records are in the log)\n", stream);
  for (size_t c = 0; c < run->n_contracts; c++) {
    LedgerHashHex(&run->contract[c].hash, hex);
    fprintf(stream, "  %-26s entry %" PRIu64 ", %s\n", run->contract[c].name, run->contract[c].index, hex);
  }
}

void AccountStatementPrint(FILE *stream, AccountStatement statement)
{
  size_t from = 0, n = AccountStatementCount(statement);

  fprintf(stream, "Statement of %s\n", AccountStatementName(statement));
  for (size_t r = 0; r < AccountStatementRuns(statement); r++) {
    const AccountRun *run = AccountStatementRun(statement, r);
    size_t            to  = from;
    while (to < n && AccountStatementLine(statement, to).run == r) to++;
    fprintf(stream, "\nrun %" PRIu64 " of the log: study %s, policy %s; prices in %s/MWh%s, amounts in %s\n\n",
            run->number, run->study, run->policy, run->currency,
            run->sums->row[0].kind[SettlementKindIndex(SETTLEMENT_CARBON)].lines ? " (of carbon: per tonne)" : "",
            run->currency);
    PrintLines(stream, statement, from, to);
    PrintSums(stream, run);
    PrintCauses(stream, run);
    from = to;
  }
}

/* ---- CSV ---------------------------------------------------------------------------------------------------------- */

/* A CSV field, in quotes where it needs them. */
static void PrintField(FILE *stream, const char *text, size_t length)
{
  if (!memchr(text, ',', length) && !memchr(text, '"', length)) {
    fwrite(text, 1, length, stream);
    return;
  }
  fputc('"', stream);
  for (size_t k = 0; k < length; k++) {
    if (text[k] == '"') fputc('"', stream);
    fputc(text[k], stream);
  }
  fputc('"', stream);
}

void AccountStatementPrintCsv(FILE *stream, AccountStatement statement)
{
  char money[MONEY_TEXT_SIZE], time[DESCRIBE_TIME_SIZE], cause[CELL], hex[65];

  fputs("entry,run,study,policy,start,seconds,region,kind,asset,bus,quantity,unit,price,amount,currency,because_of,"
        "reference\n",
        stream);
  for (size_t k = 0; k < AccountStatementCount(statement); k++) {
    AccountLine            line = AccountStatementLine(statement, k);
    const SettlementEntry *e    = &line.entry;
    CauseText(&line, cause);
    LedgerHashHex((const LedgerHash *)e->reference, hex);
    fprintf(stream, "%" PRIu64 ",%" PRIu64 ",", line.index, AccountStatementRun(statement, line.run)->number);
    PrintField(stream, e->study.bytes, e->study.length);
    fputc(',', stream);
    PrintField(stream, e->policy.bytes, e->policy.length);
    fprintf(stream, ",%s,%" PRIu32 ",", DescribeTime(StartOf(e), time), e->interval_seconds);
    PrintField(stream, e->region_name.bytes, e->region_name.length);
    fprintf(stream, ",%s,", SettlementKindName(e->kind));
    PrintField(stream, e->asset.bytes, e->asset.length);
    fprintf(stream, ",%" PRIu32 ",%" PRId64 ",%s,%s,", e->bus, e->quantity_wh, UnitOf(e->kind),
            e->has_price ? MoneyFormat(e->price, money) : "");
    fprintf(stream, "%s,", MoneyFormat(e->amount, money));
    PrintField(stream, e->currency.bytes, e->currency.length);
    fputc(',', stream);
    PrintField(stream, cause, strlen(cause));
    fprintf(stream, ",%s\n", e->has_reference ? hex : "");
  }
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

/* A JSON string; the texts of entries are UTF-8 without control characters. */
static void PrintString(FILE *stream, const char *text, size_t length)
{
  fputc('"', stream);
  for (size_t k = 0; k < length; k++) {
    if (text[k] == '"' || text[k] == '\\') fputc('\\', stream);
    fputc(text[k], stream);
  }
  fputc('"', stream);
}

static void PrintMember(FILE *stream, const char *name, const char *text, size_t length)
{
  fprintf(stream, ", \"%s\": ", name);
  PrintString(stream, text, length);
}

static void PrintLineJson(FILE *stream, const AccountLine *line)
{
  const SettlementEntry *e = &line->entry;
  char                   money[MONEY_TEXT_SIZE], time[DESCRIBE_TIME_SIZE], cause[CELL], hex[65];

  CauseText(line, cause);
  fprintf(stream, "{\"entry\": %" PRIu64 ", \"start\": \"%s\", \"seconds\": %" PRIu32 ", \"kind\": \"%s\"", line->index,
          DescribeTime(StartOf(e), time), e->interval_seconds, SettlementKindName(e->kind));
  PrintMember(stream, "region", e->region_name.bytes, e->region_name.length);
  if (e->asset.length) PrintMember(stream, "asset", e->asset.bytes, e->asset.length);
  if (e->bus) fprintf(stream, ", \"bus\": %" PRIu32, e->bus);
  fprintf(stream, ", \"quantity\": %" PRId64 ", \"unit\": \"%s\"", e->quantity_wh, UnitOf(e->kind));
  if (e->has_price) fprintf(stream, ", \"price\": \"%s\"", MoneyFormat(e->price, money));
  fprintf(stream, ", \"amount\": \"%s\"", MoneyFormat(e->amount, money));
  PrintMember(stream, "because_of", cause, strlen(cause));
  if (e->has_reference) {
    LedgerHashHex((const LedgerHash *)e->reference, hex);
    fprintf(stream, ", \"reference\": \"%s\"", hex);
  }
  fputc('}', stream);
}

static void PrintSumJson(FILE *stream, const char *name, const StatementLine *sum, const char *unit)
{
  char received[MONEY_TEXT_SIZE], paid[MONEY_TEXT_SIZE], net[MONEY_TEXT_SIZE];

  fprintf(stream,
          "{\"kind\": \"%s\", \"lines\": %" PRId64 ", \"given\": %" PRId64 ", \"taken\": %" PRId64
          ", \"unit\": \"%s\", \"received\": \"%s\", \"paid\": \"%s\", \"net\": \"%s\"}",
          name, sum->lines, sum->injected_wh, sum->withdrawn_wh, unit, MoneyFormat(sum->received, received),
          MoneyFormat(sum->paid, paid), MoneyFormat(sum->received - sum->paid, net));
}

static void PrintRunJson(FILE *stream, AccountStatement s, size_t r, size_t *k)
{
  const AccountRun   *run   = AccountStatementRun(s, r);
  const StatementRow *row   = &run->sums->row[0];
  const char         *comma = "";

  fprintf(stream, "{\"run\": %" PRIu64, run->number);
  PrintMember(stream, "study", run->study, strlen(run->study));
  PrintMember(stream, "policy", run->policy, strlen(run->policy));
  PrintMember(stream, "currency", run->currency, strlen(run->currency));
  fputs(", \"lines\": [", stream);
  for (; *k < AccountStatementCount(s); (*k)++) {
    AccountLine line = AccountStatementLine(s, *k);
    if (line.run != r) break;
    fprintf(stream, "%s\n", comma);
    PrintLineJson(stream, &line);
    comma = ",";
  }
  fputs("],\n\"totals\": [", stream);
  for (int i = 0; i < SETTLEMENT_KINDS; i++) {
    SettlementKind kind = SettlementKindAt(i);
    if (!row->kind[i].lines) continue;
    PrintSumJson(stream, SettlementKindName(kind), &row->kind[i], UnitOf(kind));
    fputs(",\n", stream);
  }
  PrintSumJson(stream, "total", &row->total, "Wh");
  fputs("]}", stream);
}

void AccountStatementPrintJson(FILE *stream, AccountStatement statement)
{
  size_t k = 0;

  fputs("{\"participant\": ", stream);
  PrintString(stream, AccountStatementName(statement), strlen(AccountStatementName(statement)));
  fputs(", \"runs\": [", stream);
  for (size_t r = 0; r < AccountStatementRuns(statement); r++) {
    if (r) fputs(",\n", stream);
    PrintRunJson(stream, statement, r, &k);
  }
  fputs("]}\n", stream);
}
