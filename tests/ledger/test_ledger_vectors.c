/* The ledger against the published test vectors of the public formats. */
#include <dirent.h>
#include <jansson.h>

#include "ledger/checkpoint.h"
#include "ledger/commitment.h"
#include "ledger/log.h"
#include "ledger/proof.h"
#include "ledger/range.h"
#include "ledger/text.h"
#include "ledger/tile.h"
#include "tests/ledger/scratch.h"

#define VECTORS "ledger-vectors/"

/* The reader knows numbers up to 2^63 - 1, some vectors hold 2^64 - 1: such a number is turned into a string first. */
static json_t *ReadJson(const char *path)
{
  const char   largest[] = "18446744073709551615";
  LedgerBytes  text = ReadWhole(path), quoted = {0};
  json_error_t problem;
  json_t      *json;
  const char  *at = (char *)text.data, *hit;
  for (; (hit = strstr(at, largest)); at = hit + sizeof largest - 1) {
    assert_int_equal(LedgerBytesPrint(&quoted, NULL, "%.*s\"%s\"", (int)(hit - at), at, largest), LEDGER_OK);
  }
  assert_int_equal(LedgerBytesPrint(&quoted, NULL, "%s", at), LEDGER_OK);
  json = json_loads((char *)quoted.data, 0, &problem);
  if (!json) fail_msg("%s: %s", path, problem.text);
  LedgerBytesFree(&text);
  LedgerBytesFree(&quoted);
  return json;
}

