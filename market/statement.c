/* Statements per participant: exact sums of settlement entries. */
#include "market/statement.h"

#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

MarketStatus StatementCreate(const char *currency, Statement *statement, MarketError *error)
{
  Statement s = calloc(1, sizeof *s);

  *statement = NULL;
  if (s) s->currency = strdup(currency);
  if (!s || !s->currency) {
    StatementDestroy(&s);
    return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
  }
  *statement = s;
  return MARKET_OK;
}

void StatementDestroy(Statement *statement)
{
  if (!statement || !*statement) return;
  for (size_t i = 0; i < (*statement)->n; i++) free((*statement)->row[i].name);
  free((*statement)->row);
  free((*statement)->slot);
  free((*statement)->currency);
  free(*statement);
  *statement = NULL;
}

/* FNV-1a over the index and the name (Fowler, Noll and Vo). */
static uint64_t HashOf(uint32_t participant, EntryText name)
{
  uint64_t hash = 0xCBF29CE484222325u;

  for (int i = 0; i < 4; i++) hash = (hash ^ (participant >> (8 * i) & 0xFF)) * 0x100000001B3u;
  for (size_t i = 0; i < name.length; i++) hash = (hash ^ (unsigned char)name.bytes[i]) * 0x100000001B3u;
  return hash ^ hash >> 32;
}

/* The slot of a participant, or the empty one where it belongs. */
static uint32_t *SlotOf(Statement s, uint32_t participant, EntryText name)
{
  size_t at = HashOf(participant, name) & (s->n_slots - 1);

  for (; s->slot[at]; at = (at + 1) & (s->n_slots - 1)) {
    const StatementRow *row = &s->row[s->slot[at] - 1];
    if (row->participant == participant && strlen(row->name) == name.length &&
        !memcmp(row->name, name.bytes, name.length))
      break;
  }
  return &s->slot[at];
}

static void FillSlots(Statement s)
{
  memset(s->slot, 0, s->n_slots * sizeof *s->slot);
  for (size_t i = 0; i < s->n; i++) *SlotOf(s, s->row[i].participant, EntryTextOf(s->row[i].name)) = (uint32_t)(i + 1);
}

/* Room for one more row, at most half of the slots in use. */
static bool Grow(Statement s)
{
  size_t        capacity = s->capacity ? 2 * s->capacity : 64;
  StatementRow *row;
  uint32_t     *slot;

  if (s->n < s->capacity) return true;
  if (capacity > UINT32_MAX / 2) return false;
  row = realloc(s->row, capacity * sizeof *row);
  if (!row) return false;
  s->row = row;
  slot   = realloc(s->slot, 2 * capacity * sizeof *slot);
  if (!slot) return false;
  s->slot     = slot;
  s->n_slots  = 2 * capacity;
  s->capacity = capacity;
  FillSlots(s);
  return true;
}

/* The row of a participant, made when there is none; NULL without memory. */
static StatementRow *RowOf(Statement s, uint32_t participant, EntryText name)
{
  uint32_t *slot;
  char     *copy;

  if (!Grow(s)) return NULL;
  slot = SlotOf(s, participant, name);
  if (*slot) return &s->row[*slot - 1];
  copy = strndup(name.bytes, name.length);
  if (!copy) return NULL;
  s->row[s->n] = (StatementRow){.participant = participant, .name = copy};
  *slot        = (uint32_t)++s->n;
  return &s->row[s->n - 1];
}

static int CompareRows(const void *a, const void *b)
{
  const StatementRow *p = a, *q = b;
  int                 order = (p->participant > q->participant) - (p->participant < q->participant);

  return order ? order : strcmp(p->name, q->name);
}

void StatementSort(Statement statement)
{
  if (statement->n < 2) return;
  qsort(statement->row, statement->n, sizeof *statement->row, CompareRows);
  FillSlots(statement);
}

static MarketStatus AddLine(StatementLine *line, const StatementLine *term)
{
  MARKET_TRY(MoneyAdd(&line->lines, term->lines));
  MARKET_TRY(MoneyAdd(&line->injected_wh, term->injected_wh));
  MARKET_TRY(MoneyAdd(&line->withdrawn_wh, term->withdrawn_wh));
  MARKET_TRY(MoneyAdd(&line->received, term->received));
  return MoneyAdd(&line->paid, term->paid);
}

MarketStatus StatementAddLine(Statement s, uint32_t participant, EntryText name, int kind, const StatementLine *term,
                              MarketError *error)
{
  StatementLine added = *term, energy = *term, line, total; /* copies: a new row may move the one that `term` is in */
  StatementRow *row = RowOf(s, participant, name);

  if (!SettlementKindIsEnergy(SettlementKindAt(kind))) energy.injected_wh = energy.withdrawn_wh = 0;
  if (!row) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
  line  = row->kind[kind];
  total = row->total;
  if (AddLine(&line, &added) || AddLine(&total, &energy))
    return MarketFail(error, MARKET_OVERFLOW, "the statement of %s does not fit 64 bits", row->name);
  row->kind[kind] = line;
  row->total      = total;
  return MARKET_OK;
}

