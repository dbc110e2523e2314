/* Case identification of a RAW file, its revision, and which lines belong to which section. */
#include "inputs/psse_raw.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct {
  RawReader     *r;
  const char    *at, *end; /* next line, end of the text */
  PetscInt       line;     /* its number */
  RawSectionKind kind;
  PetscInt       expected; /* further lines of the record that has begun */
} Walk;

static const char *const section_name[RAW_SECTIONS] = {
    [RAW_NONE]              = "",
    [RAW_SYSTEM]            = "system-wide",
    [RAW_BUS]               = "bus",
    [RAW_LOAD]              = "load",
    [RAW_FIXED_SHUNT]       = "fixed shunt",
    [RAW_GENERATOR]         = "generator",
    [RAW_BRANCH]            = "branch",
    [RAW_SWITCHING_DEVICE]  = "system switching device",
    [RAW_TRANSFORMER]       = "transformer",
    [RAW_ADJUSTMENT]        = "transformer adjustment",
    [RAW_AREA]              = "area",
    [RAW_TWO_TERMINAL_DC]   = "two-terminal DC",
    [RAW_VSC_DC]            = "VSC DC",
    [RAW_CORRECTION]        = "impedance correction",
    [RAW_MULTI_TERMINAL_DC] = "multi-terminal DC",
    [RAW_MULTI_SECTION]     = "multi-section line",
    [RAW_ZONE]              = "zone",
    [RAW_TRANSFER]          = "inter-area transfer",
    [RAW_OWNER]             = "owner",
    [RAW_FACTS]             = "FACTS",
    [RAW_SWITCHED_SHUNT]    = "switched shunt",
    [RAW_GNE]               = "GNE",
    [RAW_INDUCTION_MACHINE] = "induction machine",
    [RAW_SUBSTATION]        = "substation",
};

/* Order of the sections where no words between them say so. */
static const RawSectionKind order_23[] = {RAW_BUS,
                                          RAW_GENERATOR,
                                          RAW_BRANCH,
                                          RAW_ADJUSTMENT,
                                          RAW_AREA,
                                          RAW_TWO_TERMINAL_DC,
                                          RAW_SWITCHED_SHUNT,
                                          RAW_CORRECTION,
                                          RAW_MULTI_TERMINAL_DC,
                                          RAW_MULTI_SECTION,
                                          RAW_ZONE,
                                          RAW_TRANSFER,
                                          RAW_OWNER,
                                          RAW_FACTS,
                                          RAW_NONE};
static const RawSectionKind order_30[] = {RAW_BUS,
                                          RAW_LOAD,
                                          RAW_GENERATOR,
                                          RAW_BRANCH,
                                          RAW_TRANSFORMER,
                                          RAW_AREA,
                                          RAW_TWO_TERMINAL_DC,
                                          RAW_VSC_DC,
                                          RAW_SWITCHED_SHUNT,
                                          RAW_CORRECTION,
                                          RAW_MULTI_TERMINAL_DC,
                                          RAW_MULTI_SECTION,
                                          RAW_ZONE,
                                          RAW_TRANSFER,
                                          RAW_OWNER,
                                          RAW_FACTS,
                                          RAW_NONE};
static const RawSectionKind order_31[] = {RAW_BUS,
                                          RAW_LOAD,
                                          RAW_FIXED_SHUNT,
                                          RAW_GENERATOR,
                                          RAW_BRANCH,
                                          RAW_TRANSFORMER,
                                          RAW_AREA,
                                          RAW_TWO_TERMINAL_DC,
                                          RAW_VSC_DC,
                                          RAW_CORRECTION,
                                          RAW_MULTI_TERMINAL_DC,
                                          RAW_MULTI_SECTION,
                                          RAW_ZONE,
                                          RAW_TRANSFER,
                                          RAW_OWNER,
                                          RAW_FACTS,
                                          RAW_SWITCHED_SHUNT,
                                          RAW_GNE,
                                          RAW_INDUCTION_MACHINE,
                                          RAW_NONE};
static const RawSectionKind order_34[] = {RAW_SYSTEM,
                                          RAW_BUS,
                                          RAW_LOAD,
                                          RAW_FIXED_SHUNT,
                                          RAW_GENERATOR,
                                          RAW_BRANCH,
                                          RAW_SWITCHING_DEVICE,
                                          RAW_TRANSFORMER,
                                          RAW_AREA,
                                          RAW_TWO_TERMINAL_DC,
                                          RAW_VSC_DC,
                                          RAW_CORRECTION,
                                          RAW_MULTI_TERMINAL_DC,
                                          RAW_MULTI_SECTION,
                                          RAW_ZONE,
                                          RAW_TRANSFER,
                                          RAW_OWNER,
                                          RAW_FACTS,
                                          RAW_SWITCHED_SHUNT,
                                          RAW_GNE,
                                          RAW_INDUCTION_MACHINE,
                                          RAW_SUBSTATION,
                                          RAW_NONE};

