/* The text forms that the public formats share. */
#include "ledger/text.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t LedgerBase64Length(size_t size)
{
  return (size + 2) / 3 * 4;
}

void LedgerBase64Encode(const void *data, size_t size, char *out)
{
  const uint8_t *in = data;
  for (; size > 0; out += 4) {
    size_t   take  = size < 3 ? size : 3;
    uint32_t group = (uint32_t)in[0] << 16;
    if (take > 1) group |= (uint32_t)in[1] << 8;
    if (take > 2) group |= in[2];
    out[0] = alphabet[group >> 18];
    out[1] = alphabet[group >> 12 & 63];
    out[2] = take > 1 ? alphabet[group >> 6 & 63] : '=';
    out[3] = take > 2 ? alphabet[group & 63] : '=';
    in += take;
    size -= take;
  }
  *out = 0;
}

static int Base64Digit(char c)
{
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

bool LedgerBase64Decode(const char *text, size_t length, uint8_t *out, size_t capacity, size_t *size)
{
  size_t padding = 0;
  *size          = 0;
  if (length % 4) return false;
  if (length && text[length - 1] == '=') padding = text[length - 2] == '=' ? 2 : 1;
  if (length / 4 * 3 - padding > capacity) return false;
  for (size_t k = 0; k < length; k += 4) {
    size_t   bytes = k + 4 == length ? 3 - padding : 3;
    uint32_t group = 0;
    for (size_t j = 0; j < 4; j++) {
      int digit = j <= bytes ? Base64Digit(text[k + j]) : 0;
      if (digit < 0) return false;
      group = group << 6 | (uint32_t)digit;
    }
    if (group & ((1u << (8 * (3 - bytes))) - 1)) return false; /* unused bits must be zero */
    for (size_t j = 0; j < bytes; j++) out[(*size)++] = (uint8_t)(group >> (16 - 8 * j));
  }
  return true;
}

void LedgerHexEncode(const void *data, size_t size, char *out)
{
  static const char digit[] = "0123456789abcdef";
  const uint8_t    *in      = data;
  for (size_t k = 0; k < size; k++) {
    *out++ = digit[in[k] >> 4];
    *out++ = digit[in[k] & 15];
  }
  *out = 0;
}

static int HexDigit(char c, bool any_case)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (any_case && c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool LedgerHexDecode(const char *text, size_t length, bool any_case, uint8_t *out, size_t size)
{
  if (length % 2 || length / 2 != size) return false;
  for (size_t k = 0; k < size; k++) {
    int high = HexDigit(text[2 * k], any_case), low = HexDigit(text[2 * k + 1], any_case);
    if (high < 0 || low < 0) return false;
    out[k] = (uint8_t)(high << 4 | low);
  }
  return true;
}

bool LedgerDecimalParse(const char *text, size_t length, uint64_t *value)
{
  *value = 0;
  if (length == 0 || length > 19 || (text[0] == '0' && length > 1)) return false;
  for (size_t k = 0; k < length; k++) {
    if (text[k] < '0' || text[k] > '9') return false;
    *value = *value * 10 + (uint64_t)(text[k] - '0');
  }
  return *value <= INT64_MAX;
}

/* Takes one code point off the text; false when it is not well-formed (Unicode 15, table 3-7). */
static bool NextCodePoint(const char **text, size_t *length, uint32_t *point)
{
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  const uint8_t        *in      = (const uint8_t *)*text;
  size_t                more    = 0;
  if (in[0] < 0x80)
    *point = in[0];
  else if (in[0] >= 0xc2 && in[0] <= 0xdf)
    *point = in[0] & 0x1f, more = 1;
  else if (in[0] >= 0xe0 && in[0] <= 0xef)
    *point = in[0] & 0x0f, more = 2;
  else if (in[0] >= 0xf0 && in[0] <= 0xf4)
    *point = in[0] & 0x07, more = 3;
  else
    return false;
  if (more >= *length) return false;
  for (size_t k = 1; k <= more; k++) {
    if ((in[k] & 0xc0) != 0x80) return false;
    *point = *point << 6 | (in[k] & 0x3f);
  }
  if (*point < least[more] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff)) return false;
  *text += more + 1;
  *length -= more + 1;
  return true;
}

/* Code points with the Unicode property White_Space. */
static bool IsSpace(uint32_t point)
{
  return (point >= 0x09 && point <= 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f ||
         point == 0x205f || point == 0x3000;
}

bool LedgerNoteTextValid(const char *text, size_t length)
{
  while (length) {
    uint32_t point;
    if (!NextCodePoint(&text, &length, &point)) return false;
    if (point < 0x20 && point != '\n') return false;
  }
  return true;
}

bool LedgerKeyNameValid(const char *name, size_t length)
{
  if (!length) return false;
  while (length) {
    uint32_t point;
    if (!NextCodePoint(&name, &length, &point)) return false;
    if (point < 0x20 || point == '+' || IsSpace(point)) return false;
  }
  return true;
}

bool LedgerNextLine(const char **text, size_t *length, const char **line, size_t *line_length)
{
  const char *newline = *length ? memchr(*text, '\n', *length) : NULL;
  if (!newline) return false;
  *line        = *text;
  *line_length = (size_t)(newline - *text);
  *length -= *line_length + 1;
  *text = newline + 1;
  return true;
}
