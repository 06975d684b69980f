/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random bytes from one key: ChaCha20 with fast key erasure.
 *
 * Each piece is the ChaCha20 key stream (nonce 0) of the current key and is
 * written over it: its first 32 bytes are the next key, the rest is handed out.
 * So when a piece leaves, what made it is gone already: whoever reads this
 * state afterwards learns nothing of what was handed out before.
 *
 * Knows no device and does not sleep; KUnit builds it alone.
 */
#ifndef _PSEUDO_KEYSTREAM_H
#define _PSEUDO_KEYSTREAM_H

#include <linux/types.h>

#define PSEUDO_KEY_SIZE		32

/* Key and piece are made and copied at once: stays in the first-level cache. */
#define PSEUDO_KEYSTREAM_SIZE	4096
#define PSEUDO_PIECE_SIZE	(PSEUDO_KEYSTREAM_SIZE - PSEUDO_KEY_SIZE)

/**
 * struct pseudo_keystream - a stream of random bytes
 * @key: what the next piece is made from: fill it in to begin
 * @piece: the last piece
 */
struct pseudo_keystream {
	u8 key[PSEUDO_KEY_SIZE] __aligned(8);
	u8 piece[PSEUDO_PIECE_SIZE];
};

/**
 * pseudo_keystream_next() - make the next piece
 * @ks: the stream; its key is replaced
 * @len: how many bytes of @ks->piece are wanted
 */
void pseudo_keystream_next(struct pseudo_keystream *ks, size_t len);

/**
 * pseudo_keystream_wipe() - the stream is done with
 * @ks: the stream; its key and piece are erased
 *
 * And so is what making them left on the stack of this task, if the caller is
 * the one that had them made.
 */
void pseudo_keystream_wipe(struct pseudo_keystream *ks);

#endif /* _PSEUDO_KEYSTREAM_H */
