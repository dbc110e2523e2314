/* Lines of a RAW file into fields, and fields into numbers, names and buses. */
#include "inputs/psse_raw.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static PetscBool IsEnd(char c)
{
  return (PetscBool)(c == 0 || c == '\n');
}

static PetscBool IsBlank(char c)
{
  return (PetscBool)(c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v');
}

static PetscBool IsSeparator(char c)
{
  return (PetscBool)(IsEnd(c) || IsBlank(c) || c == ',' || c == '/');
}

const char *RawLineEnd(const char *line)
{
  while (!IsEnd(*line)) ++line;
  return line;
}

PetscBool RawLineIsComment(const char *line)
{
  while (IsBlank(*line)) ++line;
  return (PetscBool)(IsEnd(*line) || (line[0] == '@' && line[1] == '!'));
}

/* Closing quote of a field that begins at `at`: the first one before a separator, so that names may hold apostrophes;
   failing that, the last character of the line. */
static const char *QuotedEnd(const char *at)
{
  const char quote = *at++;
  for (; !IsEnd(*at); ++at)
    if (*at == quote && IsSeparator(at[1])) return at;
  return at;
}

static const char *TakeField(const char *at, RawField *field)
{
  field->quoted = (PetscBool)(*at == '\'' || *at == '"');
  if (field->quoted) {
    const char *end = QuotedEnd(at);
    field->text     = at + 1;
    field->length   = (PetscInt)(end - at - 1);
    return IsEnd(*end) ? end : end + 1;
  }
  field->text = at;
  while (!IsSeparator(*at)) ++at;
  field->length = (PetscInt)(at - field->text);
  return at;
}

static const char *SkipBlanks(const char *at)
{
  while (IsBlank(*at)) ++at;
  return at;
}

void RawSplit(const char *line, PetscInt number, const char *noun, RawRecord *record)
{
  const char *at  = SkipBlanks(line);
  record->noun    = noun;
  record->line    = number;
  record->n       = 0;
  record->good    = PETSC_TRUE;
  record->comment = NULL;
  while (!IsEnd(*at)) {
    RawField  beyond;
    RawField *field = record->n < RAW_FIELDS ? &record->field[record->n++] : &beyond;
    *field          = (RawField){at, 0, PETSC_FALSE};
    if (*at == '/') {
      if (field != &beyond) --record->n;
      record->comment = at + 1;
      return;
    }
    if (*at != ',') at = SkipBlanks(TakeField(at, field));
    if (*at == ',') at = SkipBlanks(at + 1);
  }
}

PetscBool RawHas(const RawRecord *record, PetscInt field)
{
  return (PetscBool)(field >= 0 && field < record->n && (record->field[field].length > 0));
}

PetscBool RawIs(const RawRecord *record, PetscInt field, const char *text)
{
  const PetscInt length = (PetscInt)strlen(text);
  return (PetscBool)(RawHas(record, field) && record->field[field].length == length &&
                     !strncmp(record->field[field].text, text, (size_t)length));
}

void RawText(const RawRecord *record, PetscInt field, const char *otherwise, char *text, size_t size)
{
  const RawField *f     = &record->field[PetscMax(field, 0)];
  PetscInt        begin = 0, end = field >= 0 && field < record->n ? f->length : 0;

  while (begin < end && IsBlank(f->text[begin])) ++begin;
  while (end > begin && IsBlank(f->text[end - 1])) --end;
  if (end == begin)
    (void)snprintf(text, size, "%s", otherwise);
  else
    (void)snprintf(text, size, "%.*s", (int)(end - begin), f->text + begin);
}

/* A finite number in C's or Fortran's notation (1.5D-3). */
PetscBool RawNumber(const RawRecord *record, PetscInt field, PetscReal *value)
{
  char  text[RAW_TEXT], *end;
  char *at = text;

  if (!RawHas(record, field) || record->field[field].length >= RAW_TEXT) return PETSC_FALSE;
  RawText(record, field, "", text, sizeof text);
  for (; *at; ++at) {
    if (!strchr("0123456789+-.eEdD", *at)) return PETSC_FALSE; /* no hexadecimal numbers, no names of infinity */
    if (*at == 'd' || *at == 'D') *at = 'e';
  }
  *value = strtod(text, &end);
  return (PetscBool)(end != text && !*end && isfinite(*value));
}

static PetscErrorCode Unreadable(RawReader *r, RawRecord *record, PetscInt field, const char *name,
                                 const char *expected)
{
  char text[RAW_TEXT];
  PetscFunctionBegin;
  RawText(record, field, "", text, sizeof text);
  PetscCall(RawFault(r, record->line, "%s, field %" PetscInt_FMT " (%s): found \"%s\", expected %s", record->noun,
                     field + 1, name, text, expected));
  record->good = PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode RawReal(RawReader *r, RawRecord *record, PetscInt field, const char *name, PetscReal otherwise,
                       PetscReal *value)
{
  PetscFunctionBegin;
  *value = otherwise;
  if (RawHas(record, field) && !RawNumber(record, field, value)) {
    *value = otherwise;
    PetscCall(Unreadable(r, record, field, name, "a number"));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RawInt(RawReader *r, RawRecord *record, PetscInt field, const char *name, PetscInt otherwise,
                      PetscInt *value)
{
  PetscReal number;
  PetscFunctionBegin;
  *value = otherwise;
  if (!RawHas(record, field)) PetscFunctionReturn(0);
  if (RawNumber(record, field, &number) && number == rint(number) && fabs(number) < 1e9)
    *value = (PetscInt)number;
  else
    PetscCall(Unreadable(r, record, field, name, "a whole number"));
  PetscFunctionReturn(0);
}

PetscErrorCode RawBus(RawReader *r, RawRecord *record, PetscInt field, const char *name, PetscInt *bus)
{
  PetscInt number;
  PetscFunctionBegin;
  *bus = -1;
  PetscCall(RawInt(r, record, field, name, 0, &number));
  if (!record->good) PetscFunctionReturn(0);
  *bus = NetworkFindBus(r->net, PetscAbsInt(number));
  if (*bus < 0) PetscCall(Unreadable(r, record, field, name, "the number of a bus of the bus data"));
  PetscFunctionReturn(0);
}
