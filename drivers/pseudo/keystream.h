/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random bytes from one key: ChaCha20 with fast key erasure.
 *
 * Each piece is the ChaCha20 key stream (nonce 0) of the current key; its first
 * block becomes the next key, the rest is handed out. So when a piece leaves,
 * what made it is gone already: whoever reads this state afterwards learns
 * nothing of what was handed out before.
 *
 * Knows no device and does not sleep; KUnit builds it alone.
 */
#ifndef _PSEUDO_KEYSTREAM_H
#define _PSEUDO_KEYSTREAM_H

#include <linux/types.h>

#define PSEUDO_KEY_SIZE	32

/**
 * struct pseudo_keystream - a stream of random bytes
 * @key: what the next piece is made from: fill it in to begin
 */
struct pseudo_keystream {
	u8 key[PSEUDO_KEY_SIZE] __aligned(8);
};

/**
 * pseudo_keystream_take() - the next piece
 * @ks: the stream; its key is replaced
 * @buf: where the piece goes
 * @len: its length
 */
void pseudo_keystream_take(struct pseudo_keystream *ks, u8 *buf, size_t len);

/**
 * pseudo_keystream_wipe() - the stream is done with
 * @ks: the stream; its key is erased
 */
void pseudo_keystream_wipe(struct pseudo_keystream *ks);

#endif /* _PSEUDO_KEYSTREAM_H */