static RawSectionKind Following(PetscInt revision, RawSectionKind kind)
{
  const RawSectionKind *order = revision < 30   ? order_23
                                : revision < 31 ? order_30
                                : revision < 34 ? order_31
                                                : order_34;
  while (*order != RAW_NONE)
    if (*order++ == kind) return *order;
  return RAW_NONE;
}

static PetscBool StartsWith(const char *text, const char *word)
{
  for (; *word; ++word, ++text)
    if (toupper((unsigned char)*text) != *word) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* First place in a line's rest where a word stands, letters of any case; NULL when it does not. */
static const char *FindWord(const char *text, const char *word)
{
  for (; text && *text && *text != '\n'; ++text)
    if (StartsWith(text, word)) return text;
  return NULL;
}

/* The section that the words behind BEGIN or END OF name; longer words before their beginnings. */
static RawSectionKind NamedSection(const char *text)
{
  static const struct {
    const char    *word;
    RawSectionKind kind;
  } name[] = {
      {"SYSTEM-WIDE", RAW_SYSTEM},
      {"SYSTEM SWITCHING", RAW_SWITCHING_DEVICE},
      {"SWITCHING DEVICE", RAW_SWITCHING_DEVICE},
      {"BUS", RAW_BUS},
      {"LOAD", RAW_LOAD},
      {"FIXED", RAW_FIXED_SHUNT},
      {"GENERATOR", RAW_GENERATOR},
      {"BRANCH", RAW_BRANCH},
      {"NON-TRANSFORMER", RAW_BRANCH},
      {"NONTRANSFORMER", RAW_BRANCH},
      {"TRANSMISSION", RAW_BRANCH},
      {"TRANSFORMER ADJUSTMENT", RAW_ADJUSTMENT},
      {"TRANSFORMER IMPEDANCE", RAW_CORRECTION},
      {"TRANSFORMER", RAW_TRANSFORMER},
      {"AREA", RAW_AREA},
      {"TWO", RAW_TWO_TERMINAL_DC},
      {"VSC", RAW_VSC_DC},
      {"VOLTAGE SOURCE", RAW_VSC_DC},
      {"IMPEDANCE", RAW_CORRECTION},
      {"MULTI-TERM", RAW_MULTI_TERMINAL_DC},
      {"MULTITERM", RAW_MULTI_TERMINAL_DC},
      {"MULTI-SEC", RAW_MULTI_SECTION},
      {"MULTISEC", RAW_MULTI_SECTION},
      {"ZONE", RAW_ZONE},
      {"INTER", RAW_TRANSFER},
      {"OWNER", RAW_OWNER},
      {"FACTS", RAW_FACTS},
      {"SWITCHED", RAW_SWITCHED_SHUNT},
      {"GNE", RAW_GNE},
      {"INDUCTION", RAW_INDUCTION_MACHINE},
      {"SUBSTATION", RAW_SUBSTATION},
  };
  for (size_t k = 0; k < sizeof name / sizeof *name; ++k)
    if (StartsWith(text, name[k].word)) return name[k].kind;
  return RAW_NONE;
}

/* The section that a comment says to end; RAW_NONE when it does not say. */
static RawSectionKind EndedSection(const char *comment)
{
  const char *end = FindWord(comment, "END");
  if (!end) return RAW_NONE;
  return NamedSection(end + (StartsWith(end, "END OF ") ? 7 : StartsWith(end, "END ") ? 4 : 3));
}

/* The words behind BEGIN, or else those behind END, or else the order. */
static RawSectionKind NextSection(const Walk *w, const char *comment)
{
  const char    *begin = FindWord(comment, "BEGIN");
  RawSectionKind kind  = RAW_NONE;

  while (begin && isalpha((unsigned char)*begin)) ++begin; /* "BEGING" was seen in the wild */
  while (begin && *begin == ' ') ++begin;
  if (begin) kind = NamedSection(begin);
  if (kind != RAW_NONE) return kind;
  kind = EndedSection(comment);
  return Following(w->r->format.revision, kind != RAW_NONE ? kind : w->kind);
}

/* The next line that is not blank and no comment; PETSC_FALSE at the end of the text. */
static PetscBool NextLine(Walk *w, RawLine *line, PetscBool skip)
{
  while (w->at < w->end) {
    const char *end = RawLineEnd(w->at);
    *line           = (RawLine){w->at, w->line++};
    w->at           = end < w->end ? end + 1 : end;
    if (!skip || !RawLineIsComment(line->begin)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscBool IsRevision(PetscReal value)
{
  return (PetscBool)(value == 23 || (value >= 30 && value <= 35 && value == rint(value)));
}

/* A revision shortly behind the name of the program in free text: "PSS(R)E 33 RAW", "RAWD VER 30"; 0 without one. */
static PetscInt RevisionInWords(const char *text)
{
  static const char *const sign[] = {"PSS", "RAWD", "VER", NULL};
  for (const char *const *s = sign; *s; ++s) {
    const char *at = FindWord(text, *s);
    for (int k = 0; at && k < 16 && *at && *at != '\n'; ++k, ++at) {
      if (!isdigit((unsigned char)at[0]) || !isdigit((unsigned char)at[1]) || isdigit((unsigned char)at[2])) continue;
      if (IsRevision(10 * (at[0] - '0') + at[1] - '0')) return 10 * (at[0] - '0') + at[1] - '0';
      ++k, ++at;
    }
  }
  return 0;
}

/* Titles of converted files often repeat the first line of the original: IC, SBASE, REV, XFRRAT, NXFRAT, BASFRQ. */
static void ReadTitle(RawReader *r, const RawLine *line, PetscInt *revision)
{
  RawRecord record;
  PetscReal base, number;

  RawSplit(line->begin, line->line, "title", &record);
  if (!*revision) *revision = RevisionInWords(line->begin);
  if (!RawIs(&record, 0, "0") || !RawNumber(&record, 1, &base) || base != r->net->base_mva) return;
  if (!RawNumber(&record, 2, &number) || !IsRevision(number)) return;
  if (!*revision) *revision = (PetscInt)number;
  if (r->net->frequency_hz == 0 && RawNumber(&record, 5, &number) && number > 0) r->net->frequency_hz = number;
}

/* The layout of a bus record: revision 23 has the name at its end, 30 the shunt between type and area. */
static PetscInt RevisionOfBus(const RawRecord *record, PetscInt declared)
{
  PetscReal       number;
  const PetscBool type_second =
      (PetscBool)(RawHas(record, 1) && !record->field[1].quoted && RawNumber(record, 1, &number));
  const PetscBool name_tenth =
      (PetscBool)(RawHas(record, 9) && (record->field[9].quoted || !RawNumber(record, 9, &number)));

  if (type_second && name_tenth) return 23;
  if (declared >= 30) return declared;
  return record->n >= 12 ? 33 : record->n >= 10 ? 30 : 32;
}

static PetscErrorCode ReadIdentification(Walk *w, PetscInt *revision, PetscBool *good)
{
  RawReader *r = w->r;
  RawLine    line;
  RawRecord  record;
  PetscReal  number;
  PetscInt   change, errors = r->n_faults;

  PetscFunctionBegin;
  *good = PETSC_FALSE;
  if (!NextLine(w, &line, PETSC_TRUE)) {
    PetscCall(RawFault(r, 0, "found no line, expected a PSS/E RAW file"));
    PetscFunctionReturn(0);
  }
  RawSplit(line.begin, line.line, "case identification", &record);
  if (!RawNumber(&record, 0, &number) || (RawHas(&record, 1) && !RawNumber(&record, 1, &number))) {
    PetscCall(RawFault(r, line.line,
                       "found no case identification, expected IC, SBASE, REV, ... as the first line of a PSS/E RAW "
                       "file"));
    PetscFunctionReturn(0);
  }
  PetscCall(RawInt(r, &record, 0, "IC", 0, &change));
  PetscCall(RawReal(r, &record, 1, "SBASE", 100, &r->net->base_mva));
  PetscCall(RawInt(r, &record, 2, "REV", 0, revision));
  PetscCall(RawReal(r, &record, 5, "BASFRQ", 0, &r->net->frequency_hz));
  if (change != 0)
    PetscCall(
        RawFault(r, line.line, "found IC %" PetscInt_FMT ", expected 0: a whole case, not changes to one", change));
  if (!(r->net->base_mva > 0))
    PetscCall(RawFault(r, line.line, "found SBASE %g, expected a positive number of MVA", (double)r->net->base_mva));
  if (*revision && !IsRevision(*revision))
    PetscCall(RawFault(r, line.line, "found revision %" PetscInt_FMT ", expected 23 or 30 to 35", *revision));
  if (!*revision) *revision = RevisionInWords(record.comment);
  for (PetscInt k = 0; k < 2 && NextLine(w, &line, PETSC_FALSE); ++k) ReadTitle(r, &line, revision);
  *good = (PetscBool)(r->n_faults == errors);
  PetscFunctionReturn(0);
}

/* Lines of a multi-terminal DC record: converters, DC buses and DC links as its head says. */
static PetscInt HeadedLines(RawSectionKind kind, const RawRecord *record)
{
  PetscReal a = 0, b = 0, c = 0, terminals = 0;

  if (kind == RAW_MULTI_TERMINAL_DC) {
    (void)RawNumber(record, 1, &a), (void)RawNumber(record, 2, &b), (void)RawNumber(record, 3, &c);
    return 1 + (PetscInt)(PetscClipInterval(a, 0, 100) + PetscClipInterval(b, 0, 100) + PetscClipInterval(c, 0, 100));
  }
  (void)RawNumber(record, 2, &terminals);
  terminals = PetscClipInterval(terminals, 0, 40);
  (void)RawNumber(record, 3 + (PetscInt)terminals, &a), (void)RawNumber(record, 4 + (PetscInt)terminals, &b);
  (void)RawNumber(record, 5 + (PetscInt)terminals, &c);
  return 2 + (PetscInt)(ceil(PetscClipInterval(a, 0, 1000) / 10) + ceil(PetscClipInterval(b, 0, 1000) / 10) +
                        ceil(PetscClipInterval(c, 0, 1000) / 10));
}

PetscInt RawRecordLines(RawSectionKind kind, const RawLine *line, PetscInt n)
{
  RawRecord record;
  PetscInt  lines = 1;
  PetscReal third = 0;

  RawSplit(line->begin, line->line, "", &record);
  if (kind == RAW_TRANSFORMER) lines = RawHas(&record, 2) && RawNumber(&record, 2, &third) && third != 0 ? 5 : 4;
  if (kind == RAW_TWO_TERMINAL_DC || kind == RAW_VSC_DC) lines = 3;
  if (kind == RAW_MULTI_TERMINAL_DC || kind == RAW_GNE) lines = HeadedLines(kind, &record);
  return PetscMin(lines, n);
}

static PetscErrorCode Keep(RawSection *section, const RawLine *line)
{
  PetscFunctionBegin;
  if (section->n == section->capacity) {
    section->capacity = section->capacity ? 2 * section->capacity : 64;
    PetscCall(PetscRealloc((size_t)section->capacity * sizeof *section->line, &section->line));
  }
  section->line[section->n++] = *line;
  PetscFunctionReturn(0);
}

/* A record that begins with 0 ends a section. Tables of numbers may have lines that begin with 0: there it stands alone
   or its comment says so. */
static PetscBool EndsSection(const Walk *w, const RawRecord *record)
{
  if (!RawIs(record, 0, "0")) return PETSC_FALSE;
  if (w->kind != RAW_CORRECTION && w->kind != RAW_SUBSTATION && w->kind != RAW_NONE) return PETSC_TRUE;
  return (PetscBool)(record->n == 1 || FindWord(record->comment, "END"));
}

/* The end of the file, or Q: what is open must have been closed unless it is empty and the case is whole. */
static PetscErrorCode CheckEnd(Walk *w, PetscInt line, const char *found)
{
  const RawSection *open   = &w->r->section[w->kind];
  const PetscBool   needed = (PetscBool)(w->kind == RAW_SYSTEM || w->kind == RAW_BUS || w->kind == RAW_LOAD ||
                                       w->kind == RAW_GENERATOR || w->kind == RAW_BRANCH);
  PetscFunctionBegin;
  if (w->kind != RAW_NONE && w->expected > 0)
    PetscCall(RawFault(w->r, line,
                       "found %s within a %s record, expected %" PetscInt_FMT " more line%s of it and a record 0",
                       found, section_name[w->kind], w->expected, w->expected == 1 ? "" : "s"));
  else if (w->kind != RAW_NONE && w->kind != RAW_SUBSTATION && (open->n || needed))
    PetscCall(RawFault(w->r, line, "found %s within the %s data, expected a record 0 at their end", found,
                       section_name[w->kind]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSystemLine(RawReader *r, const RawLine *line)
{
  const char *at = FindWord(line->begin, "THRSHZ=");
  RawRecord   record;
  PetscReal   value;

  PetscFunctionBegin;
  if (!at) PetscFunctionReturn(0);
  RawSplit(at + 7, line->line, "system-wide data", &record);
  if (RawNumber(&record, 0, &value) && value > 0) r->format.zero_threshold = value;
  PetscFunctionReturn(0);
}

/* The first line behind the titles decides what the records look like; system-wide data begin with words. */
static PetscErrorCode Begin(Walk *w, PetscInt declared, const RawRecord *record)
{
  RawReader *r = w->r;
  PetscReal  number;
  PetscInt   seen;

  PetscFunctionBegin;
  if (!RawNumber(record, 0, &number) || (RawIs(record, 0, "0") && declared >= 34)) {
    r->format.revision = declared ? declared : 34;
    w->kind            = RAW_SYSTEM;
    PetscFunctionReturn(0);
  }
  w->kind            = RAW_BUS;
  seen               = RevisionOfBus(record, declared);
  r->format.revision = seen;
  if (declared && (seen == 23) != (declared == 23))
    PetscCall(FaultsAdd(r->faults, FAULT_WARNING, r->path, record->line,
                        "found a bus record of revision %" PetscInt_FMT " in a file of revision %" PetscInt_FMT
                        ": it is read as revision %" PetscInt_FMT,
                        seen, declared, seen));
  PetscFunctionReturn(0);
}

/* Words that end a section of which no record was seen, while another's records stand before them: a record 0 is missing. */
static PetscErrorCode CheckBorder(Walk *w, PetscInt line, const char *comment)
{
  const RawSectionKind ended = EndedSection(comment);
  PetscFunctionBegin;
  if (ended > w->kind && ended <= RAW_TRANSFORMER && w->r->section[w->kind].n && !w->r->section[ended].n)
    PetscCall(RawFault(w->r, line,
                       "found the end of the %s data within the %s data, expected a record 0 between the two",
                       section_name[ended], section_name[w->kind]));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeLine(Walk *w, const RawLine *line, PetscBool *over)
{
  RawRecord record;

  PetscFunctionBegin;
  if (w->expected > 0) {
    --w->expected;
    if (w->kind != RAW_NONE) PetscCall(Keep(&w->r->section[w->kind], line));
    PetscFunctionReturn(0);
  }
  RawSplit(line->begin, line->line, "", &record);
  *over = (PetscBool)(record.n == 1 && (RawIs(&record, 0, "Q") || RawIs(&record, 0, "q")));
  if (*over) {
    PetscCall(CheckEnd(w, line->line, "Q"));
  } else if (EndsSection(w, &record)) {
    PetscCall(CheckBorder(w, line->line, record.comment));
    if (w->kind != RAW_SUBSTATION) w->kind = NextSection(w, record.comment); /* the last one, in parts of its own */
  } else if (w->kind == RAW_SYSTEM) {
    PetscCall(ReadSystemLine(w->r, line));
  } else if (w->kind != RAW_NONE) {
    PetscCall(Keep(&w->r->section[w->kind], line));
    w->expected = RawRecordLines(w->kind, line, PETSC_MAX_INT) - 1;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadSections(RawReader *r, const Source *source, PetscBool *good)
{
  Walk      w = {.r = r, .at = source->bytes, .end = source->bytes + source->size, .line = 1};
  RawLine   line;
  RawRecord record;
  PetscInt  declared = 0;
  PetscBool over = PETSC_FALSE, begun = PETSC_FALSE;

  PetscFunctionBegin;
  if (!strncmp(w.at, "\xef\xbb\xbf", 3)) w.at += 3;
  r->format.zero_threshold = 1e-4;
  PetscCall(ReadIdentification(&w, &declared, good));
  if (!*good) PetscFunctionReturn(0);
  while (!over && NextLine(&w, &line, PETSC_TRUE)) {
    if (!begun) {
      RawSplit(line.begin, line.line, "bus", &record);
      PetscCall(Begin(&w, declared, &record));
      begun = PETSC_TRUE;
    }
    PetscCall(TakeLine(&w, &line, &over));
  }
  if (!over) PetscCall(CheckEnd(&w, w.line - 1, "the end of the file"));
  if (!begun) PetscCall(RawFault(r, w.line - 1, "found the end of the file behind the titles, expected bus data"));
  *good = (PetscBool)(begun && r->section[RAW_BUS].n > 0);
  if (begun && !*good) PetscCall(RawFault(r, 0, "found no bus record, expected bus data behind the titles"));
  PetscFunctionReturn(0);
}

PetscErrorCode RawDestroySections(RawReader *r)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < RAW_SECTIONS; ++k) PetscCall(PetscFree(r->section[k].line));
  PetscFunctionReturn(0);
}

void RawRead(const RawReader *r, RawSectionKind kind, PetscInt k, RawRecord *record)
{
  const RawLine *line = &r->section[kind].line[k];
  RawSplit(line->begin, line->line, section_name[kind], record);
}
