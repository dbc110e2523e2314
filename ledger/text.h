/* The text forms that the public formats share: base64, hexadecimal, decimal, UTF-8, lines. Every decoder accepts
   exactly one spelling of a value, so that a changed byte is never a second spelling of the same thing. */
#ifndef ARCHIPELAGO_LEDGER_TEXT_H
#define ARCHIPELAGO_LEDGER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters, without a final zero, of the base64 form of `size` bytes. */
size_t LedgerBase64Length(size_t size);

/* Standard alphabet, padded (RFC 4648, section 4); writes LedgerBase64Length(size) characters and a final zero. */
void LedgerBase64Encode(const void *data, size_t size, char *out);

/* False when the text is not canonical (alphabet, padding, unused bits zero) or longer than `capacity` bytes. */
bool LedgerBase64Decode(const char *text, size_t length, uint8_t *out, size_t capacity, size_t *size);

/* Lower-case hexadecimal, 2 size characters and a final zero. */
void LedgerHexEncode(const void *data, size_t size, char *out);

/* Either case is read only when `any_case`; false unless there are exactly 2 size digits. */
bool LedgerHexDecode(const char *text, size_t length, bool any_case, uint8_t *out, size_t size);

/* Decimal digits without leading zeros, at most 2^63 - 1. */
bool LedgerDecimalParse(const char *text, size_t length, uint64_t *value);

/* True for well-formed UTF-8 without a control character below U+0020 other than newline. */
bool LedgerNoteTextValid(const char *text, size_t length);

/* True for a key name: not empty, well-formed UTF-8, no control character, no Unicode space, no plus sign. */
bool LedgerKeyNameValid(const char *name, size_t length);

/* Takes the next line, without its newline, off the front of *text; false when no newline is left. */
bool LedgerNextLine(const char **text, size_t *length, const char **line, size_t *line_length);

#endif
