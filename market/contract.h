/* Contracts: agreements between two participants that execute themselves. A contract is a record of the ledger, complete
   in itself (names, integers, UTC); docs/contracts.md explains its meaning and gives the bytes one by one. Execution is a
   pure function of the records, the facts of a window and the state that the window before left. */
#ifndef ARCHIPELAGO_MARKET_CONTRACT_H
#define ARCHIPELAGO_MARKET_CONTRACT_H

#include "market/bytes.h"
#include "market/transfer.h"

enum {
  CONTRACT_SIZE_MAX       = 65535, /* bytes of a record */
  CONTRACT_CONDITIONS_MAX = 16,
  CONTRACT_WHOLE          = 1000000, /* shares and factors count millionths */
  CONTRACT_DAY_S          = 86400,
  CONTRACT_STEP_MIN_S     = 60, /* of a profile */
  CONTRACT_WATT_BYTES     = 6
};
#define CONTRACT_WATT_MAX ((INT64_C(1) << 48) - 1)
#define CONTRACT_TIME_MAX INT64_C(253402300800) /* the year 10000 */

/* What is agreed on. Of the demand-response kinds the seller is the flexible consumer. */
typedef enum {
  CONTRACT_FIXED = 1,  /* a constant power */
  CONTRACT_PROFILE,    /* a power by step of the day, or by step from the contract's start on */
  CONTRACT_UNIT_SHARE, /* a share of what a unit feeds in */
  CONTRACT_STORAGE_SHARE, /* a slice of a storage unit: the share of what it discharges, for the share of what it charges */
  CONTRACT_CURTAILMENT, /* demand below its baseline, up to a power */
  CONTRACT_SHIFTING     /* demand moved within blocks of time, up to a power */
} ContractQuantityKind;

/* What is paid for it. */
typedef enum {
  CONTRACT_PRICE_FIXED = 1,
  CONTRACT_PRICE_INDEXED,     /* factor x price at a bus + adder, not above a cap and not below a floor */
  CONTRACT_PRICE_DIFFERENCE,  /* strike less price at a bus; no energy is handed over */
  CONTRACT_PRICE_TAKE_OR_PAY, /* a fixed price, and a least energy that is paid whether taken or not */
  CONTRACT_PRICE_RENT         /* of capacity, by the hour */
} ContractPriceKind;

typedef enum {
  CONTRACT_TIME = 1,    /* hours of the day on days of the week, UTC */
  CONTRACT_PRICE_ABOVE, /* the day-ahead price at a bus is higher (lower) than a threshold */
  CONTRACT_PRICE_BELOW,
  CONTRACT_TECHNOLOGY,   /* the delivering unit is of this technology */
  CONTRACT_CHARGE_ABOVE, /* a storage unit holds at the start of the interval more (less) than a share of its capacity */
  CONTRACT_CHARGE_BELOW
} ContractConditionKind;

typedef enum { CONTRACT_NO_UNIT = 0, CONTRACT_GENERATOR, CONTRACT_LOAD, CONTRACT_STORAGE } ContractUnitKind;
typedef enum { CONTRACT_PROTECTS_BOTH = 0, CONTRACT_PROTECTS_SELLER, CONTRACT_PROTECTS_BUYER } ContractProtection;
typedef enum { CONTRACT_PER_WINDOW = 0, CONTRACT_PER_CONTRACT } ContractPeriod;
typedef enum { CONTRACT_RENT_POWER = 0, CONTRACT_RENT_ENERGY } ContractRentBasis;

typedef struct {
  ContractUnitKind kind;
  EntryText        name;
} ContractUnit;

typedef struct {
  ContractConditionKind kind;
  uint32_t  from_s, until_s; /* of the day; from at least 0, until at most 86,400; until below from: over midnight */
  uint8_t   weekdays;        /* bit 0 Monday to bit 6 Sunday, at least one */
  uint32_t  bus;             /* external number */
  int64_t   threshold;       /* millionths of the currency per MWh, or millionths of the capacity */
  EntryText name;            /* technology, or storage unit */
} ContractCondition;

