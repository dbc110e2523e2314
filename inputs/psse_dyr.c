/* Reading PSS/E dynamics data into records. */
#include "inputs/psse_dyr.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Faults of one file told one by one; those beyond are counted. */
#define FAULT_LIMIT 20

typedef enum { TOKEN_FIELD, TOKEN_CLOSE, TOKEN_END } TokenKind;

/* A field as it is cut out, before anybody knows which part of a record it is. */
typedef struct {
  char     *text;
  size_t    length;
  PetscInt  line;
  PetscBool quoted, omitted, begins_line;
} Token;

typedef struct {
  const char *path;
  Faults      faults;
  PetscInt    n_faults, n_unclosed;
  char       *at, *end;
  PetscInt    line;
  PetscBool   line_begins; /* nothing but blanks stood before `at` on its line */
  PetscBool   comma;       /* a comma stands between the last field and `at` */
  PetscInt    n_token, token_capacity;
  Token      *token; /* of the record at hand */
  PetscInt    n_field, field_capacity;
  DyrField   *field;
  PetscInt    n_record, record_capacity;
  DyrRecord  *record;
  PetscInt   *first; /* [n_record] in field[], which moves while it grows */
  PetscInt    n_toggles, toggle_line;
} Reader;

/* Room for one element more. */
#define GROW(array, n, capacity)                                               \
  do {                                                                         \
    if ((n) == (capacity)) {                                                   \
      (capacity) = PetscMax(64, 2 * (capacity));                               \
      PetscCall(PetscRealloc((size_t)(capacity) * sizeof *(array), &(array))); \
    }                                                                          \
  } while (0)

/* What a fault says of a field: at most 40 of its bytes, those that would not print as question marks. */
static const char *Shown(const Token *token)
{
  static char  shown[4][48];
  static int   next   = 0;
  char        *to     = shown[next++ % 4];
  const size_t length = token->omitted ? 0 : PetscMin(token->length, 40);
  for (size_t k = 0; k < length; ++k) to[k] = isprint((unsigned char)token->text[k]) ? token->text[k] : '?';
  strcpy(to + length, !token->omitted && token->length > length ? "..." : "");
  return to;
}

static PetscErrorCode Complain(Reader *r, PetscInt line, const char *text)
{
  PetscFunctionBegin;
  if (r->n_faults++ < FAULT_LIMIT) PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, line, "%s", text));
  PetscFunctionReturn(0);
}

static PetscBool IsBlank(char c)
{
  return (PetscBool)(c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == 0x1a || c == 0);
}

static void SkipLine(Reader *r)
{
  char *newline = (char *)memchr(r->at, '\n', (size_t)(r->end - r->at));
  r->at         = newline ? newline : r->end;
}

static PetscBool Follows(const Reader *r, const char *mark)
{
  const size_t length = strlen(mark);
  return (PetscBool)((size_t)(r->end - r->at) >= length && !memcmp(r->at, mark, length));
}

/* Passes over blanks, line ends and comments up to what means something. Comments of whole lines stand outside a record;
   inside one `/` closes it wherever it stands. */
static void SkipBlanks(Reader *r)
{
  for (; r->at < r->end; ++r->at) {
    if (*r->at == '\n') {
      ++r->line;
      r->line_begins = PETSC_TRUE;
    } else if (r->line_begins && (Follows(r, "@!") || (!r->n_token && *r->at == '/'))) {
      SkipLine(r);
      --r->at; /* the loop looks at the line's end next */
    } else if (!IsBlank(*r->at)) {
      return;
    }
  }
}

