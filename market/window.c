/* A window's market: inputs to bytes and back, and their execution. */
#include "market/window.h"

#include <stdlib.h>
#include <string.h>

static const char magic[] = "archipelago/market/inputs/v1\n";

enum { MAGIC_BYTES = sizeof magic - 1 };

/* ---- Bytes -------------------------------------------------------------------------------------------------------- */

/* A part is its length (u64) and its bytes; the length is put in when the part is complete. */
static size_t OpenPart(MarketBytes *bytes)
{
  MarketPut(bytes, 0, 8);
  return bytes->size;
}

static void ClosePart(MarketBytes *bytes, size_t start)
{
  uint64_t size = bytes->size - start;

  if (bytes->failed) return;
  for (int i = 0; i < 8; i++) bytes->data[start - 8 + (size_t)i] = (uint8_t)(size >> (8 * (7 - i)));
}

static void PutPart(MarketBytes *bytes, const void *data, size_t size)
{
  size_t start = OpenPart(bytes);

  MarketPutRaw(bytes, data, size);
  ClosePart(bytes, start);
}

static void PutContracts(Contracts contracts, MarketBytes *bytes)
{
  size_t n = ContractsCount(contracts), size;

  MarketPut(bytes, n, 4);
  for (size_t k = 0; k < n; k++) {
    const uint8_t *record = ContractsRecord(contracts, k, &size);
    PutPart(bytes, record, size);
  }
}

void MarketInputsWrite(const MarketInputs *inputs, MarketBytes *bytes)
{
  size_t start;

  MarketPutRaw(bytes, magic, MAGIC_BYTES);
  MarketPutRaw(bytes, inputs->salt, sizeof inputs->salt);
  start = OpenPart(bytes);
  FactsWrite(inputs->facts, bytes);
  ClosePart(bytes, start);
  start = OpenPart(bytes);
  LocalRulesWrite(&inputs->local, bytes);
  ClosePart(bytes, start);
  start = OpenPart(bytes);
  if (inputs->bids) BidsWrite(inputs->bids, bytes);
  ClosePart(bytes, start);
  PutContracts(inputs->contracts, bytes);
  GranularRulesWrite(&inputs->granular, bytes);
  CarbonRulesWrite(&inputs->carbon, bytes);
  PutPart(bytes, inputs->contract_state.data, inputs->contract_state.size);
  PutPart(bytes, inputs->granular_state.data, inputs->granular_state.size);
}

static MarketStatus TakePart(MarketReader *reader, const char *what, const uint8_t **data, size_t *size)
{
  uint64_t length = 0;

  MARKET_TRY(MarketTake(reader, 8, what, &length));
  *size = length;
  return MarketTakeRaw(reader, length, what, data);
}

static MarketStatus TakeState(MarketReader *reader, const char *what, MarketBytes *state)
{
  const uint8_t *data = NULL;
  size_t         size = 0;

  MARKET_TRY(TakePart(reader, what, &data, &size));
  MarketPutRaw(state, data, size);
  return MarketBytesCheck(state, reader->error);
}

/* Records stand in the order of their hashes, so that the inputs have one form. */
static MarketStatus TakeContracts(MarketReader *reader, Contracts *contracts)
{
  size_t         n = 0, size = 0, at = reader->at;
  const uint8_t *record = NULL;
  uint8_t        before[32], hash[32];

  MARKET_TRY(MarketTakeCount(reader, 8, "number of contracts", &n));
  MARKET_TRY(ContractsCreate(contracts, reader->error));
  for (size_t k = 0; k < n; k++, memcpy(before, hash, sizeof hash)) {
    MARKET_TRY(TakePart(reader, "contract", &record, &size));
    ContractHash(record, size, hash);
    if (k && memcmp(before, hash, sizeof hash) >= 0)
      return MarketFail(reader->error, MARKET_MALFORMED, "%s: contracts from byte %zu on are not in ascending order",
                        reader->what, at);
    MARKET_TRY(ContractsAdd(*contracts, record, size, reader->error));
  }
  return MARKET_OK;
}