MarketStatus StatementAdd(Statement statement, const SettlementEntry *entry, MarketError *error)
{
  int           kind     = SettlementKindIndex(entry->kind);
  EntryText     currency = entry->currency;
  StatementLine term     = {.lines = 1};

  if (kind < 0) return MarketFail(error, MARKET_BAD_INPUT, "kind 0x%04X is unknown", (unsigned)entry->kind);
  if (currency.length != strlen(statement->currency) ||
      memcmp(currency.bytes, statement->currency, currency.length) != 0)
    return MarketFail(error, MARKET_BAD_INPUT, "an entry in %.*s does not belong to a statement in %s",
                      (int)currency.length, currency.bytes, statement->currency);
  if (entry->amount == INT64_MIN || entry->quantity_wh == INT64_MIN)
    return MarketFail(error, MARKET_OVERFLOW, "an entry's quantity or amount has no positive counterpart");
  if (entry->quantity_wh > 0)
    term.injected_wh = entry->quantity_wh;
  else
    term.withdrawn_wh = -entry->quantity_wh;
  if (entry->amount > 0)
    term.received = entry->amount;
  else
    term.paid = -entry->amount;
  return StatementAddLine(statement, entry->participant, entry->participant_name, kind, &term, error);
}

/* Whether a row of another statement fits onto its own row, when there is one. */
static MarketStatus CheckFit(Statement s, const StatementRow *row, MarketError *error)
{
  uint32_t           *slot = s->n_slots ? SlotOf(s, row->participant, EntryTextOf(row->name)) : NULL;
  const StatementRow *own  = slot && *slot ? &s->row[*slot - 1] : NULL;

  if (!own) return MARKET_OK;
  for (int k = 0; k <= SETTLEMENT_KINDS; k++) {
    StatementLine sum = k < SETTLEMENT_KINDS ? own->kind[k] : own->total;
    if (AddLine(&sum, k < SETTLEMENT_KINDS ? &row->kind[k] : &row->total))
      return MarketFail(error, MARKET_OVERFLOW, "the statement of %s does not fit 64 bits", row->name);
  }
  return MARKET_OK;
}

MarketStatus StatementMerge(Statement statement, Statement other, MarketError *error)
{
  if (strcmp(statement->currency, other->currency) != 0)
    return MarketFail(error, MARKET_BAD_INPUT, "a statement in %s does not add to one in %s", other->currency,
                      statement->currency);
  for (size_t i = 0; i < other->n; i++) MARKET_TRY(CheckFit(statement, &other->row[i], error));
  for (size_t i = 0; i < other->n; i++)
    for (int k = 0; k < SETTLEMENT_KINDS; k++)
      if (other->row[i].kind[k].lines)
        MARKET_TRY(StatementAddLine(statement, other->row[i].participant, EntryTextOf(other->row[i].name), k,
                                    &other->row[i].kind[k], error));
  return MARKET_OK;
}

const StatementRow *StatementFind(Statement statement, const char *name)
{
  for (size_t i = 0; i < statement->n; i++)
    if (!strcmp(statement->row[i].name, name)) return &statement->row[i];
  return NULL;
}

/* A CSV field, in quotes where it needs them. */
static void PrintField(FILE *stream, const char *text)
{
  if (!strpbrk(text, ",\"")) {
    fputs(text, stream);
    return;
  }
  fputc('"', stream);
  for (; *text; text++) {
    if (*text == '"') fputc('"', stream);
    fputc(*text, stream);
  }
  fputc('"', stream);
}

static void PrintLine(FILE *stream, const char *name, const char *kind, const StatementLine *line)
{
  char received[MONEY_TEXT_SIZE], paid[MONEY_TEXT_SIZE], net[MONEY_TEXT_SIZE];

  PrintField(stream, name);
  fprintf(stream, ",%s,%" PRId64 ",%" PRId64 ",%" PRId64 ",%s,%s,%s\n", kind, line->lines, line->injected_wh,
          line->withdrawn_wh, MoneyFormat(line->received, received), MoneyFormat(line->paid, paid),
          MoneyFormat(line->received - line->paid, net));
}

void StatementPrintCsv(FILE *stream, Statement statement)
{
  const char *c = statement->currency;

  fprintf(stream, "participant,kind,lines,injected_wh,withdrawn_wh,received_%s,paid_%s,net_%s\n", c, c, c);
  for (size_t i = 0; i < statement->n; i++) {
    const StatementRow *row = &statement->row[i];
    for (int k = 0; k < SETTLEMENT_KINDS; k++)
      if (row->kind[k].lines) PrintLine(stream, row->name, SettlementKindName(SettlementKindAt(k)), &row->kind[k]);
    PrintLine(stream, row->name, "total", &row->total);
  }
}