/* A text in quotes of either kind; a doubled quote stands for itself. It ends with its line at the latest. */
static PetscErrorCode TakeQuoted(Reader *r, Token *token)
{
  const char quote = *r->at;
  char      *to    = ++r->at;
  PetscFunctionBegin;
  token->text   = to;
  token->quoted = PETSC_TRUE;
  for (; r->at < r->end && *r->at != '\n'; ++r->at) {
    if (*r->at == quote) {
      if (r->at + 1 == r->end || r->at[1] != quote) break;
      ++r->at;
    }
    *to++ = *r->at;
  }
  if (r->at < r->end && *r->at == quote)
    ++r->at;
  else
    PetscCall(Complain(r, r->line, "found a quote that is not closed on its line"));
  while (to > token->text && IsBlank(to[-1])) --to;
  while (token->text < to && IsBlank(*token->text)) ++token->text;
  token->length = (size_t)(to - token->text);
  PetscFunctionReturn(0);
}

static void TakeBare(Reader *r, Token *token)
{
  token->text = r->at;
  while (r->at < r->end && !IsBlank(*r->at) && !strchr(",/'\"\n", *r->at)) ++r->at;
  token->length = (size_t)(r->at - token->text);
}

static PetscErrorCode NextToken(Reader *r, TokenKind *kind, Token *token)
{
  PetscFunctionBegin;
  SkipBlanks(r);
  *token = (Token){.text = r->at, .line = r->line, .begins_line = r->line_begins};
  *kind  = r->at == r->end ? TOKEN_END : *r->at == '/' ? TOKEN_CLOSE : TOKEN_FIELD;
  if (*kind != TOKEN_FIELD) {
    r->comma = PETSC_FALSE;
    PetscFunctionReturn(0);
  }
  r->line_begins = PETSC_FALSE;
  if (*r->at == ',') {
    ++r->at;
    if (r->comma || !r->n_token) {
      token->omitted = PETSC_TRUE;
      PetscFunctionReturn(0);
    }
    r->comma = PETSC_TRUE;
    PetscCall(NextToken(r, kind, token));
    PetscFunctionReturn(0);
  }
  r->comma = PETSC_FALSE;
  if (*r->at == '\'' || *r->at == '"')
    PetscCall(TakeQuoted(r, token));
  else
    TakeBare(r, token);
  PetscFunctionReturn(0);
}

static PetscBool OnlyDigits(const Token *token)
{
  for (size_t k = 0; k < token->length; ++k)
    if (!isdigit((unsigned char)token->text[k])) return PETSC_FALSE;
  return (PetscBool)(token->length && !token->quoted);
}

/* A text in quotes that could be a model's name and is none of the short identifiers of units. */
static PetscBool LikeModel(const Token *token)
{
  if (!token->quoted || token->length < 3 || !isalpha((unsigned char)token->text[0])) return PETSC_FALSE;
  for (size_t k = 0; k < token->length; ++k)
    if (!isalnum((unsigned char)token->text[k]) && token->text[k] != '_') return PETSC_FALSE;
  return PETSC_TRUE;
}

/* Whether the last two of the tokens begin another record: a bus and a model among the fields behind the id. */
static PetscBool BeginsInside(const Reader *r)
{
  if (r->n_token < 5) return PETSC_FALSE;
  const Token    *bus = &r->token[r->n_token - 2], *model = bus + 1;
  const PetscBool named = (PetscBool)(bus->quoted && bus->length > 2 && isalpha((unsigned char)bus->text[0]));
  return (PetscBool)(LikeModel(model) && (OnlyDigits(bus) || (r->n_token > 5 && named)));
}

/* A whole number below INT_MAX in decimal digits. */
static PetscBool ReadBus(const Token *token, PetscInt *bus)
{
  long long value = 0;
  if (!OnlyDigits(token)) return PETSC_FALSE;
  for (size_t k = 0; k < token->length; ++k) {
    value = 10 * value + (token->text[k] - '0');
    if (value >= INT_MAX) return PETSC_FALSE;
  }
  *bus = (PetscInt)value;
  return PETSC_TRUE;
}

