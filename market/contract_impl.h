/* Execution of contracts, in parts. For contract*.c only. */
#ifndef ARCHIPELAGO_MARKET_CONTRACT_IMPL_H
#define ARCHIPELAGO_MARKET_CONTRACT_IMPL_H

#include "market/contract.h"
#include "market/money.h"

/* What assets offer to contracts in an interval, in Wh >= 0. */
typedef enum {
  POOL_OUTPUT, /* fed in */
  POOL_INTAKE, /* taken */
  POOL_DOWN,   /* demand below its baseline */
  POOL_UP,     /* demand above it */
  POOLS
} ContractPool;

#define CONTRACT_NO_POOL SIZE_MAX

/* Begun and not yet settled: take-or-pay over the whole contract, or a block of shifting. */
typedef struct {
  int64_t since;   /* take-or-pay: seconds of validity executed; shifting: start of the block, POSIX seconds */
  int64_t taken;   /* taken; shifted down */
  int64_t offered; /* offered to be taken; shifted up */
} ContractBalance;

/* What one of two draws asks of a pool and gets. */
typedef struct {
  size_t  pool; /* asset x POOLS + pool, or CONTRACT_NO_POOL: nothing is drawn */
  int64_t asked, granted;
} ContractDraw;

/* A contract during the execution of a window. */
typedef struct {
  const Contract *contract;
  const uint8_t  *hash;
  uint32_t        seller, buyer;                         /* participants */
  uint32_t        unit, load;                            /* assets, DELIVERY_ANY_ASSET: none */
  uint32_t        from_bus, to_bus, price_bus;           /* rows; 0 where there is none */
  uint32_t        condition_at[CONTRACT_CONDITIONS_MAX]; /* row of the bus or of the asset */
  ContractBalance balance;
  bool            open; /* the balance is of something begun */
  /* Of the interval: */
  uint32_t     valid_s, active_s; /* seconds of validity; of these, those in hours and days of the conditions */
  bool         held;              /* prices, technology and state of charge are as the conditions demand */
  bool         due;               /* technology is: enough for a rent */
  bool         charging;          /* a slice of a storage unit that takes */
  int64_t      contracted;        /* Wh; of a slice that charges what it takes */
  ContractDraw draw[2];           /* of supply; then of the load that takes, or shifting up */
} ContractItem;

typedef struct {
  size_t pool, item;
} ContractMember;

typedef struct ContractName ContractName;

typedef struct {
  Facts           facts;
  const FactsLeg *metered;
  size_t          n_names;
  ContractName   *name; /* [n_names] what rows are found by */
  size_t          n;
  ContractItem   *item;  /* [n] by precedence, then hash */
  int64_t        *total; /* [n_assets x POOLS] of the interval */
  int64_t        *left;
  ContractMember *member; /* [n] of a draw: items by pool, then hash */
  int64_t        *weight, *share;
  Deliveries     *deliveries;
  Transfers      *transfers;
  MarketError    *error;
} ContractRun;

/* contract_time.c: seconds of [begin, end) within the validity, and, where `hours`, within hours and days of all conditions
   on time; `watt_seconds` is the contracted power added up over them (0 of shares). */
void ContractActive(const Contract *contract, bool hours, int64_t begin, int64_t end, uint32_t *seconds,
                    MoneyWide *watt_seconds);

/* contract_resolve.c: the facts' names, sorted; then the rows of what an item names. */
MarketStatus ContractNamesCreate(ContractRun *run);
MarketStatus ContractResolve(const ContractRun *run, ContractItem *item);

/* contract_draw.c: grants one level of precedence, items first to last - 1, what they ask of the pools. */
MarketStatus ContractRation(ContractRun *run, size_t first, size_t last);

/* contract_book.c: deliveries and transfers of an interval that has been rationed. */
MarketStatus ContractBook(ContractRun *run, ContractItem *item, uint32_t interval);

/* contract_state.c: balances of the items out of and into bytes. */
MarketStatus ContractStateRead(ContractRun *run, const MarketBytes *before);
MarketStatus ContractStateWrite(const ContractRun *run, MarketBytes *after);

/* Start of the block of shifting that the instant belongs to. */
static inline int64_t ContractBlockStart(const Contract *contract, int64_t at)
{
  return contract->start + (at - contract->start) / contract->block_s * contract->block_s;
}

/* A failure in the line of an item: "contract 'NAME', interval T: WHAT". */
MarketStatus ContractItemFail(const ContractRun *run, const ContractItem *item, uint32_t interval, MarketStatus status,
                              const char *what);

#endif