/* Texts and profile lie elsewhere (in the record that was decoded). Fields that the kinds do not use are ignored. */
typedef struct {
  EntryText name, seller, buyer;
  int64_t   start, end;        /* POSIX seconds UTC, half open; 0 <= start < end <= CONTRACT_TIME_MAX */
  uint32_t  precedence;        /* lower is served first */
  int64_t   shortfall_penalty; /* millionths per MWh that the seller owes the buyer; >= 0 */

  ContractQuantityKind quantity;
  ContractUnit   unit; /* that delivers; of FIXED and PROFILE it may be missing: then the energy comes from the pool */
  int64_t        power_w; /* of FIXED; of demand response the most that counts */
  uint32_t       share;   /* millionths, of the two shares */
  bool           daily;   /* of PROFILE: steps of the day from midnight UTC; else steps from `start` */
  uint32_t       step_s;
  uint32_t       n_values;
  const uint8_t *value;   /* [n_values] watts, CONTRACT_WATT_BYTES each, big endian */
  uint32_t       block_s; /* of SHIFTING: shifts balance within blocks of this length from `start` on */

  uint32_t from_bus,
      to_bus;        /* external numbers, 0: none. Where the pool's energy comes from; where the buyer takes it */
  EntryText to_load; /* load of the buyer that takes it, may be empty; needed for take-or-pay */

  ContractPriceKind  price_kind;
  int64_t            price; /* millionths per MWh: fixed, take-or-pay, strike, energy of a rent */
  uint32_t           price_bus;
  int64_t            factor, adder, cap, floor; /* factor in millionths, the rest millionths per MWh */
  bool               has_cap, has_floor;
  ContractProtection protects; /* BOTH: two-way; SELLER: paid only while the strike is above; BUYER: only while below */
  int64_t            minimum_wh;
  ContractPeriod     per;
  ContractRentBasis  basis;
  int64_t            rent;       /* millionths per MW and hour, or per MWh of storage capacity and hour; >= 0 */
  bool               has_energy; /* of a rent: the energy goes to the buyer too, at `price` */

  uint8_t           n_conditions;
  ContractCondition condition[CONTRACT_CONDITIONS_MAX]; /* all must hold */
} Contract;

/* Energy is handed over to the buyer (else the contract is about money only). */
bool ContractDelivers(const Contract *contract);
/* A unit can fall short of it. */
bool ContractDraws(const Contract *contract);

/* BAD_INPUT with one line that names the contract. */
MarketStatus ContractValidate(const Contract *contract, MarketError *error);
/* Writes `n` powers (0 to CONTRACT_WATT_MAX) as a profile's values into packed[n * CONTRACT_WATT_BYTES]. */
void ContractPackProfile(const int64_t *watt, size_t n, uint8_t *packed);
/* Validates and appends the record; more than CONTRACT_SIZE_MAX bytes: BAD_INPUT. */
MarketStatus ContractEncode(const Contract *contract, MarketBytes *bytes, MarketError *error);
/* Strict: what is accepted encodes to the very same bytes. The contract points into `bytes`. */
MarketStatus ContractDecode(const uint8_t *bytes, size_t size, Contract *contract, MarketError *error);
/* Leaf hash of the record (RFC 6962), to which every line of its execution refers. */
void ContractHash(const uint8_t *bytes, size_t size, uint8_t hash[32]);

/* "fixed", "profile", "unit-share", "storage-share", "curtailment", "shifting"; "fixed", "indexed", "difference",
   "take-or-pay", "rent"; NULL for what is none. */
const char *ContractQuantityName(ContractQuantityKind kind);
const char *ContractPriceName(ContractPriceKind kind);

/* All contracts of a run, in the order of their hashes whatever the order in which they were added. */
typedef struct _p_Contracts *Contracts;

MarketStatus ContractsCreate(Contracts *contracts, MarketError *error);
/* Decodes and keeps a copy. BAD_INPUT for a name or a record that is there already. */
MarketStatus ContractsAdd(Contracts contracts, const uint8_t *bytes, size_t size, MarketError *error);
size_t       ContractsCount(Contracts contracts); /* 0 of NULL */
/* The k-th in the order of hashes; they live as long as the handle. */
const uint8_t  *ContractsRecord(Contracts contracts, size_t k, size_t *size);
const uint8_t  *ContractsHash(Contracts contracts, size_t k); /* [32] */
const Contract *ContractsGet(Contracts contracts, size_t k);
void            ContractsDestroy(Contracts *contracts);

/* Executes every interval of the facts' window. Energies are those metered, prices those of the day ahead.
   `before` is what the execution of the window before left in `after`, NULL or empty in the first window. Deliveries
   and transfers are appended, by interval, precedence and hash; their texts belong to `contracts`. `contracts` may be
   NULL: none. After a failure the lists and `after` hold what was booked until then and must not be used.
   BAD_INPUT: a contract names a party, unit or bus that the facts do not have, or a unit of somebody else; OVERFLOW;
   MALFORMED: `before` is no state of these contracts. Lines name the contract. */
MarketStatus ContractsExecute(Contracts contracts, Facts facts, const MarketBytes *before, MarketBytes *after,
                              Deliveries *deliveries, Transfers *transfers, MarketError *error);

#endif
