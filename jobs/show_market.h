/* Markets of a run on the screen: deliveries, contracts, certificates, allowances. */
#ifndef ARCHIPELAGO_JOBS_SHOW_MARKET_H
#define ARCHIPELAGO_JOBS_SHOW_MARKET_H

#include <jansson.h>
#include <stdio.h>

/* From a run's summary; nothing for what it does not have. */
void ShowMarket(json_t *summary, FILE *out);

#endif
