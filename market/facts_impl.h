/* Inside the facts: how they are laid out, and what both ways to make them check. */
#ifndef ARCHIPELAGO_MARKET_FACTS_IMPL_H
#define ARCHIPELAGO_MARKET_FACTS_IMPL_H

#include "market/facts.h"

/* 2^53: beyond, doubles no longer tell neighbouring integers apart. */
#define FACTS_MOST INT64_C(9007199254740992)

/* Facts of the sizes in `counts` (intervals, n_..., has_real_time; its other numbers and texts are copied as they are),
   arrays zero, and room for text_bytes bytes of texts, at *texts. */
MarketStatus FactsAllocate(const struct _s_Facts *counts, size_t text_bytes, Facts *facts, char **texts,
                           MarketError *error);

/* Counts and length of the window: before anything is allocated. */
MarketStatus FactsCheckCounts(const struct _s_Facts *counts, MarketError *error);
/* Texts, indices and kinds of the rows. */
MarketStatus FactsCheckRows(Facts facts, MarketError *error);
/* Sizes and signs of all that changes in time, and of the rows' numbers. */
MarketStatus FactsCheckNumbers(Facts facts, MarketError *error);
/* Fills in what follows from the rest: the participants' regions. After FactsCheckRows. */
void FactsDerive(Facts facts);

#endif