static MarketStatus TakeAll(MarketReader *reader, MarketInputs *inputs)
{
  const uint8_t *data = NULL;
  size_t         size = 0;

  MARKET_TRY(MarketTakeRaw(reader, MAGIC_BYTES, "first line", &data));
  if (memcmp(data, magic, MAGIC_BYTES) != 0)
    return MarketFail(reader->error, MARKET_MALFORMED, "%s: does not begin with '%.*s'", reader->what,
                      (int)MAGIC_BYTES - 1, magic);
  MARKET_TRY(MarketTakeCopy(reader, sizeof inputs->salt, "salt", inputs->salt));
  MARKET_TRY(TakePart(reader, "facts", &data, &size));
  MARKET_TRY(FactsRead(data, size, &inputs->facts, reader->error));
  MARKET_TRY(TakePart(reader, "rules of the local market", &data, &size));
  MARKET_TRY(LocalRulesRead(data, size, &inputs->local, reader->error));
  MARKET_TRY(TakePart(reader, "bids", &data, &size));
  if (size) MARKET_TRY(BidsRead(data, size, &inputs->bids, reader->error));
  MARKET_TRY(TakeContracts(reader, &inputs->contracts));
  MARKET_TRY(GranularRulesTake(reader, &inputs->granular));
  MARKET_TRY(CarbonRulesTake(reader, &inputs->carbon));
  MARKET_TRY(TakeState(reader, "state of the contracts", &inputs->contract_state));
  MARKET_TRY(TakeState(reader, "state of the certificates", &inputs->granular_state));
  return MarketTakeEnd(reader);
}

MarketStatus MarketInputsRead(const uint8_t *bytes, size_t size, MarketInputs *inputs, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "market inputs", error};
  MarketStatus status;

  *inputs = (MarketInputs){0};
  status  = TakeAll(&reader, inputs);
  if (status != MARKET_OK) MarketInputsFree(inputs);
  return status;
}

void MarketInputsFree(MarketInputs *inputs)
{
  FactsDestroy(&inputs->facts);
  BidsDestroy(&inputs->bids);
  ContractsDestroy(&inputs->contracts);
  CarbonRulesFree(&inputs->carbon);
  MarketBytesFree(&inputs->contract_state);
  MarketBytesFree(&inputs->granular_state);
}

/* ---- Execution ---------------------------------------------------------------------------------------------------- */

static MarketStatus Execute(const MarketInputs *in, const bool *settle, MarketOutcome *out, MarketError *error)
{
  size_t contracted;

  MARKET_TRY(ContractsExecute(in->contracts, in->facts, &in->contract_state, &out->contract_state, &out->deliveries,
                              &out->transfers, error));
  contracted = out->deliveries.n;
  if (in->local.mechanism != LOCAL_NONE && in->local.mechanism != LOCAL_LOCATIONAL) {
    Deliveries   traded = {0};
    MarketStatus status =
        LocalMarketClear(in->facts, &in->local, in->bids, contracted ? &out->deliveries : NULL, &traded, error);
    for (size_t k = 0; k < traded.n && status == MARKET_OK; k++)
      status = DeliveriesAdd(&out->deliveries, in->facts, &traded.delivery[k], error);
    DeliveriesFree(&traded);
    MARKET_TRY(status);
  }
  MARKET_TRY(DeliveriesSettle(in->facts, &out->deliveries, in->local.fee, &out->transfers, error));
  if (in->carbon.enabled) MARKET_TRY(CarbonSettle(in->facts, &in->carbon, &out->transfers, &out->carbon, error));
  MARKET_TRY(SettlementCreate(in->facts, &out->transfers, settle, &out->settlement, error));
  return GranularExecute(in->facts, &out->deliveries, &in->granular, &in->granular_state, &out->granular_state,
                         &out->events, error);
}

MarketStatus MarketExecute(const MarketInputs *inputs, const bool *settle, MarketOutcome *outcome, MarketError *error)
{
  MarketStatus status;

  *outcome = (MarketOutcome){0};
  status   = Execute(inputs, settle, outcome, error);
  if (status != MARKET_OK) MarketOutcomeFree(outcome);
  return status;
}

void MarketOutcomeFree(MarketOutcome *outcome)
{
  DeliveriesFree(&outcome->deliveries);
  TransfersFree(&outcome->transfers);
  GranularEventsFree(&outcome->events);
  MarketBytesFree(&outcome->contract_state);
  MarketBytesFree(&outcome->granular_state);
  SettlementDestroy(&outcome->settlement);
}
