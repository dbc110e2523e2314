/* Auditing certificates from their records alone, in the order of the log: that ranges never overlap, that whoever
   passes something on held it, that what comes out of a storage went in, that each watt-hour is cancelled at most
   once, and never more than was issued or consumed. Memory for one interval and what is stored. */
#ifndef ARCHIPELAGO_MARKET_GRANULAR_AUDIT_H
#define ARCHIPELAGO_MARKET_GRANULAR_AUDIT_H

#include "market/granular.h"

typedef struct _s_GranularAudit *GranularAudit;

MarketStatus GranularAuditCreate(GranularAudit *audit, MarketError *error);
void         GranularAuditDestroy(GranularAudit *audit);

/* Takes the next certificate event of the log; records of other types are not for it. MALFORMED for bytes that are no
   event, BAD_INPUT for an event that may not happen; either line begins with the number of the event, from 0. After a
   failure the audit is good for nothing but its totals. */
MarketStatus GranularAuditTake(GranularAudit audit, const uint8_t *bytes, size_t size, MarketError *error);

/* Over all runs so far; whatever is neither stored nor gone counts as held. */
const GranularTotals *GranularAuditTotals(GranularAudit audit);

/* The same over records [n] that are in memory. `totals` may be NULL. */
MarketStatus GranularCheck(const uint8_t *const *record, const size_t *size, size_t n, GranularTotals *totals,
                           MarketError *error);

#endif
