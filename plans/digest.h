/* digest.h: hashes of plan files and signatures of safety files; the only user of libsodium. */
#ifndef KAVSAK_DIGEST_H
#define KAVSAK_DIGEST_H

#include "types.h"

enum {
    DIGEST_SEED_BYTES = 32, /* what a key file keeps */
    DIGEST_KEY_BYTES = 32,  /* public */
    DIGEST_SECRET_BYTES = 64,
    DIGEST_SIGNATURE_BYTES = 64
};

/* Call once before any of the others; again is harmless. False: no randomness or broken library. */
MUST_CHECK bool digest_init(void);

/* First 64 bits, most significant first, of BLAKE2b-256 over several pieces, each preceded by its
 * length, so that moving a byte from one file to the next changes the hash. With one piece: of its
 * bytes alone. */
struct digest_piece {
    const char *bytes;
    size_t size;
};
uint64_t digest_pieces(const struct digest_piece *piece, size_t count);

/* Ed25519 detached signature. */
MUST_CHECK bool digest_verify(const char *bytes, size_t size,
                              const uint8_t signature[DIGEST_SIGNATURE_BYTES],
                              const uint8_t key[DIGEST_KEY_BYTES]);

/* Hexadecimal to exactly size bytes; surrounding white space is allowed. */
MUST_CHECK bool digest_hex(const char *text, size_t length, uint8_t *bytes, size_t size);

/* Bytes to hexadecimal; text has room for 2 * size + 1. */
void digest_print_hex(const uint8_t *bytes, size_t size, char *text);

/* Whoever signs: a seed nobody can guess, the key pair of a seed, a signature, and the end of a
 * secret in memory. */
void digest_new_seed(uint8_t seed[DIGEST_SEED_BYTES]);
void digest_keys(const uint8_t seed[DIGEST_SEED_BYTES], uint8_t key[DIGEST_KEY_BYTES],
                 uint8_t secret[DIGEST_SECRET_BYTES]);
void digest_sign(const char *bytes, size_t size, const uint8_t secret[DIGEST_SECRET_BYTES],
                 uint8_t signature[DIGEST_SIGNATURE_BYTES]);
void digest_forget(void *secret, size_t size);

#endif