/* A finite decimal number that fills all of the text, exponents with E or D. */
static PetscBool ReadNumber(const char *text, size_t length, PetscReal *value)
{
  char        copy[64];
  const char *digits = text;
  char       *rest;
  if (!length || strspn(text, "0123456789+-.eEdD") != length || !strpbrk(text, "0123456789")) return PETSC_FALSE;
  if (strpbrk(text, "dD")) {
    if (length >= sizeof copy) return PETSC_FALSE;
    for (size_t k = 0; k <= length; ++k) copy[k] = text[k] == 'd' || text[k] == 'D' ? 'e' : text[k];
    digits = copy;
  }
  *value = strtod(digits, &rest);
  return (PetscBool)(*rest == 0 && isfinite(*value));
}

/* The field of a token, whose text is ended by a zero. What is left out is the default. */
static DyrField FieldOf(const Token *token)
{
  DyrField field = {DYR_TEXT, token->text, NAN, token->line};
  if (token->omitted) field = (DyrField){DYR_OMITTED, "", NAN, token->line};
  if (!token->omitted && !token->quoted && ReadNumber(token->text, token->length, &field.value))
    field.kind = DYR_NUMBER;
  else
    field.value = NAN;
  return field;
}

static void Capitals(Token *token)
{
  for (size_t k = 0; k < token->length; ++k) token->text[k] = (char)toupper((unsigned char)token->text[k]);
}

static PetscBool IsToggle(const Token *token)
{
  return (PetscBool)(!token->omitted && (!strcmp(token->text, "TOGGLE") || !strcmp(token->text, "TOGGLER")));
}

static void CountToggle(Reader *r, PetscInt line)
{
  if (!r->n_toggles++) r->toggle_line = line;
}

