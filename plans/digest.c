#include "digest.h"

#include <sodium.h>
#include <string.h>

_Static_assert(DIGEST_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(DIGEST_SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519");
_Static_assert(DIGEST_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519");
_Static_assert(DIGEST_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");

bool digest_init(void)
{
    return sodium_init() >= 0;
}

uint64_t digest_pieces(const struct digest_piece *piece, size_t count)
{
    enum { HASH_BYTES = 32 };
    crypto_generichash_state state;
    uint8_t hash[HASH_BYTES];
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[8];
        for (size_t k = 0; k < sizeof length; k++) {
            length[k] = (uint8_t)((uint64_t)piece[i].size >> (8 * k));
        }
        if (count > 1) {
            (void)crypto_generichash_update(&state, length, sizeof length);
        }
        (void)crypto_generichash_update(&state, (const uint8_t *)piece[i].bytes, piece[i].size);
    }
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    uint64_t first = 0;
    for (size_t k = 0; k < 8; k++) {
        first = first << 8 | hash[k];
    }
    return first;
}

bool digest_verify(const char *bytes, size_t size, const uint8_t signature[DIGEST_SIGNATURE_BYTES],
                   const uint8_t key[DIGEST_KEY_BYTES])
{
    return crypto_sign_verify_detached(signature, (const uint8_t *)bytes, size, key) == 0;
}

bool digest_hex(const char *text, size_t length, uint8_t *bytes, size_t size)
{
    size_t used = 0;
    return sodium_hex2bin(bytes, size, text, length, " \r\n\t", &used, NULL) == 0 && used == size;
}

void digest_print_hex(const uint8_t *bytes, size_t size, char *text)
{
    (void)sodium_bin2hex(text, 2 * size + 1, bytes, size);
}

void digest_new_seed(uint8_t seed[DIGEST_SEED_BYTES])
{
    randombytes_buf(seed, DIGEST_SEED_BYTES);
}

void digest_keys(const uint8_t seed[DIGEST_SEED_BYTES], uint8_t key[DIGEST_KEY_BYTES],
                 uint8_t secret[DIGEST_SECRET_BYTES])
{
    (void)crypto_sign_seed_keypair(key, secret, seed);
}

void digest_sign(const char *bytes, size_t size, const uint8_t secret[DIGEST_SECRET_BYTES],
                 uint8_t signature[DIGEST_SIGNATURE_BYTES])
{
    (void)crypto_sign_detached(signature, NULL, (const uint8_t *)bytes, size, secret);
}

void digest_forget(void *secret, size_t size)
{
    sodium_memzero(secret, size);
}
