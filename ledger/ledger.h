/* The ledger in one include. It commits bytes and knows nothing of what they mean: an append-only Merkle log in a
   directory (RFC 6962 hashing; C2SP tlog-tiles, signed notes and checkpoints), its root signed and cosigned.

   Every function returns LEDGER_OK, LEDGER_INPUT (an argument or file that cannot be used), LEDGER_FALSE (bytes that are
   malformed or do not verify) or LEDGER_INTERNAL, and on failure writes one line into a LedgerError, which may be NULL.
   Handles are made by Create, Open, Parse, Read or Load and ended by Destroy, Close or Free, which take NULL or empty
   ones. Nothing is global; a handle belongs to one thread at a time. docs/ledger.md tells what is promised,
   docs/examples/ledger_example.c shows the common path.

   header         | noun
   status.h       | LedgerStatus, LedgerError, LEDGER_TRY
   bytes.h        | LedgerBytes: a growing run of bytes; big-endian integers
   key.h          | LedgerSigner, LedgerVerifier: Ed25519 keys of logs (type 0x01) and of witnesses (0x04)
   writer.h       | LedgerWriter: put entries, commit, add cosignatures
   log.h          | LedgerLog: open, read, prove, verify a log that anybody wrote
   proof.h        | inclusion and consistency; LedgerProofFile, the proof of an entry as a file
   checkpoint.h   | LedgerCheckpoint: origin, size, root; note.h below it: the signed text
   quorum.h       | LedgerQuorum: witnesses, and how many must have cosigned
   witness.h      | LedgerWitness: checks consistency and its own entries, then cosigns; request.h: what it is shown
   range.h        | LedgerRange: a block of leaves, hashed anywhere and merged in any order
   stream.h       | LedgerStream: entries in a file, one by one
   commitment.h   | Pedersen commitments on P-256; secret.h: blindings and salts from a key file
   command.h      | the command line, to which a room above adds commands
   hash.h, tile.h, tree.h, text.h, file.h | what these are made of */
#ifndef ARCHIPELAGO_LEDGER_LEDGER_H
#define ARCHIPELAGO_LEDGER_LEDGER_H

#include "ledger/checkpoint.h"
#include "ledger/command.h"
#include "ledger/commitment.h"
#include "ledger/key.h"
#include "ledger/log.h"
#include "ledger/proof.h"
#include "ledger/quorum.h"
#include "ledger/range.h"
#include "ledger/request.h"
#include "ledger/secret.h"
#include "ledger/stream.h"
#include "ledger/witness.h"
#include "ledger/writer.h"

#endif