static const char *Text(const json_t *object, const char *key)
{
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static uint64_t Number(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_string(value) ? strtoull(json_string_value(value), NULL, 10) : (uint64_t)json_integer_value(value);
}

static void PublishedRootsOfTheCustomaryLeaves(void **state)
{
  const char *path  = SharedData(VECTORS "merkle/rfc6962-roots.json");
  LedgerRange range = NULL;
  LedgerError error = {""};
  json_t     *json, *leaves, *roots;
  (void)state;
  if (!path) skip();
  json   = ReadJson(path);
  leaves = json_object_get(json, "leaves_hex");
  roots  = json_object_get(json, "root_hex_by_size");
  assert_int_equal(json_array_size(leaves), 8);
  assert_ok(LedgerRangeCreate(0, &range, &error), error);
  for (size_t size = 0; size <= 8; size++) {
    LedgerHash root;
    char       hex[65];
    assert_ok(LedgerRangeRoot(range, &root, &error), error);
    LedgerHashHex(&root, hex);
    assert_string_equal(hex, json_string_value(json_array_get(roots, size)));
    if (size < 8) {
      const char *leaf = json_string_value(json_array_get(leaves, size));
      uint8_t     bytes[32];
      assert_true(LedgerHexDecode(leaf, strlen(leaf), false, bytes, strlen(leaf) / 2));
      assert_ok(LedgerRangeAppendEntry(range, bytes, strlen(leaf) / 2, &error), error);
    }
  }
  LedgerRangeDestroy(&range);
  json_decref(json);
}

/* False when some hash of the vector is not 32 bytes: no proof file could hold it. */
static bool ReadProof(const json_t *json, LedgerProof *proof)
{
  const json_t *list = json_object_get(json, "proof");
  proof->n           = json_array_size(list);
  assert_true(proof->n <= LEDGER_PROOF_MAX);
  for (size_t k = 0; k < proof->n; k++) {
    const char *text = json_string_value(json_array_get(list, k));
    if (!LedgerHashParse(text, strlen(text), &proof->hash[k])) return false;
  }
  return true;
}

static bool ReadHash(const json_t *json, const char *key, LedgerHash *hash)
{
  return LedgerHashParse(Text(json, key), strlen(Text(json, key)), hash);
}

static bool InclusionHolds(const json_t *json)
{
  LedgerProof proof;
  LedgerHash  leaf, root;
  return ReadProof(json, &proof) && ReadHash(json, "leafHash", &leaf) && ReadHash(json, "root", &root) &&
         LedgerInclusionCheck(Number(json, "leafIdx"), Number(json, "treeSize"), &leaf, &proof, &root, NULL) ==
             LEDGER_OK;
}

static bool ConsistencyHolds(const json_t *json)
{
  LedgerProof proof;
  LedgerHash  old_root, new_root;
  return ReadProof(json, &proof) && ReadHash(json, "root1", &old_root) && ReadHash(json, "root2", &new_root) &&
         LedgerConsistencyCheck(Number(json, "size1"), Number(json, "size2"), &proof, &old_root, &new_root, NULL) ==
             LEDGER_OK;
}

/* Runs every vector below a folder; returns how many there were. */
static size_t RunFolder(const char *folder, bool (*holds)(const json_t *))
{
  size_t count = 0;
  for (int group = 0; group < 10; group++) {
    char           name[LEDGER_PATH_MAX];
    struct dirent *entry;
    DIR           *list;
    snprintf(name, sizeof name, "%s/%d", folder, group);
    list = opendir(name);
    while (list && (entry = readdir(list))) {
      char    path[LEDGER_PATH_MAX];
      json_t *json;
      if (!strstr(entry->d_name, ".json")) continue;
      assert_int_equal(LedgerPathJoin(path, name, entry->d_name, NULL), LEDGER_OK);
      json = ReadJson(path);
      if (holds(json) == (bool)json_is_true(json_object_get(json, "wantErr"))) fail_msg("%s", path);
      json_decref(json);
      count++;
    }
    if (list) closedir(list);
  }
  return count;
}

static void PublishedProofsAreAcceptedOrRefused(void **state)
{
  const char *inclusion   = SharedData(VECTORS "merkle/inclusion"),
             *consistency = SharedData(VECTORS "merkle/consistency");
  (void)state;
  if (!inclusion || !consistency) skip();
  assert_true(RunFolder(inclusion, InclusionHolds) >= 60);
  assert_true(RunFolder(consistency, ConsistencyHolds) >= 60);
}

static bool NoteHolds(const json_t *vector)
{
  const char    *text = Text(vector, "note"), *hex = Text(vector, "note_hex");
  size_t         size = strlen(text);
  uint8_t        bytes[8192];
  LedgerVerifier keys[4] = {NULL};
  LedgerNote     note    = NULL;
  LedgerError    error   = {""};
  const json_t  *list    = json_object_get(vector, "vkeys");
  size_t         n       = json_array_size(list);
  bool           holds;
  assert_true(size < sizeof bytes && n <= 4);
  memcpy(bytes, text, size);
  if (*hex) {
    size = strlen(hex) / 2;
    assert_true(size < sizeof bytes && LedgerHexDecode(hex, 2 * size, false, bytes, size));
  }
  for (size_t k = 0; k < n; k++) {
    const char *key = json_string_value(json_array_get(list, k));
    assert_ok(LedgerVerifierParse(key, strlen(key), &keys[k], &error), error);
  }
  holds = LedgerNoteParse(bytes, size, NULL, &note, NULL) == LEDGER_OK &&
          LedgerNoteVerify(note, keys, n, NULL, NULL, NULL, NULL) == LEDGER_OK;
  LedgerNoteDestroy(&note);
  for (size_t k = 0; k < n; k++) LedgerVerifierDestroy(&keys[k]);
  return holds;
}

static void PublishedNotesAreAcceptedOrRefused(void **state)
{
  const char *path = SharedData(VECTORS "notes.json");
  json_t     *json, *vector;
  size_t      k;
  (void)state;
  if (!path) skip();
  json = ReadJson(path);
  json_array_foreach(json_object_get(json, "vectors"), k, vector)
  {
    if (NoteHolds(vector) != (bool)json_is_true(json_object_get(vector, "valid"))) fail_msg("%s", Text(vector, "name"));
  }
  assert_true(k >= 15);
  json_array_foreach(json_object_get(json, "bad_vkeys"), k, vector)
  {
    LedgerVerifier verifier = NULL;
    const char    *text     = json_string_value(vector);
    if (LedgerVerifierParse(text, strlen(text), &verifier, NULL) != LEDGER_INPUT) fail_msg("%s", text);
  }
  assert_true(k >= 4);
  json_decref(json);
}

static void SigningGivesThePublishedNote(void **state)
{
  const char  *path   = SharedData(VECTORS "notes.json");
  LedgerSigner signer = NULL;
  LedgerError  error  = {""};
  LedgerBytes  note = {0}, key = {0};
  uint8_t      seed[LEDGER_KEY_BYTES];
  json_t      *json, *skey, *zero;
  (void)state;
  if (!path) skip();
  json = ReadJson(path);
  skey = json_object_get(json, "skey");
  zero = json_object_get(json, "sign_zero_seed");
  assert_ok(LedgerSignerParse(Text(skey, "skey"), strlen(Text(skey, "skey")), &signer, &error), error);
  assert_ok(LedgerNoteSign(Text(skey, "text"), strlen(Text(skey, "text")), &signer, 1, &note, &error), error);
  assert_string_equal((char *)note.data, Text(skey, "expect_note"));
  LedgerSignerDestroy(&signer);
  assert_true(LedgerHexDecode(Text(zero, "seed"), 64, false, seed, sizeof seed));
  assert_ok(LedgerSignerFromSeed(Text(zero, "name"), LEDGER_KEY_ED25519, seed, &signer, &error), error);
  assert_ok(LedgerVerifierWrite(LedgerSignerVerifier(signer), &key, &error), error);
  assert_string_equal((char *)key.data, Text(zero, "vkey"));
  LedgerSignerDestroy(&signer);
  LedgerBytesFree(&note);
  LedgerBytesFree(&key);
  json_decref(json);
}

/* The published parser is laxer than the specification: it takes any base64 as the root and empty extension lines. Here
   the specification rules, so a vector is good only when its root has 32 bytes and no extension line is empty. */
static void PublishedCheckpointsAreReadAsSpecified(void **state)
{
  const char      *path = SharedData(VECTORS "checkpoints.json");
  json_t          *json, *vector;
  size_t           k;
  LedgerCheckpoint checkpoint;
  LedgerHash       hello = LedgerHashLeaf("hello world", 11);
  LedgerError      error = {""};
  const char      *body;
  (void)state;
  if (!path) skip();
  json = ReadJson(path);
  json_array_foreach(json_object_get(json, "vectors"), k, vector)
  {
    LedgerStatus status =
        LedgerCheckpointParse(Text(vector, "body"), strlen(Text(vector, "body")), NULL, &checkpoint, NULL);
    if (status != LEDGER_FALSE) fail_msg("%s", Text(vector, "desc")); /* none of them has a root of 32 bytes */
    LedgerCheckpointFree(&checkpoint);
  }
  json_array_foreach(json_object_get(json, "c2sp_strict_invalid"), k, vector)
  {
    LedgerStatus status =
        LedgerCheckpointParse(Text(vector, "body"), strlen(Text(vector, "body")), NULL, &checkpoint, NULL);
    if (status != LEDGER_FALSE) fail_msg("%s", Text(vector, "desc"));
  }
  body = Text(json_object_get(json, "golden_tree"), "body");
  assert_ok(LedgerCheckpointParse(body, strlen(body), NULL, &checkpoint, &error), error);
  assert_string_equal(checkpoint.origin, "go.sum database tree");
  assert_int_equal(checkpoint.size, 123456789012);
  assert_memory_equal(checkpoint.root.byte, hello.byte, LEDGER_HASH_BYTES);
  LedgerCheckpointFree(&checkpoint);
  json_decref(json);
}

/* A good vector of the laxer parser becomes good here when its root is replaced by one of 32 bytes. */
static void PublishedCheckpointsWithAFullRootAreRead(void **state)
{
  const char *path = SharedData(VECTORS "checkpoints.json");
  json_t     *json, *vector;
  size_t      k, good = 0;
  (void)state;
  if (!path) skip();
  json = ReadJson(path);
  json_array_foreach(json_object_get(json, "vectors"), k, vector)
  {
    char             text[1024];
    const char      *body = Text(vector, "body"), *rest = strchr(body, '\n');
    LedgerCheckpoint checkpoint;
    bool             lax = json_is_true(json_object_get(vector, "valid_formats_pkg"));
    if (rest) rest = strchr(rest + 1, '\n');
    if (!lax || !rest) continue;
    snprintf(text, sizeof text, "%.*s\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=%s", (int)(rest - body), body,
             strchr(rest + 1, '\n'));
    if ((LedgerCheckpointParse(text, strlen(text), NULL, &checkpoint, NULL) == LEDGER_OK) != !strstr(text, "\n\n")) {
      fail_msg("%s", Text(vector, "desc"));
    }
    good += !strstr(text, "\n\n");
    LedgerCheckpointFree(&checkpoint);
  }
  assert_int_equal(good, 4);
  json_decref(json);
}

static void PublishedTilePathsAgree(void **state)
{
  const char *path = SharedData(VECTORS "tile_paths.json");
  json_t     *json, *vector;
  size_t      k;
  char        name[LEDGER_TILE_PATH_MAX];
  (void)state;
  if (!path) skip();
  json = ReadJson(path);
  json_array_foreach(json_object_get(json, "tile_path"), k, vector)
  {
    unsigned   p    = (unsigned)Number(vector, "p");
    LedgerTile tile = {(int)Number(vector, "level"), Number(vector, "index"), p ? p : LEDGER_TILE_WIDTH};
    LedgerTilePath(&tile, name);
    assert_string_equal(name, Text(vector, "path"));
  }
  json_array_foreach(json_object_get(json, "entries_path_for_log_index"), k, vector)
  {
    uint64_t   index = Number(vector, "seq") / LEDGER_TILE_WIDTH;
    LedgerTile tile  = {LEDGER_TILE_BUNDLE, index, LedgerTileWidth(Number(vector, "size"), LEDGER_TILE_BUNDLE, index)};
    LedgerTilePath(&tile, name);
    assert_string_equal(name, Text(vector, "path"));
  }
  json_array_foreach(json_object_get(json, "parse"), k, vector)
  {
    LedgerTile tile;
    char       text[256];
    snprintf(text, sizeof text, "tile/%s/%s", Text(vector, "level"), Text(vector, "index"));
    if (LedgerTileParse(text, &tile) != (bool)json_is_true(json_object_get(vector, "valid"))) fail_msg("%s", text);
    if (!json_is_true(json_object_get(vector, "valid"))) continue;
    assert_int_equal(tile.index, Number(vector, "n"));
    assert_int_equal(tile.width % LEDGER_TILE_WIDTH, Number(vector, "p"));
  }
  assert_true(k >= 19);
  json_decref(json);
}

static void ThePublishedLogOf7VerifiesAtEverySize(void **state)
{
  const char       key[]  = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
  const char      *shared = SharedData(VECTORS "log-of-7");
  char             directory[LEDGER_PATH_MAX], checkpoint[LEDGER_PATH_MAX + 32];
  LedgerVerifier   verifier = NULL;
  LedgerError      error    = {""};
  LedgerHash       root[8];
  LedgerLogOptions options = {.checkpoint = checkpoint, .verifiers = &verifier, .n = 1};
  (void)state;
  if (!shared) skip();
  assert_ok(LedgerPathJoin(directory, NULL, shared, &error), error);
  assert_ok(LedgerVerifierParse(key, sizeof key - 1, &verifier, &error), error);
  for (uint64_t size = 0; size <= 7; size++) {
    LedgerLog       log = NULL;
    LedgerLogCounts counts;
    snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint.%d", directory, (int)size);
    assert_ok(LedgerLogOpen(directory, &options, &log, &error), error);
    assert_ok(LedgerLogVerify(log, &counts, &error), error);
    assert_int_equal(counts.entries, size);
    root[size] = LedgerLogCheckpoint(log)->root;
    for (uint64_t old = 0; old <= size; old++) {
      LedgerProof proof;
      assert_ok(LedgerLogConsistency(log, old, &proof, &error), error);
      assert_ok(LedgerConsistencyCheck(old, size, &proof, &root[old], &root[size], &error), error);
    }
    for (uint64_t index = 0; index < size; index++) {
      LedgerBytes file = {0};
      assert_ok(LedgerLogProve(log, index, &file, &error), error);
      LedgerBytesFree(&file);
    }
    LedgerLogClose(&log);
  }
  LedgerVerifierDestroy(&verifier);
}

/* A selective disclosure (RFC 9901) is hashed as it stands; cut anywhere into domain, salt and bytes, it is a salted hash.
   Digests are in the alphabet for names in URLs, without padding. */
static void PublishedSaltedDisclosuresAgree(void **state)
{
  const char *path = SharedData(VECTORS "sdjwt.json");
  json_t     *json, *vector;
  size_t      k;
  (void)state;
  if (!path) skip();
  json = ReadJson(path);
  assert_int_equal(json_array_size(json_object_get(json, "vectors")), 3);
  json_array_foreach(json_object_get(json, "vectors"), k, vector)
  {
    const char *text = json_string_value(json_array_get(vector, 0));
    size_t      size = strlen(text);
    assert_true(size > LEDGER_HASH_BYTES);
    for (size_t cut = 0; cut <= size - LEDGER_HASH_BYTES; cut++) {
      LedgerHash salt, hash;
      char       domain[256], base64[45];
      snprintf(domain, sizeof domain, "%.*s", (int)cut, text);
      memcpy(salt.byte, text + cut, LEDGER_HASH_BYTES);
      hash = LedgerSaltedHash(domain, &salt, text + cut + LEDGER_HASH_BYTES, size - cut - LEDGER_HASH_BYTES);
      LedgerHashBase64(&hash, base64);
      base64[strcspn(base64, "=")] = '\0';
      for (char *c = base64; *c; c++) *c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
      assert_string_equal(base64, json_string_value(json_array_get(vector, 1)));
    }
  }
  json_decref(json);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(PublishedRootsOfTheCustomaryLeaves),
      cmocka_unit_test(PublishedProofsAreAcceptedOrRefused),
      cmocka_unit_test(PublishedNotesAreAcceptedOrRefused),
      cmocka_unit_test(SigningGivesThePublishedNote),
      cmocka_unit_test(PublishedCheckpointsAreReadAsSpecified),
      cmocka_unit_test(PublishedCheckpointsWithAFullRootAreRead),
      cmocka_unit_test(PublishedTilePathsAgree),
      cmocka_unit_test(ThePublishedLogOf7VerifiesAtEverySize),
      cmocka_unit_test(PublishedSaltedDisclosuresAgree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