/* Faults of the first two fields: *good tells whether they name a bus and a model. */
static PetscErrorCode CheckHead(Reader *r, PetscBool *good)
{
  const Token *bus = r->token, *model = bus + 1;
  char         text[256];
  PetscInt     number;
  PetscFunctionBegin;
  *good = PETSC_FALSE;
  if (bus->omitted || (bus->quoted ? !bus->length : !ReadBus(bus, &number))) {
    (void)snprintf(text, sizeof text, "found \"%s\", expected a bus number or a bus name in quotes", Shown(bus));
    PetscCall(Complain(r, bus->line, text));
  } else if (r->n_token < 2) {
    (void)snprintf(text, sizeof text, "found a record that ends after bus %s, expected a model's name and its data",
                   Shown(bus));
    PetscCall(Complain(r, bus->line, text));
  } else if (model->omitted || !isalpha((unsigned char)model->text[0])) {
    (void)snprintf(text, sizeof text, "found \"%s\" after bus %s, expected a model's name in quotes", Shown(model),
                   Shown(bus));
    PetscCall(Complain(r, model->line, text));
  } else {
    *good = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddRecord(Reader *r, PetscBool closed)
{
  const Token *token = r->token;
  DyrRecord   *record;
  PetscFunctionBegin;
  if (r->n_record == r->record_capacity) {
    r->record_capacity = PetscMax(64, 2 * r->record_capacity);
    PetscCall(PetscRealloc((size_t)r->record_capacity * sizeof *r->record, &r->record));
    PetscCall(PetscRealloc((size_t)r->record_capacity * sizeof *r->first, &r->first));
  }
  record  = &r->record[r->n_record];
  *record = (DyrRecord){.line = token[0].line, .bus = -1, .bus_text = token[0].text, .model = token[1].text};
  if (!ReadBus(&token[0], &record->bus)) record->bus = -1;
  record->id_field = r->n_token > 2 ? FieldOf(&token[2]) : (DyrField){DYR_OMITTED, "", NAN, token[1].line};
  record->id       = record->id_field.text[0] ? record->id_field.text : "1";
  record->closed   = closed;

  r->first[r->n_record++] = r->n_field;
  for (PetscInt k = 3; k < r->n_token; ++k) {
    GROW(r->field, r->n_field, r->field_capacity);
    r->field[r->n_field++] = FieldOf(&token[k]);
    ++record->n;
  }
  PetscFunctionReturn(0);
}

/* Makes a record of the tokens at hand; texts are ended by zeros here, where what stood behind them has been looked at. */
static PetscErrorCode FinishRecord(Reader *r, PetscBool closed)
{
  PetscBool good = PETSC_FALSE;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < r->n_token; ++k)
    if (!r->token[k].omitted) r->token[k].text[r->token[k].length] = 0;
  if (r->n_token > 1 && !r->token[1].omitted) Capitals(&r->token[1]);
  if (r->n_token > 1 && IsToggle(&r->token[1]))
    CountToggle(r, r->token[0].line);
  else if (r->n_token) {
    PetscCall(CheckHead(r, &good));
    if (good) PetscCall(AddRecord(r, closed));
  }
  r->n_token = 0;
  PetscFunctionReturn(0);
}

/* Another record inside the one at hand, which is then read as if it had been closed. On a line of its own it was meant
   so; in the midst of a line who knows what else went wrong. */
static PetscErrorCode SplitRecord(Reader *r)
{
  const Token bus = r->token[r->n_token - 2], model = r->token[r->n_token - 1];
  char        text[320];
  PetscFunctionBegin;
  (void)snprintf(text, sizeof text,
                 "found a new record, bus %s '%s', inside the record of bus %s '%s' that begins at line %" PetscInt_FMT
                 "; expected / before it",
                 Shown(&bus), Shown(&model), Shown(&r->token[0]), Shown(&r->token[1]), r->token[0].line);
  if (!bus.begins_line)
    PetscCall(Complain(r, bus.line, text));
  else if (r->n_unclosed++ < FAULT_LIMIT)
    PetscCall(FaultsAdd(r->faults, FAULT_WARNING, r->path, bus.line, "%s", text));
  r->n_token -= 2;
  PetscCall(FinishRecord(r, PETSC_FALSE));
  r->token[r->n_token++] = bus;
  r->token[r->n_token++] = model;
  PetscFunctionReturn(0);
}

/* Behind a closing slash: what is left of the line is a comment, but one that looks like a record was not meant so. */
static PetscErrorCode CloseLine(Reader *r)
{
  const char *p = r->at + 1;
  PetscFunctionBegin;
  SkipLine(r);
  while (p < r->at && (IsBlank(*p) || *p == ',')) ++p;
  const char *digits = p;
  while (p < r->at && isdigit((unsigned char)*p)) ++p;
  const PetscBool number = (PetscBool)(p > digits);
  while (p < r->at && (IsBlank(*p) || *p == ',')) ++p;
  if (number && p < r->at && *p == '\'')
    PetscCall(FaultsAdd(r->faults, FAULT_WARNING, r->path, r->line,
                        "found what looks like a record behind a closing /: it is ignored as a comment"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRecords(Reader *r)
{
  TokenKind kind;
  Token     token;
  PetscFunctionBegin;
  do {
    PetscCall(NextToken(r, &kind, &token));
    if (kind == TOKEN_FIELD) {
      GROW(r->token, r->n_token, r->token_capacity);
      r->token[r->n_token++] = token;
      if (BeginsInside(r)) PetscCall(SplitRecord(r));
      if (r->n_token == 1 && !token.quoted && token.length >= 6 && !strncasecmp(token.text, "toggle", 6)) {
        CountToggle(r, token.line);
        r->n_token = 0;
        SkipLine(r);
      }
    } else if (kind == TOKEN_CLOSE) {
      PetscCall(FinishRecord(r, PETSC_TRUE));
      PetscCall(CloseLine(r));
    }
  } while (kind != TOKEN_END);
  if (r->n_token) {
    PetscCall(Complain(r, r->token[0].line,
                       "found the end of the file in the record that begins here, expected / before it"));
    PetscCall(FinishRecord(r, PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Conclude(Reader *r)
{
  PetscFunctionBegin;
  if (r->n_faults > FAULT_LIMIT)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, 0, "%" PetscInt_FMT " more faults of records",
                        r->n_faults - FAULT_LIMIT));
  if (r->n_unclosed > FAULT_LIMIT)
    PetscCall(FaultsAdd(r->faults, FAULT_WARNING, r->path, 0, "%" PetscInt_FMT " more records that are not closed",
                        r->n_unclosed - FAULT_LIMIT));
  if (!r->n_record && !r->n_faults)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, 0, "found no record, expected dynamics data"));
  if (r->n_toggles)
    PetscCall(FaultsAdd(r->faults, FAULT_WARNING, r->path, r->toggle_line,
                        "%" PetscInt_FMT " switching records (Toggle) are passed over, the first here: events are not "
                        "read from dynamics data",
                        r->n_toggles));
  for (PetscInt k = 0; k < r->n_record; ++k) r->record[k].field = r->record[k].n ? r->field + r->first[k] : NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode PsseDyrParse(const Source *source, Faults faults, PsseDyr *dyr)
{
  const PetscInt before = FaultsErrorCount(faults);
  Reader         r      = {.path = source->path, .faults = faults, .line = 1, .line_begins = PETSC_TRUE};
  PetscFunctionBeginUser;
  PetscCall(PetscNew(dyr));
  PetscCall(PetscStrallocpy(source->path, &(*dyr)->path));
  PetscCall(PetscMalloc1(source->size + 1, &(*dyr)->text));
  PetscCall(PetscMemcpy((*dyr)->text, source->bytes, source->size + 1));
  r.at  = (*dyr)->text;
  r.end = r.at + source->size;
  if (Follows(&r, "\xef\xbb\xbf")) r.at += 3;
  PetscCall(ReadRecords(&r));
  PetscCall(Conclude(&r));
  (*dyr)->n         = r.n_record;
  (*dyr)->record    = r.record;
  (*dyr)->field     = r.field;
  (*dyr)->n_toggles = r.n_toggles;
  PetscCall(PetscFree(r.token));
  PetscCall(PetscFree(r.first));
  if (FaultsErrorCount(faults) > before) PetscCall(PsseDyrDestroy(dyr));
  PetscFunctionReturn(0);
}

PetscErrorCode PsseDyrRead(MPI_Comm comm, const char *path, Faults faults, PsseDyr *dyr)
{
  Source *source;
  PetscFunctionBeginUser;
  *dyr = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (!source) PetscFunctionReturn(0);
  PetscCall(PsseDyrParse(source, faults, dyr));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

PetscErrorCode PsseDyrDestroy(PsseDyr *dyr)
{
  PetscFunctionBeginUser;
  if (!dyr || !*dyr) PetscFunctionReturn(0);
  PetscCall(PetscFree((*dyr)->path));
  PetscCall(PetscFree((*dyr)->record));
  PetscCall(PetscFree((*dyr)->text));
  PetscCall(PetscFree((*dyr)->field));
  PetscCall(PetscFree(*dyr));
  PetscFunctionReturn(0);
}

PetscBool DyrRecordUserModel(const DyrRecord *record, const char **name, PetscInt *n, const DyrField **field)
{
  enum { USER_NAME, USER_NI = 3, USER_NC = 4, USER_DATA = 7 };
  const DyrField *f = record->field;
  if (strncmp(record->model, "USR", 3) || record->n < USER_DATA || f[USER_NAME].kind != DYR_TEXT) return PETSC_FALSE;
  for (PetscInt k = USER_NI; k <= USER_NC; ++k)
    if (f[k].kind != DYR_NUMBER || f[k].value < 0.0 || f[k].value > record->n) return PETSC_FALSE;
  *name  = f[USER_NAME].text;
  *n     = (PetscInt)f[USER_NI].value + (PetscInt)f[USER_NC].value;
  *field = f + USER_DATA;
  return (PetscBool)(USER_DATA + *n <= record->n);
}
