/* What a record of the log says, in one line for people, with units. */
#ifndef ARCHIPELAGO_MARKET_DESCRIBE_H
#define ARCHIPELAGO_MARKET_DESCRIBE_H

#include "market/record.h"

#include <stdio.h>

enum { DESCRIBE_TIME_SIZE = 48 };

/* One line without its newline; nothing for bytes that are no record of the market. Texts of the record stand in it as
   they are. */
void RecordDescribe(const uint8_t *bytes, size_t size, FILE *stream);

/* "2030-06-21T18:00:00Z", or the seconds where there is no such date. Returns `text`. */
const char *DescribeTime(int64_t seconds, char text[DESCRIBE_TIME_SIZE]);

#endif
